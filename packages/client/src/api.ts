// Made from the server's contract by `npm run generate`: change packages/api/src/contract/procedures.ts and input-types.ts.
import type {
  CheckedSecret,
  CurrentSession,
  DeletionOutcome,
  Nothing,
  PublicConfig,
  RegistrationIncomplete,
  SessionInfo,
  SignIn,
  SignedOut,
  SocialAccount,
  SocialProvider,
  SocialSignIn,
  Tokens,
  User,
  UserEvents,
  UserExport,
  VerificationSent,
  Verified,
  VerifiedToken,
} from "@keywright/api/public";
import type { Answer, Mutation, Query } from "./calls.js";

/** Exactly one of `login`, `username` and `email` names the account. */
export type LoginInput = LoginFields & ({ login: string } | { username: string } | { email: string });
interface LoginFields {
  /** A username or an e-mail address. 1 to 254 characters. */
  login?: string | undefined;
  /** 1 to 64 characters. */
  username?: string | undefined;
  /** At most 254 characters. */
  email?: string | undefined;
  password: string;
  /** False: the session ends with the browser, or after 12 hours. Default true. */
  remember?: boolean | undefined;
  /** For the session list. At most 100 characters. */
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

/** Left out only for an account without one, which must have signed in recently. */
export interface OwnPasswordInput {
  password?: string | undefined;
}

/** One proof: the password; a mailed code (`auth.requestCode`); a connected provider's hand-off code or ID token. */
export interface ReauthenticateInput {
  password?: string | undefined;
  /** Of the mail. 1 to 50 characters. */
  code?: string | undefined;
  /** Of the address that the provider's page led back to. */
  handoff?: string | undefined;
  /** What the `codeChallenge` of `social.start` was made from. */
  codeVerifier?: string | undefined;
  /** 1 to 50 characters. */
  provider?: string | undefined;
  idToken?: string | undefined;
  /** 1 to 500 characters. */
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
  /** At most 254 characters. */
  email: string;
}

/** Which fields are required is a setting: see `auth.config`. */
export interface RegisterInput {
  /** Letters, digits and `. _ + -`. 1 to 64 characters. */
  username?: string | undefined;
  /** At most 254 characters. */
  email?: string | undefined;
  password?: string | undefined;
  /** If given, must equal the password. */
  confirmPassword?: string | undefined;
  /** At most 150 characters. */
  firstName?: string | undefined;
  /** At most 150 characters. */
  lastName?: string | undefined;
  /** For the session list. At most 100 characters. */
  deviceName?: string | undefined;
}

export interface VerifyEmailInput {
  /** Of the mailed link. */
  token: string;
  /** For the session list, where the link signs in. At most 100 characters. */
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
  /** Letters, digits and `. _ + -`. 1 to 64 characters. */
  username?: string | undefined;
  /** At most 150 characters. */
  firstName?: string | undefined;
  /** At most 150 characters. */
  lastName?: string | undefined;
}

export interface EmailChangeInput {
  /** The new one. At most 254 characters. */
  email: string;
  /** Left out only for an account without one, which must have signed in recently. */
  password?: string | undefined;
}

export interface UserEventsInput {
  /** `next` of the page before. At most 100 characters. */
  after?: string | undefined;
  /** 20 by default. 1 to 100. */
  limit?: number | undefined;
}

export interface SocialStartInput {
  /** As in `social.providers`. 1 to 50 characters. */
  provider: string;
  /** `connect` adds the provider to the caller's account; `reauthenticate` is a step-up. Default `login`. */
  purpose?: "login" | "connect" | "reauthenticate" | undefined;
  /** Where the browser goes in the end: an address that the server allows. Default: the front end. 1 to 2000 characters. */
  returnTo?: string | undefined;
  /** Base64url SHA-256 of a random `codeVerifier` (RFC 7636, S256). With it, the final address has a hand-off code, for apps without cookies; without it, the browser gets the session's cookie. */
  codeChallenge?: string | undefined;
  /** False: the session ends with the browser, or after 12 hours. Default true. */
  remember?: boolean | undefined;
  /** For the session list. At most 100 characters. */
  deviceName?: string | undefined;
}

/** What a provider has given: `code` and `state`; `accessToken`, with OAuth 1 `tokenSecret`, too; `idToken` and `nonce`; or the `handoff` code of an app's own redirect, and its `codeVerifier`. */
export interface SocialProofInput {
  /** As in `social.providers`. 1 to 50 characters. */
  provider: string;
  code?: string | undefined;
  /** 1 to 200 characters. */
  state?: string | undefined;
  accessToken?: string | undefined;
  tokenSecret?: string | undefined;
  idToken?: string | undefined;
  /** 1 to 500 characters. */
  nonce?: string | undefined;
  handoff?: string | undefined;
  codeVerifier?: string | undefined;
}

export interface SocialLoginInput extends SocialProofInput {
  /** False: the session ends with the browser, or after 12 hours. Default true. */
  remember?: boolean | undefined;
  /** For the session list. At most 100 characters. */
  deviceName?: string | undefined;
}

/** The ticket, and what was missing. */
export interface SocialCompleteInput {
  ticket: string;
  /** 1 to 64 characters. */
  username?: string | undefined;
  /** At most 254 characters. */
  email?: string | undefined;
  /** At most 150 characters. */
  firstName?: string | undefined;
  /** At most 150 characters. */
  lastName?: string | undefined;
}

export interface SocialAccountInput {
  /** As in `social.accounts`. */
  id: string;
}

export interface AuthApi {
  /** Signs in with a username or e-mail address. Restores an archived account. */
  login: Mutation<[input: LoginInput], Answer<SignIn, "INVALID_CREDENTIALS" | "EMAIL_NOT_VERIFIED" | "ACCOUNT_DISABLED">>;
  /** Ends this session, or with `everywhere` all of the account. Without one, succeeds too. */
  logout: Mutation<[input?: LogoutInput], Answer<Nothing, "NOT_AUTHENTICATED">>;
  /** The signed-in user and their session; null for a visitor. */
  session: Query<[input?: undefined], Answer<CurrentSession | null>>;
  /** Every session of the caller; `current` marks this one. */
  sessions: Query<[input?: undefined], Answer<SessionInfo[], "NOT_AUTHENTICATED">>;
  /** Ends one of the caller's sessions. */
  revokeSession: Mutation<[input: SessionIdInput], Answer<Nothing, "NOT_AUTHENTICATED">>;
  /** Ends all other sessions of the caller, and returns how many. */
  revokeOtherSessions: Mutation<[input?: Nothing], Answer<{ revoked: number }, "NOT_AUTHENTICATED">>;
  /** Proves again who the caller is (step-up): by password, mailed code or provider. Some calls require it. */
  reauthenticate: Mutation<[input: ReauthenticateInput], Answer<{ authenticatedAt: Date }, "NOT_AUTHENTICATED" | "WRONG_PASSWORD" | "TOKEN_INVALID" | "TOKEN_EXPIRED" | "SOCIAL_NOT_CONFIGURED" | "PROVIDER_REFUSED" | "PROVIDER_UNAVAILABLE" | "PROVIDER_TOKEN_INVALID">>;
  /** Mails a code for `auth.reauthenticate` to an account without a password. */
  requestCode: Mutation<[input?: Nothing], Answer<Nothing, "NOT_AUTHENTICATED" | "PASSWORD_ALREADY_SET" | "EMAIL_NOT_VERIFIED">>;
  /** Exchanges a refresh token for its successor and a new access token. A retry gets the same successor. */
  refreshToken: Mutation<[input: RefreshTokenInput], Answer<Tokens, "TOKEN_INVALID" | "TOKEN_EXPIRED">>;
  /** The owner and expiry of an access token. Anything else, refresh tokens included, is invalid. */
  verifyToken: Mutation<[input: TokenInput], Answer<VerifiedToken, "TOKEN_INVALID" | "TOKEN_EXPIRED">>;
  /** Ends the session of a refresh token. Possession of the token is enough. */
  revokeToken: Mutation<[input: RefreshTokenInput], Answer<{ revokedAt: Date }, "TOKEN_INVALID">>;
  /** The settings that sign-in and sign-up forms need. */
  config: Query<[input?: undefined], Answer<PublicConfig>>;
}

export interface PasswordApi {
  /** Mails a reset link if the address has an account. The answer never reveals whether it does. */
  requestReset: Mutation<[input: EmailInput], Answer<Nothing>>;
  /** Says what a mailed link is for, without consuming it. */
  checkToken: Mutation<[input: TokenInput], Answer<CheckedSecret, "TOKEN_INVALID" | "TOKEN_EXPIRED">>;
  /** Sets a new password with a mailed link. Ends every session; signs nobody in. */
  reset: Mutation<[input: ResetInput], Answer<Nothing, "TOKEN_INVALID" | "TOKEN_EXPIRED">>;
  /** Sets an account's first password with a mailed link. Signs nobody in. */
  set: Mutation<[input: ResetInput], Answer<Nothing, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "PASSWORD_ALREADY_SET">>;
  /** Changes the caller's password, or sets the first. Other devices are signed out; this one gets a new session. */
  change: Mutation<[input: ChangePasswordInput], Answer<SignIn | SignedOut, "NOT_AUTHENTICATED" | "WRONG_PASSWORD" | "REAUTHENTICATION_REQUIRED" | "EMAIL_NOT_VERIFIED" | "PASSWORD_UNCHANGED">>;
}

export interface UserApi {
  /** The caller's own account. */
  me: Query<[input?: undefined], Answer<User, "NOT_AUTHENTICATED">>;
  /** Changes the given fields of the caller's account. Which ones can change is a setting. */
  update: Mutation<[input: UpdateInput], Answer<User, "NOT_AUTHENTICATED" | "EMAIL_NOT_VERIFIED" | "USERNAME_TAKEN">>;
  /** The history of the caller's account, newest first, in pages. */
  events: Query<[input?: UserEventsInput], Answer<UserEvents, "NOT_AUTHENTICATED">>;
  /** All that is kept about the caller, but secrets. */
  export: Mutation<[input?: Nothing], Answer<UserExport, "NOT_AUTHENTICATED" | "REAUTHENTICATION_REQUIRED">>;
  /** Mails the new address a link that completes the change. The answer never reveals whether it is taken. */
  requestEmailChange: Mutation<[input: EmailChangeInput], Answer<Nothing, "NOT_AUTHENTICATED" | "WRONG_PASSWORD" | "REAUTHENTICATION_REQUIRED">>;
  /** Completes an e-mail change with the mailed link. Other sessions end; the old mailbox gets an undo link. */
  confirmEmailChange: Mutation<[input: TokenInput], Answer<Nothing, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "EMAIL_TAKEN">>;
  /** Restores the old address with the undo link. Deletes the password; every session ends. */
  undoEmailChange: Mutation<[input: TokenInput], Answer<Nothing, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "EMAIL_TAKEN">>;
  /** Archives the account: every session ends, and the next login restores it. */
  archive: Mutation<[input: OwnPasswordInput], Answer<Nothing, "NOT_AUTHENTICATED" | "WRONG_PASSWORD" | "REAUTHENTICATION_REQUIRED" | "EMAIL_NOT_VERIFIED">>;
  /** Deletes the account and its data, or disables it: a setting. */
  delete: Mutation<[input: OwnPasswordInput], Answer<DeletionOutcome, "NOT_AUTHENTICATED" | "WRONG_PASSWORD" | "REAUTHENTICATION_REQUIRED" | "EMAIL_NOT_VERIFIED" | "ACCOUNT_IN_USE">>;
}

export interface RegistrationApi {
  /** Creates an account and mails a verification link. Signs in if unverified accounts may. */
  register: Mutation<[input: RegisterInput], Answer<SignIn | VerificationSent, "REGISTRATION_CLOSED" | "EMAIL_TAKEN" | "USERNAME_TAKEN">>;
  /** Verifies an e-mail address with the mailed link. A POST, so mail scanners do not consume it. */
  verifyEmail: Mutation<[input: VerifyEmailInput], Answer<SignIn | Verified, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "ALREADY_VERIFIED">>;
  /** Mails a new link if the address has an unverified account. The answer is always the same. */
  resendVerification: Mutation<[input: EmailInput], Answer<Nothing>>;
}

export interface SocialApi {
  /** The providers that the app has configured, for buttons. */
  providers: Query<[input?: undefined], Answer<SocialProvider[]>>;
  /** Begins a round trip to a provider: send the browser to the returned address. */
  start: Mutation<[input: SocialStartInput], Answer<{ authorizationUrl: string }, "NOT_AUTHENTICATED" | "EMAIL_NOT_VERIFIED" | "REAUTHENTICATION_REQUIRED" | "SOCIAL_NOT_CONFIGURED" | "PROVIDER_UNAVAILABLE">>;
  /** Signs in with what a provider has given; the first time, creates the account. */
  login: Mutation<[input: SocialLoginInput], Answer<SocialSignIn | RegistrationIncomplete | VerificationSent, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "SOCIAL_NOT_CONFIGURED" | "PROVIDER_REFUSED" | "PROVIDER_UNAVAILABLE" | "PROVIDER_TOKEN_INVALID" | "ACCOUNT_DISABLED" | "EMAIL_NOT_VERIFIED" | "REGISTRATION_CLOSED" | "EMAIL_TAKEN" | "EMAIL_CONFLICT">>;
  /** Creates the account of a first sign-in that lacked something. */
  complete: Mutation<[input: SocialCompleteInput], Answer<SocialSignIn | VerificationSent, "TOKEN_INVALID" | "TOKEN_EXPIRED" | "SOCIAL_NOT_CONFIGURED" | "ACCOUNT_DISABLED" | "EMAIL_NOT_VERIFIED" | "REGISTRATION_CLOSED" | "EMAIL_TAKEN" | "EMAIL_CONFLICT" | "USERNAME_TAKEN">>;
  /** Adds a provider to the caller's account. */
  connect: Mutation<[input: SocialProofInput], Answer<SocialAccount, "NOT_AUTHENTICATED" | "EMAIL_NOT_VERIFIED" | "REAUTHENTICATION_REQUIRED" | "TOKEN_INVALID" | "TOKEN_EXPIRED" | "SOCIAL_NOT_CONFIGURED" | "PROVIDER_REFUSED" | "PROVIDER_UNAVAILABLE" | "PROVIDER_TOKEN_INVALID" | "IDENTITY_TAKEN">>;
  /** Removes a provider from the caller's account. The last way to sign in stays. */
  disconnect: Mutation<[input: SocialAccountInput], Answer<Nothing, "NOT_AUTHENTICATED" | "REAUTHENTICATION_REQUIRED" | "LAST_SIGN_IN_METHOD">>;
  /** The providers that are connected to the caller's account. */
  accounts: Query<[input?: undefined], Answer<SocialAccount[], "NOT_AUTHENTICATED">>;
}

/** What a Keywright server serves. */
export interface KeywrightApi {
  auth: AuthApi;
  password: PasswordApi;
  user: UserApi;
  registration: RegistrationApi;
  social: SocialApi;
}
