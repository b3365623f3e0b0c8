import type { AuthRouters } from "./procedures.js";

/** Procedures that visitors can call with most inputs, although some need a session. */
export const partlyOpenPaths: readonly string[] = ["social.start"];

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
