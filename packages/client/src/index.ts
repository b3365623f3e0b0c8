export type {
  CurrentSession,
  PublicConfig,
  RegistrationIncomplete,
  SessionInfo,
  SignIn,
  SocialAccount,
  SocialProvider,
  SocialSignIn,
  Tokens,
  User,
  UserEvent,
  VerificationSent,
} from "@keywright/api/public";
export type * from "./api.js";
export {
  type Answer,
  type Call,
  type CallOptions,
  type ErrorData,
  type Failure,
  type FieldError,
  type FieldErrors,
  type Settled,
  safe,
} from "./calls.js";
export { createKeywrightClient, type KeywrightClient } from "./client.js";
export { fieldErrorsOf, reasonOf, retryAfterOf } from "./errors.js";
export type { KeywrightClientOptions } from "./options.js";
export { needsOwnRequest } from "./own-request.js";
export type { ClientOf, RouterLike } from "./own-router.js";
export type { BaseReason, FieldReason, Reason } from "./reasons.js";
export type { SessionState, SessionStore } from "./session-store.js";
export { memoryTokens, type TokenStore } from "./token-store.js";
