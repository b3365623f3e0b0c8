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

/** Which fields are required is a setting: `auth.config` tells. */
export interface RegisterInput {
  /** Letters, digits and `. _ + -`. 1 to 64 characters. */
  username?: string | undefined;
  /** An e-mail address. At most 254 characters. */
  email?: string | undefined;
  password?: string | undefined;
  /** The same again, if it is given. */
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
  /** The same again, if it is given. */
  confirmPassword?: string | undefined;
}

export interface ChangePasswordInput {
  /** May be missing only where the server is set so. */
  currentPassword?: string | undefined;
  newPassword: string;
  /** The same again, if it is given. */
  confirmPassword?: string | undefined;
  /** Leaves the other devices signed in. */
  keepOtherSessions?: boolean | undefined;
}

/** Which fields are accepted is a setting; those that are left out stay as they are. */
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
   * Signs in with a username or an e-mail address and a password. An archived account comes back by it.
   * @throws INVALID_CREDENTIALS, EMAIL_NOT_VERIFIED, ACCOUNT_DISABLED
   */
  login: Mutation<[input: LoginInput], Answer<SignIn, "INVALID_CREDENTIALS" | "EMAIL_NOT_VERIFIED" | "ACCOUNT_DISABLED">>;
  /**
   * Ends this session, or with `everywhere` all of the account's, and their refresh tokens.
   * @throws NOT_AUTHENTICATED
   */
  logout: Mutation<[input?: LogoutInput], Answer<Nothing, "NOT_AUTHENTICATED">>;
  /** Who is signed in, and on which session; null for a visitor. Never refuses. */
  session: Query<[input?: undefined], Answer<CurrentSession | null>>;
  /**
   * Where the caller is signed in: each device, and which of them is this one. Ids, never tokens.
   * @throws NOT_AUTHENTICATED
   */
  sessions: Query<[input?: undefined], Answer<SessionInfo[], "NOT_AUTHENTICATED">>;
  /**
   * Ends one of the caller's sessions, and its refresh tokens.
   * @throws NOT_AUTHENTICATED
   */
  revokeSession: Mutation<[input: SessionIdInput], Answer<Nothing, "NOT_AUTHENTICATED">>;
  /**
   * Ends all of the caller's sessions but this one; how many there were.
   * @throws NOT_AUTHENTICATED
   */
  revokeOtherSessions: Mutation<[input?: Nothing], Answer<{ revoked: number }, "NOT_AUTHENTICATED">>;
  /**
   * Confirms the caller's password ("step-up"), for calls that want it to be recent.
   * @throws NOT_AUTHENTICATED, WRONG_PASSWORD
   */
  reauthenticate: Mutation<[input: PasswordInput], Answer<{ authenticatedAt: Date }, "NOT_AUTHENTICATED" | "WRONG_PASSWORD">>;
  /**
   * Exchanges a refresh token for its successor and a new access token. A retry gets the same successor.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED
   */
  refreshToken: Mutation<[input: RefreshTokenInput], Answer<Tokens, "TOKEN_INVALID" | "TOKEN_EXPIRED">>;
  /**
   * Tells whose access token this is and until when. Refresh tokens are not told apart from rubbish.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED
   */
  verifyToken: Mutation<[input: TokenInput], Answer<VerifiedToken, "TOKEN_INVALID" | "TOKEN_EXPIRED">>;
  /**
   * Ends the session of a refresh token; to have the token is enough.
   * @throws TOKEN_INVALID
   */
  revokeToken: Mutation<[input: RefreshTokenInput], Answer<{ revokedAt: Date }, "TOKEN_INVALID">>;
  /** The settings that sign-in and sign-up forms need. */
  config: Query<[input?: undefined], Answer<PublicConfig>>;
}

