/** What clients see: shapes and reasons, which import nothing. */
export type { BaseReason, ErrorData, FieldFault, FieldFaults, FieldReason, Reason } from "./errors.js";
export type * from "./types.js";
