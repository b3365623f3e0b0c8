import type {
  TRPCBuiltRouter,
  TRPCDecorateCreateRouterOptions,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
} from "@trpc/server";
import type { ReasonShape } from "./error-shape.js";
import type {
  ChangePasswordInput,
  EmailChangeInput,
  EmailInput,
  LoginInput,
  LogoutInput,
  OwnPasswordInput,
  ReauthenticateInput,
  RefreshTokenInput,
  RegisterInput,
  ResetInput,
  SessionIdInput,
  SocialAccountInput,
  SocialCompleteInput,
  SocialLoginInput,
  SocialProofInput,
  SocialStartInput,
  TokenInput,
  UpdateInput,
  UserEventsInput,
  VerifyEmailInput,
} from "./input-types.js";
import type { BaseReason, Reason } from "./reasons.js";
import type {
  CheckedSecret,
  CurrentSession,
  DeletionOutcome,
  Nothing,
  PublicConfig,
  RegistrationIncomplete,
  SessionInfo,
  SignedOut,
  SignIn,
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
} from "./types.js";

// For the declarations of those who export what they made of a router.
export type { BaseShape, ReasonShape } from "./error-shape.js";
export type * from "./input-types.js";

// Every procedure: what it takes, returns and refuses for. Routers are checked against it; it is all that clients see.

type Query<T extends Io<unknown, unknown>, R extends Reason = never> = TRPCQueryProcedure<Facts<T, R>>;
type Mutation<T extends Io<unknown, unknown>, R extends Reason = never> = TRPCMutationProcedure<Facts<T, R>>;
/** What a procedure takes and returns. */
export interface Io<In, Out> {
  in: In;
  out: Out;
}
/** What tRPC's types of a procedure are made from. */
export interface Facts<T extends Io<unknown, unknown>, R extends Reason> {
  input: T["in"];
  output: T["out"];
  meta: object;
  errorShape: ReasonShape<BaseReason | R>;
}

type SignedIn = "NOT_AUTHENTICATED";
type BadLink = "TOKEN_INVALID" | "TOKEN_EXPIRED";
type OwnPassword = SignedIn | "WRONG_PASSWORD" | "REAUTHENTICATION_REQUIRED";
type BadProof =
  | BadLink
  | "SOCIAL_NOT_CONFIGURED"
  | "PROVIDER_REFUSED"
  | "PROVIDER_UNAVAILABLE"
  | "PROVIDER_TOKEN_INVALID";
type BadSignUp = "ACCOUNT_DISABLED" | "EMAIL_NOT_VERIFIED" | "REGISTRATION_CLOSED" | "EMAIL_TAKEN" | "EMAIL_CONFLICT";

export type AuthProcedures = {
  /** Signs in with a username or e-mail address. Restores an archived account. */
  login: Mutation<Io<LoginInput, SignIn>, "INVALID_CREDENTIALS" | "EMAIL_NOT_VERIFIED" | "ACCOUNT_DISABLED">;
  /** Ends this session, or with `everywhere` all of the account. Without one, succeeds too. */
  logout: Mutation<Io<LogoutInput | undefined, Nothing>, SignedIn>;
  /** The signed-in user and their session; null for a visitor. */
  session: Query<Io<void, CurrentSession | null>>;
  /** Every session of the caller; `current` marks this one. */
  sessions: Query<Io<void, SessionInfo[]>, SignedIn>;
  /** Ends one of the caller's sessions. */
  revokeSession: Mutation<Io<SessionIdInput, Nothing>, SignedIn>;
  /** Ends all other sessions of the caller, and returns how many. */
  revokeOtherSessions: Mutation<Io<Nothing | undefined, { revoked: number }>, SignedIn>;
  /** Proves again who the caller is (step-up): by password, mailed code or provider. Some calls require it. */
  reauthenticate: Mutation<Io<ReauthenticateInput, { authenticatedAt: Date }>, SignedIn | "WRONG_PASSWORD" | BadProof>;
  /** Mails a code for `auth.reauthenticate` to an account without a password. */
  requestCode: Mutation<Io<Nothing | undefined, Nothing>, SignedIn | "PASSWORD_ALREADY_SET" | "EMAIL_NOT_VERIFIED">;
  /** Exchanges a refresh token for its successor and a new access token. A retry gets the same successor. */
  refreshToken: Mutation<Io<RefreshTokenInput, Tokens>, BadLink>;
  /** The owner and expiry of an access token. Anything else, refresh tokens included, is invalid. */
  verifyToken: Mutation<Io<TokenInput, VerifiedToken>, BadLink>;
  /** Ends the session of a refresh token. Possession of the token is enough. */
  revokeToken: Mutation<Io<RefreshTokenInput, { revokedAt: Date }>, "TOKEN_INVALID">;
  /** The settings that sign-in and sign-up forms need. */
  config: Query<Io<void, PublicConfig>>;
};

