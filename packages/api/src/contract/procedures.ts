import type {
  TRPCBuiltRouter,
  TRPCDecorateCreateRouterOptions,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
} from "@trpc/server";
import type { ReasonShape } from "./error-shape.js";
import type { BaseReason, Reason } from "./errors.js";
import type {
  ChangePasswordInput,
  EmailChangeInput,
  EmailInput,
  LoginInput,
  LogoutInput,
  PasswordInput,
  RefreshTokenInput,
  RegisterInput,
  ResetInput,
  SessionIdInput,
  TokenInput,
  UpdateInput,
  UserEventsInput,
  VerifyEmailInput,
} from "./input-types.js";
import type {
  CheckedSecret,
  CurrentSession,
  DeletionOutcome,
  Nothing,
  PublicConfig,
  SessionInfo,
  SignedOut,
  SignIn,
  Tokens,
  User,
  UserEvents,
  VerificationSent,
  Verified,
  VerifiedToken,
} from "./types.js";

// What is served, and refused for which reasons. Routers are checked against it; clients see it and nothing else.

type Query<T extends Io<unknown, unknown>, R extends Reason = never> = TRPCQueryProcedure<Facts<T, R>>;
type Mutation<T extends Io<unknown, unknown>, R extends Reason = never> = TRPCMutationProcedure<Facts<T, R>>;
interface Io<In, Out> {
  in: In;
  out: Out;
}
interface Facts<T extends Io<unknown, unknown>, R extends Reason> {
  input: T["in"];
  output: T["out"];
  meta: object;
  errorShape: ReasonShape<BaseReason | R>;
}

type SignedIn = "NOT_AUTHENTICATED";
type BadLink = "TOKEN_INVALID" | "TOKEN_EXPIRED";
type OwnPassword = SignedIn | "EMAIL_NOT_VERIFIED" | "WRONG_PASSWORD";

export type AuthProcedures = {
  /** Signs in with a username or an e-mail address and a password. An archived account comes back by it. */
  login: Mutation<Io<LoginInput, SignIn>, "INVALID_CREDENTIALS" | "EMAIL_NOT_VERIFIED" | "ACCOUNT_DISABLED">;
  /** Ends this session, or with `everywhere` all of the account's, and their refresh tokens. */
  logout: Mutation<Io<LogoutInput | undefined, Nothing>, SignedIn>;
  /** Who is signed in, and on which session; null for a visitor. Never refuses. */
  session: Query<Io<void, CurrentSession | null>>;
  /** Where the caller is signed in: each device, and which of them is this one. Ids, never tokens. */
  sessions: Query<Io<void, SessionInfo[]>, SignedIn>;
  /** Ends one of the caller's sessions, and its refresh tokens. */
  revokeSession: Mutation<Io<SessionIdInput, Nothing>, SignedIn>;
  /** Ends all of the caller's sessions but this one; how many there were. */
  revokeOtherSessions: Mutation<Io<Nothing | undefined, { revoked: number }>, SignedIn>;
  /** Confirms the caller's password ("step-up"), for calls that want it to be recent. */
  reauthenticate: Mutation<Io<PasswordInput, { authenticatedAt: Date }>, SignedIn | "WRONG_PASSWORD">;
  /** Exchanges a refresh token for its successor and a new access token. A retry gets the same successor. */
  refreshToken: Mutation<Io<RefreshTokenInput, Tokens>, BadLink>;
  /** Tells whose access token this is and until when. Refresh tokens are not told apart from rubbish. */
  verifyToken: Mutation<Io<TokenInput, VerifiedToken>, BadLink>;
  /** Ends the session of a refresh token; to have the token is enough. */
  revokeToken: Mutation<Io<RefreshTokenInput, { revokedAt: Date }>, "TOKEN_INVALID">;
  /** The settings that sign-in and sign-up forms need. */
  config: Query<Io<void, PublicConfig>>;
};

export type PasswordProcedures = {
  /** E-mails a reset link if the address has an account. The answer never tells whether it has. */
  requestReset: Mutation<Io<EmailInput, Nothing>>;
  /** Tells what a mailed link is for, before a form is shown. Uses nothing up. */
  checkToken: Mutation<Io<TokenInput, CheckedSecret>, BadLink>;
  /** Sets a new password with a mailed link. Ends every session of the account and signs nobody in. */
  reset: Mutation<Io<ResetInput, Nothing>, BadLink>;
  /** Sets the first password of an account that has none, with a mailed link. Signs nobody in. */
  set: Mutation<Io<ResetInput, Nothing>, BadLink | "PASSWORD_ALREADY_SET">;
  /** Changes the caller's password. Other devices are signed out; this one goes on with a new session and new tokens. */
  change: Mutation<
    Io<ChangePasswordInput, SignIn | SignedOut>,
    OwnPassword | "PASSWORD_UNCHANGED" | "REAUTHENTICATION_REQUIRED"
  >;
};

export type UserProcedures = {
  /** The caller's own account. */
  me: Query<Io<void, User>, SignedIn>;
  /** Changes the given fields of the caller's account. Which fields can be changed is a setting. */
  update: Mutation<Io<UpdateInput, User>, SignedIn | "EMAIL_NOT_VERIFIED" | "USERNAME_TAKEN">;
  /** What happened to the caller's account, the newest first, page by page. */
  events: Query<Io<UserEventsInput | undefined, UserEvents>, SignedIn>;
  /** Mails a link to the new address; the address changes when it is followed. The answer never tells who has it. */
  requestEmailChange: Mutation<Io<EmailChangeInput, Nothing>, SignedIn | "WRONG_PASSWORD">;
  /** Gives the account the new address with the mailed link. Other sessions end; the old mailbox gets a link to undo it. */
  confirmEmailChange: Mutation<Io<TokenInput, Nothing>, BadLink | "EMAIL_TAKEN">;
  /** Gives the account its old address back, with the link that the old mailbox got. Every session ends. */
  undoEmailChange: Mutation<Io<TokenInput, Nothing>, BadLink | "EMAIL_TAKEN">;
  /** Puts the account to rest: every session ends, and the next login brings it back. */
  archive: Mutation<Io<PasswordInput, Nothing>, OwnPassword>;
  /** Removes the account with all that belongs to it, or by a setting disables it. */
  delete: Mutation<Io<PasswordInput, DeletionOutcome>, OwnPassword>;
};

export type RegistrationProcedures = {
  /** Creates an account and mails the verification link. Signs in where unverified accounts may sign in. */
  register: Mutation<
    Io<RegisterInput, SignIn | VerificationSent>,
    "REGISTRATION_CLOSED" | "EMAIL_TAKEN" | "USERNAME_TAKEN"
  >;
  /** Proves the mailbox that the link was sent to. A POST, so that mail scanners use nothing up. */
  verifyEmail: Mutation<Io<VerifyEmailInput, SignIn | Verified>, BadLink | "ALREADY_VERIFIED">;
  /** Mails a new verification link if the address has an account that needs one. The answer never tells. */
  resendVerification: Mutation<Io<EmailInput, Nothing>>;
};

/** The groups, as an app mounts them. */
export type AuthRouters = {
  auth: AuthProcedures;
  password: PasswordProcedures;
  user: UserProcedures;
  registration: RegistrationProcedures;
};

/** The groups as one router, such as a client's types are made from. */
export type AuthRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: ReasonShape<BaseReason>; transformer: true },
  TRPCDecorateCreateRouterOptions<AuthRouters>
>;
