// Made from the server's contract by `npm run generate`: change packages/api/src/contract/procedures.ts and input-types.ts.

/** What any procedure may be refused for. */
export type BaseReason = "VALIDATION" | "FORBIDDEN" | "NOT_FOUND" | "RATE_LIMITED" | "BATCH_NOT_ALLOWED" | "UNAVAILABLE" | "INTERNAL";
/** Why a call was refused: `failure.data.reason`. */
export type Reason = BaseReason | "INVALID_CREDENTIALS" | "EMAIL_NOT_VERIFIED" | "ACCOUNT_DISABLED" | "NOT_AUTHENTICATED" | "REAUTHENTICATION_REQUIRED" | "TOKEN_INVALID" | "TOKEN_EXPIRED" | "ALREADY_VERIFIED" | "EMAIL_TAKEN" | "USERNAME_TAKEN" | "WRONG_PASSWORD" | "PASSWORD_MISMATCH" | "PASSWORD_TOO_SHORT" | "PASSWORD_TOO_LONG" | "PASSWORD_TOO_COMMON" | "PASSWORD_TOO_SIMILAR" | "PASSWORD_ENTIRELY_NUMERIC" | "PASSWORD_BREACHED" | "PASSWORD_UNCHANGED" | "PASSWORD_ALREADY_SET" | "REGISTRATION_CLOSED" | "SOCIAL_NOT_CONFIGURED" | "PROVIDER_REFUSED" | "PROVIDER_UNAVAILABLE" | "PROVIDER_TOKEN_INVALID" | "IDENTITY_TAKEN" | "EMAIL_CONFLICT" | "LAST_SIGN_IN_METHOD";
/** What is wrong with a field. */
export type FieldReason = Reason | "REQUIRED" | "INVALID" | "INVALID_EMAIL" | "TOO_SHORT" | "TOO_LONG" | "UNKNOWN_FIELD";
