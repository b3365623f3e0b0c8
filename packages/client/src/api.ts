// Made from the server's contract by `npm run generate`: change packages/api/src/contract/procedures.ts and input-types.ts.
import type {
  CheckedSecret,
  CurrentSession,
  DeletionOutcome,
  Nothing,
  PublicConfig,
  SessionInfo,
  SignIn,
  SignedOut,
  Tokens,
  User,
  UserEvents,
  VerificationSent,
  Verified,
  VerifiedToken,
} from "@keywright/api/public";
import type { Answer, Mutation, Query } from "./calls.js";

/** Exactly one of `login`, `username` and `email` names the account. */
export interface LoginInput {
  /** A username or an e-mail address. 1 to 254 characters. */
  login?: string | undefined;
  /** 1 to 64 characters. */
  username?: string | undefined;
  /** An e-mail address. At most 254 characters. */
  email?: string | undefined;
  password: string;
  /** False ends the session with the browser, and after 12 hours. Default true. */
  remember?: boolean | undefined;
  /** Shown in the list of sessions. At most 100 characters. */
  deviceName?: string | undefined;
}

export interface LogoutInput {
  /** Ends every session of the account, not only this one. */
  everywhere?: boolean | undefined;
}

export interface SessionIdInput {
  /** As in `auth.sessions`. 1 to 100 characters. */
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
  /** An e-mail address. At most 254 characters. */
  email: string;
}

/** Which fields are required is a setting: see `auth.config`. */
export interface RegisterInput {
  /** Letters, digits and `. _ + -`. 1 to 64 characters. */
  username?: string | undefined;
  /** An e-mail address. At most 254 characters. */
  email?: string | undefined;
  password?: string | undefined;
  /** If given, must equal the password. */
  confirmPassword?: string | undefined;
  /** At most 150 characters. */
  firstName?: string | undefined;
  /** At most 150 characters. */
  lastName?: string | undefined;
  /** Shown in the list of sessions. At most 100 characters. */
  deviceName?: string | undefined;
}

export interface VerifyEmailInput {
  /** Of the mailed link. */
  token: string;
  /** Shown in the list of sessions, where the link signs in. At most 100 characters. */
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
  /** Letters, digits and `. _ + -`. 1 to 64 characters. */
  username?: string | undefined;
  /** At most 150 characters. */
  firstName?: string | undefined;
  /** At most 150 characters. */
  lastName?: string | undefined;
}

export interface EmailChangeInput {
  /** The new one. An e-mail address. At most 254 characters. */
  email: string;
  /** The caller's own. */
  password: string;
}

export interface UserEventsInput {
  /** `next` of the page before. At most 100 characters. */
  after?: string | undefined;
  /** 20 by default. 1 to 100. */
  limit?: number | undefined;
}

export interface AuthApi {
  /**
   * Signs in with a username or e-mail address. Restores an archived account.
   * @throws INVALID_CREDENTIALS, EMAIL_NOT_VERIFIED, ACCOUNT_DISABLED
   */
  login: Mutation<[input: LoginInput], Answer<SignIn, "INVALID_CREDENTIALS" | "EMAIL_NOT_VERIFIED" | "ACCOUNT_DISABLED">>;
  /**
   * Ends this session, or with `everywhere` every session of the account.
   * @throws NOT_AUTHENTICATED
   */
  logout: Mutation<[input?: LogoutInput], Answer<Nothing, "NOT_AUTHENTICATED">>;
  /** The signed-in user and their session; null for a visitor. */
  session: Query<[input?: undefined], Answer<CurrentSession | null>>;
  /**
   * Every session of the caller; `current` marks this one.
   * @throws NOT_AUTHENTICATED
   */
  sessions: Query<[input?: undefined], Answer<SessionInfo[], "NOT_AUTHENTICATED">>;
  /**
   * Ends one of the caller's sessions.
   * @throws NOT_AUTHENTICATED
   */
  revokeSession: Mutation<[input: SessionIdInput], Answer<Nothing, "NOT_AUTHENTICATED">>;
  /**
   * Ends all other sessions of the caller, and returns how many.
   * @throws NOT_AUTHENTICATED
   */
  revokeOtherSessions: Mutation<[input?: Nothing], Answer<{ revoked: number }, "NOT_AUTHENTICATED">>;
  /**
   * Confirms the caller's password (step-up). Some calls require it.
   * @throws NOT_AUTHENTICATED, WRONG_PASSWORD
   */
  reauthenticate: Mutation<[input: PasswordInput], Answer<{ authenticatedAt: Date }, "NOT_AUTHENTICATED" | "WRONG_PASSWORD">>;
  /**
   * Exchanges a refresh token for its successor and a new access token. A retry gets the same successor.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED
   */
  refreshToken: Mutation<[input: RefreshTokenInput], Answer<Tokens, "TOKEN_INVALID" | "TOKEN_EXPIRED">>;
  /**
   * The owner and expiry of an access token. Anything else, refresh tokens included, is invalid.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED
   */
  verifyToken: Mutation<[input: TokenInput], Answer<VerifiedToken, "TOKEN_INVALID" | "TOKEN_EXPIRED">>;
  /**
   * Ends the session of a refresh token. Possession of the token is enough.
   * @throws TOKEN_INVALID
   */
  revokeToken: Mutation<[input: RefreshTokenInput], Answer<{ revokedAt: Date }, "TOKEN_INVALID">>;
  /** The settings that sign-in and sign-up forms need. */
  config: Query<[input?: undefined], Answer<PublicConfig>>;
}

