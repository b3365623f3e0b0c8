export type {
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
  UserEvent,
  UserEvents,
  UserExport,
  VerificationSent,
  Verified,
  VerifiedToken,
} from "@keywright/api/public";
export type * from "./api.js";
export {
  type Answer,
  type Call,
  type CallOptions,
  type ErrorData,
  type Failure,
  type FailureOf,
  type FieldError,
  type FieldErrors,
  type Mutation,
  type Query,
  type Settled,
  safe,
} from "./calls.js";
export { createKeywrightClient, type KeywrightClient } from "./client.js";
export { fieldErrorsOf, reasonOf, retryAfterOf } from "./errors.js";
export type { KeywrightClientOptions, LastKnown, Transformer } from "./options.js";
export { needsOwnRequest } from "./own-request.js";
export type { ClientOf, RouterLike } from "./own-router.js";
export type { BaseReason, FieldReason, Reason } from "./reasons.js";
export type { SessionState } from "./session-state.js";
export type { SessionStore, WithSession } from "./session-store.js";
export { memoryTokens, type TokenStore } from "./token-store.js";
