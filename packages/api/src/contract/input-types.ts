/** What callers send. Imports nothing, like `types.ts`. Lengths and formats are in the schemas of `inputs/`. */

/** Exactly one of `login`, `username` and `email` names the account. */
export interface LoginInput {
  /** A username or an e-mail address. */
  login?: string | undefined;
  username?: string | undefined;
  email?: string | undefined;
  password: string;
  /** False ends the session with the browser, and after 12 hours. Default true. */
  remember?: boolean | undefined;
  /** Shown in the list of sessions. */
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

/** The caller's own. */
export interface PasswordInput {
  password: string;
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
  /** Shown in the list of sessions. */
  deviceName?: string | undefined;
}

export interface VerifyEmailInput {
  /** Of the mailed link. */
  token: string;
  /** Shown in the list of sessions, where the link signs in. */
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
  /** Optional only if the server is configured so. */
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
  /** The caller's own. */
  password: string;
}

export interface UserEventsInput {
  /** `next` of the page before. */
  after?: string | undefined;
  /** 20 by default. */
  limit?: number | undefined;
}
