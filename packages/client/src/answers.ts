import type { CurrentSession, SignIn, Tokens, User } from "@keywright/api/public";
import { has } from "./shape.js";

/** By shape, so that procedures of your own that answer with our sign-in are as good as ours. */
export function isSignIn(data: unknown): data is SignIn {
  return (
    has(data, "status", "tokens") && data.status === "signed_in" && (data.tokens === null || isTokens(data.tokens))
  );
}

function isCurrentSession(data: unknown): data is CurrentSession {
  return has(data, "session", "user") && isUser(data.user);
}

/** What `auth.session` has answered. */
export function currentIn(data: unknown): CurrentSession | null {
  if (data === null || isCurrentSession(data)) return data;
  throw new Error("No Keywright server: it does not say who is signed in.");
}

export function isUser(data: unknown): data is User {
  return has(data, "id", "emailVerified", "hasPassword");
}

export function isTokens(data: unknown): data is Tokens {
  return (
    has(data, "refreshToken", "accessToken", "accessExpiresAt") &&
    typeof data.refreshToken === "string" &&
    data.accessExpiresAt instanceof Date
  );
}