export type PasswordProcedures = {
  /** Mails a reset link if the address has an account. The answer never reveals whether it does. */
  requestReset: Mutation<Io<EmailInput, Nothing>>;
  /** Says what a mailed link is for, without consuming it. */
  checkToken: Mutation<Io<TokenInput, CheckedSecret>, BadLink>;
  /** Sets a new password with a mailed link. Ends every session; signs nobody in. */
  reset: Mutation<Io<ResetInput, Nothing>, BadLink>;
  /** Sets an account's first password with a mailed link. Signs nobody in. */
  set: Mutation<Io<ResetInput, Nothing>, BadLink | "PASSWORD_ALREADY_SET">;
  /** Changes the caller's password, or sets the first. Other devices are signed out; this one gets a new session. */
  change: Mutation<
    Io<ChangePasswordInput, SignIn | SignedOut>,
    OwnPassword | "EMAIL_NOT_VERIFIED" | "PASSWORD_UNCHANGED"
  >;
};

export type UserProcedures = {
  /** The caller's own account. */
  me: Query<Io<void, User>, SignedIn>;
  /** Changes the given fields of the caller's account. Which ones can change is a setting. */
  update: Mutation<Io<UpdateInput, User>, SignedIn | "EMAIL_NOT_VERIFIED" | "USERNAME_TAKEN">;
  /** The history of the caller's account, newest first, in pages. */
  events: Query<Io<UserEventsInput | undefined, UserEvents>, SignedIn>;
  /** All that is kept about the caller, but secrets. */
  export: Mutation<Io<Nothing | undefined, UserExport>, SignedIn | "REAUTHENTICATION_REQUIRED">;
  /** Mails the new address a link that completes the change. The answer never reveals whether it is taken. */
  requestEmailChange: Mutation<Io<EmailChangeInput, Nothing>, OwnPassword>;
  /** Completes an e-mail change with the mailed link. Other sessions end; the old mailbox gets an undo link. */
  confirmEmailChange: Mutation<Io<TokenInput, Nothing>, BadLink | "EMAIL_TAKEN">;
  /** Restores the old address with the undo link. Deletes the password; every session ends. */
  undoEmailChange: Mutation<Io<TokenInput, Nothing>, BadLink | "EMAIL_TAKEN">;
  /** Archives the account: every session ends, and the next login restores it. */
  archive: Mutation<Io<OwnPasswordInput, Nothing>, OwnPassword | "EMAIL_NOT_VERIFIED">;
  /** Deletes the account and its data, or disables it: a setting. */
  delete: Mutation<Io<OwnPasswordInput, DeletionOutcome>, OwnPassword | "EMAIL_NOT_VERIFIED" | "ACCOUNT_IN_USE">;
};

export type RegistrationProcedures = {
  /** Creates an account and mails a verification link. Signs in if unverified accounts may. */
  register: Mutation<
    Io<RegisterInput, SignIn | VerificationSent>,
    "REGISTRATION_CLOSED" | "EMAIL_TAKEN" | "USERNAME_TAKEN"
  >;
  /** Verifies an e-mail address with the mailed link. A POST, so mail scanners do not consume it. */
  verifyEmail: Mutation<Io<VerifyEmailInput, SignIn | Verified>, BadLink | "ALREADY_VERIFIED">;
  /** Mails a new link if the address has an unverified account. The answer is always the same. */
  resendVerification: Mutation<Io<EmailInput, Nothing>>;
};

export type SocialProcedures = {
  /** The providers that the app has configured, for buttons. */
  providers: Query<Io<void, SocialProvider[]>>;
  /** Begins a round trip to a provider: send the browser to the returned address. */
  start: Mutation<
    Io<SocialStartInput, { authorizationUrl: string }>,
    SignedIn | "EMAIL_NOT_VERIFIED" | "REAUTHENTICATION_REQUIRED" | "SOCIAL_NOT_CONFIGURED" | "PROVIDER_UNAVAILABLE"
  >;
  /** Signs in with what a provider has given; the first time, creates the account. */
  login: Mutation<Io<SocialLoginInput, SocialSignIn | RegistrationIncomplete | VerificationSent>, BadProof | BadSignUp>;
  /** Creates the account of a first sign-in that lacked something. */
  complete: Mutation<
    Io<SocialCompleteInput, SocialSignIn | VerificationSent>,
    BadLink | "SOCIAL_NOT_CONFIGURED" | BadSignUp | "USERNAME_TAKEN"
  >;
  /** Adds a provider to the caller's account. */
  connect: Mutation<
    Io<SocialProofInput, SocialAccount>,
    SignedIn | "EMAIL_NOT_VERIFIED" | "REAUTHENTICATION_REQUIRED" | BadProof | "IDENTITY_TAKEN"
  >;
  /** Removes a provider from the caller's account. The last way to sign in stays. */
  disconnect: Mutation<Io<SocialAccountInput, Nothing>, SignedIn | "REAUTHENTICATION_REQUIRED" | "LAST_SIGN_IN_METHOD">;
  /** The providers that are connected to the caller's account. */
  accounts: Query<Io<void, SocialAccount[]>, SignedIn>;
};

/** The groups, as an app mounts them. */
export type AuthRouters = {
  auth: AuthProcedures;
  password: PasswordProcedures;
  user: UserProcedures;
  registration: RegistrationProcedures;
  social: SocialProcedures;
};

/** The groups as one router, such as a client's types are made from. */
export type AuthRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: ReasonShape<BaseReason>; transformer: true },
  TRPCDecorateCreateRouterOptions<AuthRouters>
>;
