import type { AuthRouter } from "@keywright/api/contract";
import type { CurrentSession, SignIn, Tokens, User } from "@keywright/api/public";

type Procedures = AuthRouter["_def"]["record"];
export type Path = {
  [Group in keyof Procedures & string]: `${Group}.${keyof Procedures[Group] & string}`;
}[keyof Procedures & string];

/** Calls that bring their own proof or need none: an expired session must not keep anybody from signing in. */
export const sessionlessPaths = [
  "auth.login",
  "auth.refreshToken",
  "auth.verifyToken",
  "auth.revokeToken",
  "password.requestReset",
  "password.checkToken",
  "password.reset",
  "password.set",
  "registration.register",
  "registration.verifyEmail",
  "registration.resendVerification",
  "user.confirmEmailChange",
  "user.undoEmailChange",
] as const satisfies readonly Path[];

/** Calls after which nobody is signed in; `password.change` where the server is set so. */
export const endingPaths: readonly string[] = [
  "auth.logout",
  "user.archive",
  "user.delete",
  "password.change",
] satisfies Path[];

export function isSessionless(path: string): boolean {
  return sessionlessPaths.some((known) => known === path);
}

/** By shape, so that procedures of your own that answer with our sign-in are as good as ours. */
export function isSignIn(data: unknown): data is SignIn {
  if (typeof data !== "object" || data === null || !("status" in data && "tokens" in data)) return false;
  return data.status === "signed_in" && (data.tokens === null || isTokens(data.tokens));
}

export function isCurrentSession(data: unknown): data is CurrentSession {
  return typeof data === "object" && data !== null && "session" in data && "user" in data && isUser(data.user);
}

export function isUser(data: unknown): data is User {
  return typeof data === "object" && data !== null && "id" in data && "emailVerified" in data && "hasPassword" in data;
}

export function isTokens(data: unknown): data is Tokens {
  if (!hasRefreshToken(data) || !("accessToken" in data && "accessExpiresAt" in data)) return false;
  return typeof data.accessToken === "string" && data.accessExpiresAt instanceof Date;
}

export function hasRefreshToken(data: unknown): data is { refreshToken: string } {
  return typeof data === "object" && data !== null && "refreshToken" in data && typeof data.refreshToken === "string";
}
