export type {
  AuthRouter,
  CurrentSession,
  FieldFault,
  FieldFaults,
  FieldReason,
  PublicConfig,
  Reason,
  SessionInfo,
  SignIn,
  Tokens,
  User,
} from "@keywright/api/public";
export { safe } from "@trpc/client";
export { createKeywrightClient, type KeywrightClient, type KeywrightClientOptions } from "./client.js";
export { fieldErrorsOf, reasonOf, retryAfterOf } from "./errors.js";
export { memoryTokens, type TokenStore } from "./token-store.js";
