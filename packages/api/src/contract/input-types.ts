/** What callers send. Imports nothing, like `types.ts`. Lengths and formats are in the schemas of `inputs/`. */

/** Exactly one of `login`, `username` and `email` names the account. */
export interface LoginInput {
  /** A username or an e-mail address. */
  login?: string | undefined;
  username?: string | undefined;
  email?: string | undefined;
  password: string;
  /** False: the session ends with the browser, or after 12 hours. Default true. */
  remember?: boolean | undefined;
  /** For the session list. */
  deviceName?: string | undefined;
}

export interface LogoutInput {
  /** Ends every session of the account, not only this one. */
  everywhere?: boolean | undefined;
}

export interface SessionIdInput {
  /** As in `auth.sessions`. */
  id: string;
}

/** Left out only for an account without one, which must have signed in recently. */
export interface OwnPasswordInput {
  password?: string | undefined;
}

/** One proof: the password; a mailed code (`auth.requestCode`); a connected provider's hand-off code or ID token. */
export interface ReauthenticateInput {
  password?: string | undefined;
  /** Of the mail. */
  code?: string | undefined;
  /** Of the address that the provider's page led back to. */
  handoff?: string | undefined;
  /** What the `codeChallenge` of `social.start` was made from. */
  codeVerifier?: string | undefined;
  provider?: string | undefined;
  idToken?: string | undefined;
  nonce?: string | undefined;
}

export interface RefreshTokenInput {
  refreshToken: string;
}

export interface TokenInput {
  /** Of a mailed link; for `auth.verifyToken` an access token. */
  token: string;
}

export interface EmailInput {
  email: string;
}

/** Which fields are required is a setting: see `auth.config`. */
export interface RegisterInput {
  /** Letters, digits and `. _ + -`. */
  username?: string | undefined;
  email?: string | undefined;
  password?: string | undefined;
  /** If given, must equal the password. */
  confirmPassword?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
  /** For the session list. */
  deviceName?: string | undefined;
}

export interface VerifyEmailInput {
  /** Of the mailed link. */
  token: string;
  /** For the session list, where the link signs in. */
  deviceName?: string | undefined;
}

export interface ResetInput {
  /** Of the mailed link. */
  token: string;
  newPassword: string;
  /** If given, must equal the password. */
  confirmPassword?: string | undefined;
}

export interface ChangePasswordInput {
  /** Optional only for an account without one, or if the server is configured so. */
  currentPassword?: string | undefined;
  newPassword: string;
  /** If given, must equal the password. */
  confirmPassword?: string | undefined;
  /** Keeps the other devices signed in. */
  keepOtherSessions?: boolean | undefined;
}

/** Which fields are accepted is a setting; omitted ones stay as they are. */
export interface UpdateInput {
  /** Letters, digits and `. _ + -`. */
  username?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
}

export interface EmailChangeInput {
  /** The new one. */
  email: string;
  /** Left out only for an account without one, which must have signed in recently. */
  password?: string | undefined;
}

export interface UserEventsInput {
  /** `next` of the page before. */
  after?: string | undefined;
  /** 20 by default. */
  limit?: number | undefined;
}

export interface SocialStartInput {
  /** As in `social.providers`. */
  provider: string;
  /** `connect` adds the provider to the caller's account; `reauthenticate` is a step-up. Default `login`. */
  purpose?: "login" | "connect" | "reauthenticate" | undefined;
  /** Where the browser goes in the end: an address that the server allows. Default: the front end. */
  returnTo?: string | undefined;
  /**
   * Base64url SHA-256 of a random `codeVerifier` (RFC 7636, S256). With it, the final address has a hand-off code, for
   * apps without cookies; without it, the browser gets the session's cookie.
   */
  codeChallenge?: string | undefined;
  /** False: the session ends with the browser, or after 12 hours. Default true. */
  remember?: boolean | undefined;
  /** For the session list. */
  deviceName?: string | undefined;
}

/**
 * What a provider has given: `code` and `state`; `accessToken`, with OAuth 1 `tokenSecret`, too; `idToken` and `nonce`;
 * or the `handoff` code of an app's own redirect, and its `codeVerifier`.
 */
export interface SocialProofInput {
  /** As in `social.providers`. */
  provider: string;
  code?: string | undefined;
  state?: string | undefined;
  accessToken?: string | undefined;
  tokenSecret?: string | undefined;
  idToken?: string | undefined;
  nonce?: string | undefined;
  handoff?: string | undefined;
  codeVerifier?: string | undefined;
}

export interface SocialLoginInput extends SocialProofInput {
  /** False: the session ends with the browser, or after 12 hours. Default true. */
  remember?: boolean | undefined;
  /** For the session list. */
  deviceName?: string | undefined;
}

/** The ticket, and what was missing. */
export interface SocialCompleteInput {
  ticket: string;
  username?: string | undefined;
  email?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
}

export interface SocialAccountInput {
  /** As in `social.accounts`. */
  id: string;
}