export interface PasswordApi {
  /** Mails a reset link if the address has an account. The answer never reveals whether it does. */
  requestReset: Mutation<[input: EmailInput], Answer<Nothing>>;
  /**
   * Says what a mailed link is for, without consuming it.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED
   */
  checkToken: Mutation<[input: TokenInput], Answer<CheckedSecret, "TOKEN_INVALID" | "TOKEN_EXPIRED">>;
  /**
   * Sets a new password with a mailed link. Ends every session; signs nobody in.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED
   */
  reset: Mutation<[input: ResetInput], Answer<Nothing, "TOKEN_INVALID" | "TOKEN_EXPIRED">>;
  /**
   * Sets an account's first password with a mailed link. Signs nobody in.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED, PASSWORD_ALREADY_SET
   */
  set: Mutation<[input: ResetInput], Answer<Nothing, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "PASSWORD_ALREADY_SET">>;
  /**
   * Changes the caller's password. Other devices are signed out; this one gets a new session.
   * @throws NOT_AUTHENTICATED, EMAIL_NOT_VERIFIED, WRONG_PASSWORD, PASSWORD_UNCHANGED, REAUTHENTICATION_REQUIRED
   */
  change: Mutation<[input: ChangePasswordInput], Answer<SignIn | SignedOut, "NOT_AUTHENTICATED" | "EMAIL_NOT_VERIFIED" | "WRONG_PASSWORD" | "PASSWORD_UNCHANGED" | "REAUTHENTICATION_REQUIRED">>;
}

export interface UserApi {
  /**
   * The caller's own account.
   * @throws NOT_AUTHENTICATED
   */
  me: Query<[input?: undefined], Answer<User, "NOT_AUTHENTICATED">>;
  /**
   * Changes the given fields of the caller's account. Which ones can change is a setting.
   * @throws NOT_AUTHENTICATED, EMAIL_NOT_VERIFIED, USERNAME_TAKEN
   */
  update: Mutation<[input: UpdateInput], Answer<User, "NOT_AUTHENTICATED" | "EMAIL_NOT_VERIFIED" | "USERNAME_TAKEN">>;
  /**
   * The history of the caller's account, newest first, in pages.
   * @throws NOT_AUTHENTICATED
   */
  events: Query<[input?: UserEventsInput], Answer<UserEvents, "NOT_AUTHENTICATED">>;
  /**
   * Mails the new address a link that completes the change. The answer never reveals whether it is taken.
   * @throws NOT_AUTHENTICATED, WRONG_PASSWORD
   */
  requestEmailChange: Mutation<[input: EmailChangeInput], Answer<Nothing, "NOT_AUTHENTICATED" | "WRONG_PASSWORD">>;
  /**
   * Completes an e-mail change with the mailed link. Other sessions end; the old mailbox gets an undo link.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED, EMAIL_TAKEN
   */
  confirmEmailChange: Mutation<[input: TokenInput], Answer<Nothing, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "EMAIL_TAKEN">>;
  /**
   * Restores the old address with the undo link. Deletes the password; every session ends.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED, EMAIL_TAKEN
   */
  undoEmailChange: Mutation<[input: TokenInput], Answer<Nothing, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "EMAIL_TAKEN">>;
  /**
   * Archives the account: every session ends, and the next login restores it.
   * @throws NOT_AUTHENTICATED, EMAIL_NOT_VERIFIED, WRONG_PASSWORD
   */
  archive: Mutation<[input: PasswordInput], Answer<Nothing, "NOT_AUTHENTICATED" | "EMAIL_NOT_VERIFIED" | "WRONG_PASSWORD">>;
  /**
   * Deletes the account and all its data, or disables it: a setting.
   * @throws NOT_AUTHENTICATED, EMAIL_NOT_VERIFIED, WRONG_PASSWORD
   */
  delete: Mutation<[input: PasswordInput], Answer<DeletionOutcome, "NOT_AUTHENTICATED" | "EMAIL_NOT_VERIFIED" | "WRONG_PASSWORD">>;
}

export interface RegistrationApi {
  /**
   * Creates an account and mails a verification link. Signs in if unverified accounts may.
   * @throws REGISTRATION_CLOSED, EMAIL_TAKEN, USERNAME_TAKEN
   */
  register: Mutation<[input: RegisterInput], Answer<SignIn | VerificationSent, "REGISTRATION_CLOSED" | "EMAIL_TAKEN" | "USERNAME_TAKEN">>;
  /**
   * Verifies an e-mail address with the mailed link. A POST, so mail scanners do not consume it.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED, ALREADY_VERIFIED
   */
  verifyEmail: Mutation<[input: VerifyEmailInput], Answer<SignIn | Verified, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "ALREADY_VERIFIED">>;
  /** Mails a new link if the address has an unverified account. The answer is always the same. */
  resendVerification: Mutation<[input: EmailInput], Answer<Nothing>>;
}

/** What a Keywright server serves. */
export interface KeywrightApi {
  auth: AuthApi;
  password: PasswordApi;
  user: UserApi;
  registration: RegistrationApi;
}