export interface PasswordApi {
  /** E-mails a reset link if the address has an account. The answer never tells whether it has. */
  requestReset: Mutation<[input: EmailInput], Answer<Nothing>>;
  /**
   * Tells what a mailed link is for, before a form is shown. Uses nothing up.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED
   */
  checkToken: Mutation<[input: TokenInput], Answer<CheckedSecret, "TOKEN_INVALID" | "TOKEN_EXPIRED">>;
  /**
   * Sets a new password with a mailed link. Ends every session of the account and signs nobody in.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED
   */
  reset: Mutation<[input: ResetInput], Answer<Nothing, "TOKEN_INVALID" | "TOKEN_EXPIRED">>;
  /**
   * Sets the first password of an account that has none, with a mailed link. Signs nobody in.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED, PASSWORD_ALREADY_SET
   */
  set: Mutation<[input: ResetInput], Answer<Nothing, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "PASSWORD_ALREADY_SET">>;
  /**
   * Changes the caller's password. Other devices are signed out; this one goes on with a new session and new tokens.
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
   * Changes the given fields of the caller's account. Which fields can be changed is a setting.
   * @throws NOT_AUTHENTICATED, EMAIL_NOT_VERIFIED, USERNAME_TAKEN
   */
  update: Mutation<[input: UpdateInput], Answer<User, "NOT_AUTHENTICATED" | "EMAIL_NOT_VERIFIED" | "USERNAME_TAKEN">>;
  /**
   * What happened to the caller's account, the newest first, page by page.
   * @throws NOT_AUTHENTICATED
   */
  events: Query<[input?: UserEventsInput], Answer<UserEvents, "NOT_AUTHENTICATED">>;
  /**
   * Mails a link to the new address; the address changes when it is followed. The answer never tells who has it.
   * @throws NOT_AUTHENTICATED, WRONG_PASSWORD
   */
  requestEmailChange: Mutation<[input: EmailChangeInput], Answer<Nothing, "NOT_AUTHENTICATED" | "WRONG_PASSWORD">>;
  /**
   * Gives the account the new address with the mailed link. Other sessions end; the old mailbox gets a link to undo it.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED, EMAIL_TAKEN
   */
  confirmEmailChange: Mutation<[input: TokenInput], Answer<Nothing, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "EMAIL_TAKEN">>;
  /**
   * Gives the account its old address back, with the link that the old mailbox got. Every session ends.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED, EMAIL_TAKEN
   */
  undoEmailChange: Mutation<[input: TokenInput], Answer<Nothing, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "EMAIL_TAKEN">>;
  /**
   * Puts the account to rest: every session ends, and the next login brings it back.
   * @throws NOT_AUTHENTICATED, EMAIL_NOT_VERIFIED, WRONG_PASSWORD
   */
  archive: Mutation<[input: PasswordInput], Answer<Nothing, "NOT_AUTHENTICATED" | "EMAIL_NOT_VERIFIED" | "WRONG_PASSWORD">>;
  /**
   * Removes the account with all that belongs to it, or by a setting disables it.
   * @throws NOT_AUTHENTICATED, EMAIL_NOT_VERIFIED, WRONG_PASSWORD
   */
  delete: Mutation<[input: PasswordInput], Answer<DeletionOutcome, "NOT_AUTHENTICATED" | "EMAIL_NOT_VERIFIED" | "WRONG_PASSWORD">>;
}

export interface RegistrationApi {
  /**
   * Creates an account and mails the verification link. Signs in where unverified accounts may sign in.
   * @throws REGISTRATION_CLOSED, EMAIL_TAKEN, USERNAME_TAKEN
   */
  register: Mutation<[input: RegisterInput], Answer<SignIn | VerificationSent, "REGISTRATION_CLOSED" | "EMAIL_TAKEN" | "USERNAME_TAKEN">>;
  /**
   * Proves the mailbox that the link was sent to. A POST, so that mail scanners use nothing up.
   * @throws TOKEN_INVALID, TOKEN_EXPIRED, ALREADY_VERIFIED
   */
  verifyEmail: Mutation<[input: VerifyEmailInput], Answer<SignIn | Verified, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "ALREADY_VERIFIED">>;
  /** Mails a new verification link if the address has an account that needs one. The answer never tells. */
  resendVerification: Mutation<[input: EmailInput], Answer<Nothing>>;
}

/** What a Keywright server serves. */
export interface KeywrightApi {
  auth: AuthApi;
  password: PasswordApi;
  user: UserApi;
  registration: RegistrationApi;
}
