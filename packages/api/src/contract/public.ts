/** What clients see: shapes and reasons, which import nothing. */
export type { BaseReason, ErrorData, FieldError, FieldErrors, FieldReason, Reason } from "./reasons.js";
export type * from "./types.js";
