import type { AuthRouters } from "./procedures.js";

/** Procedures that visitors can call with most inputs, although some need a session. */
export const partlyOpenPaths: readonly string[] = ["social.start", "auth.logout"];

/**
 * Calls that are refused in a batch, with what they do to cookies. Those that can set or remove one are refused on a
 * stream as well, whose headers are sent before a procedure runs. Any other procedure of that kind may be an app's own:
 * it counts as setting cookies.
 */
export const loneCalls = {
  "auth.login": "sets cookies",
  "auth.logout": "sets cookies",
  "auth.revokeSession": "sets cookies",
  "auth.revokeOtherSessions": "no cookies",
  "auth.reauthenticate": "sets cookies",
  "auth.requestCode": "no cookies",
  "auth.refreshToken": "no cookies",
  "auth.verifyToken": "no cookies",
  "auth.revokeToken": "no cookies",
  "password.requestReset": "no cookies",
  "password.checkToken": "no cookies",
  "password.reset": "sets cookies",
  "password.set": "sets cookies",
  "password.change": "sets cookies",
  "user.export": "no cookies",
  "user.requestEmailChange": "no cookies",
  "user.confirmEmailChange": "no cookies",
  "user.undoEmailChange": "no cookies",
  "user.archive": "sets cookies",
  "user.delete": "sets cookies",
  "registration.register": "sets cookies",
  "registration.verifyEmail": "sets cookies",
  "registration.resendVerification": "no cookies",
  "social.start": "sets cookies",
  "social.login": "sets cookies",
  "social.complete": "sets cookies",
  "social.connect": "sets cookies",
  "social.disconnect": "no cookies",
} as const satisfies Partial<Record<Path, "sets cookies" | "no cookies">>;

/** Whether a call can set or remove a cookie. An app may have mounted our groups below one of its own. */
export function mayCookie(path: string): boolean {
  const own = path.split(".").slice(-2).join(".");
  return Object.entries(loneCalls).every(([lone, effect]) => lone !== own || effect === "sets cookies");
}

type Path = { [Group in keyof AuthRouters]: `${Group}.${keyof AuthRouters[Group] & string}` }[keyof AuthRouters];

/**
 * What a call that succeeds does to the session of whoever makes it. Clients follow their session by it, beside what
 * the answers show: a `SignIn` begins a session, and a `User` changes its user. Procedures that are not here do neither.
 */
export const sessionEffects = {
  "auth.logout": "ends",
  "user.archive": "ends",
  "user.delete": "ends",
  // Unless it answers with the next session.
  "password.change": "ends",
  "auth.revokeSession": "may change",
  "auth.revokeToken": "may change",
  "password.reset": "may change",
  "password.set": "may change",
  "registration.verifyEmail": "may change",
  "user.confirmEmailChange": "may change",
  "user.undoEmailChange": "may change",
} as const satisfies Partial<Record<Path, "ends" | "may change">>;
