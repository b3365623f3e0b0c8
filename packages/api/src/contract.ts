import type { TRPCMutationProcedure, TRPCQueryProcedure } from "@trpc/server";
import type { ReasonShape } from "./error-shape.js";
import type { BaseReason, Reason } from "./errors.js";
import type {
  ChangePasswordInput,
  LoginInput,
  LogoutInput,
  RegisterInput,
  ResetInput,
  UpdateInput,
  UserEventsInput,
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
  login: Mutation<Io<LoginInput, SignIn>, "INVALID_CREDENTIALS" | "EMAIL_NOT_VERIFIED" | "ACCOUNT_DISABLED">;
  logout: Mutation<Io<LogoutInput, Nothing>, SignedIn>;
  session: Query<Io<void, CurrentSession | null>>;
  sessions: Query<Io<void, SessionInfo[]>, SignedIn>;
  revokeSession: Mutation<Io<{ id: string }, Nothing>, SignedIn>;
  revokeOtherSessions: Mutation<Io<object | undefined, { revoked: number }>, SignedIn>;
  reauthenticate: Mutation<Io<{ password: string }, { authenticatedAt: Date }>, SignedIn | "WRONG_PASSWORD">;
  refreshToken: Mutation<Io<{ refreshToken: string }, Tokens>, BadLink>;
  verifyToken: Mutation<Io<{ token: string }, VerifiedToken>, BadLink>;
  revokeToken: Mutation<Io<{ refreshToken: string }, { revokedAt: Date }>, "TOKEN_INVALID">;
  config: Query<Io<void, PublicConfig>>;
};

export type PasswordProcedures = {
  requestReset: Mutation<Io<{ email: string }, Nothing>>;
  checkToken: Mutation<Io<{ token: string }, CheckedSecret>, BadLink>;
  reset: Mutation<Io<ResetInput, Nothing>, BadLink>;
  set: Mutation<Io<ResetInput, Nothing>, BadLink | "PASSWORD_ALREADY_SET">;
  change: Mutation<
    Io<ChangePasswordInput, SignIn | SignedOut>,
    OwnPassword | "PASSWORD_UNCHANGED" | "REAUTHENTICATION_REQUIRED"
  >;
};

export type UserProcedures = {
  me: Query<Io<void, User>, SignedIn>;
  update: Mutation<Io<UpdateInput, User>, SignedIn | "EMAIL_NOT_VERIFIED" | "USERNAME_TAKEN">;
  events: Query<Io<UserEventsInput, UserEvents>, SignedIn>;
  requestEmailChange: Mutation<Io<{ email: string; password: string }, Nothing>, SignedIn | "WRONG_PASSWORD">;
  confirmEmailChange: Mutation<Io<{ token: string }, Nothing>, BadLink | "EMAIL_TAKEN">;
  undoEmailChange: Mutation<Io<{ token: string }, Nothing>, BadLink | "EMAIL_TAKEN">;
  archive: Mutation<Io<{ password: string }, Nothing>, OwnPassword>;
  delete: Mutation<Io<{ password: string }, DeletionOutcome>, OwnPassword>;
};

export type RegistrationProcedures = {
  register: Mutation<
    Io<RegisterInput, SignIn | VerificationSent>,
    "REGISTRATION_CLOSED" | "EMAIL_TAKEN" | "USERNAME_TAKEN"
  >;
  verifyEmail: Mutation<
    Io<{ token: string; deviceName?: string | undefined }, SignIn | Verified>,
    BadLink | "ALREADY_VERIFIED"
  >;
  resendVerification: Mutation<Io<{ email: string }, Nothing>>;
};

/** The groups, as an app mounts them. */
export type AuthRouters = {
  auth: AuthProcedures;
  password: PasswordProcedures;
  user: UserProcedures;
  registration: RegistrationProcedures;
};
