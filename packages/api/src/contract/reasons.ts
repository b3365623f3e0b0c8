/**
 * Every reason for which Keywright refuses a caller: reason → tRPC code → default message.
 * Clients branch on the reason; the message is for people and may change or be translated.
 *
 * To add one: a row here and a row in docs/reasons.md, both languages of packages/client/src/messages/, its name in
 * `refusedWith(…)` of each procedure that throws it and in contract/procedures.ts, then `npm run generate`. If a mailed
 * link's page can show it: apps/server/src/words/ as well.
 */
export const reasons = table({
  INVALID_CREDENTIALS: ["UNAUTHORIZED", "The login or the password is wrong."],
  EMAIL_NOT_VERIFIED: ["FORBIDDEN", "Verify your e-mail address first."],
  ACCOUNT_DISABLED: ["FORBIDDEN", "This account is disabled."],
  NOT_AUTHENTICATED: ["UNAUTHORIZED", "Sign in first."],
  REAUTHENTICATION_REQUIRED: ["FORBIDDEN", "Confirm that it is you first."],
  FORBIDDEN: ["FORBIDDEN", "This request is not allowed."],
  VALIDATION: ["BAD_REQUEST", "The input is not valid."],
  TOKEN_INVALID: ["BAD_REQUEST", "This link or token is not valid, or was used already."],
  TOKEN_EXPIRED: ["BAD_REQUEST", "This link or token has expired."],
  ALREADY_VERIFIED: ["CONFLICT", "This e-mail address is verified already."],
  EMAIL_TAKEN: ["CONFLICT", "An account with this e-mail address exists already."],
  USERNAME_TAKEN: ["CONFLICT", "This username is taken."],
  WRONG_PASSWORD: ["FORBIDDEN", "The password is wrong."],
  PASSWORD_MISMATCH: ["BAD_REQUEST", "The two passwords differ."],
  PASSWORD_TOO_SHORT: ["BAD_REQUEST", "The password is too short."],
  PASSWORD_TOO_LONG: ["BAD_REQUEST", "The password is too long."],
  PASSWORD_TOO_COMMON: ["BAD_REQUEST", "This password is among the most common ones."],
  PASSWORD_TOO_SIMILAR: ["BAD_REQUEST", "The password is too similar to your other details."],
  PASSWORD_ENTIRELY_NUMERIC: ["BAD_REQUEST", "The password has digits only."],
  PASSWORD_BREACHED: ["BAD_REQUEST", "This password is known from a data breach."],
  PASSWORD_UNCHANGED: ["BAD_REQUEST", "The new password is the old one."],
  PASSWORD_ALREADY_SET: ["CONFLICT", "This account has a password already."],
  REGISTRATION_CLOSED: ["FORBIDDEN", "Registration is closed."],
  SOCIAL_NOT_CONFIGURED: ["NOT_FOUND", "This sign-in provider is not configured."],
  PROVIDER_REFUSED: ["FORBIDDEN", "The provider refused the sign-in."],
  PROVIDER_UNAVAILABLE: ["SERVICE_UNAVAILABLE", "The provider does not answer."],
  PROVIDER_TOKEN_INVALID: ["BAD_REQUEST", "The provider's token is not valid for this app."],
  IDENTITY_TAKEN: ["CONFLICT", "This identity belongs to another account."],
  EMAIL_CONFLICT: ["CONFLICT", "Sign in the way you did before, then connect this provider."],
  LAST_SIGN_IN_METHOD: ["CONFLICT", "This is the last way to sign in to this account."],
  REFUSED_BY_APP: ["FORBIDDEN", "The app refuses this."],
  ACCOUNT_IN_USE: ["CONFLICT", "Other data still refers to this account."],
  NOT_FOUND: ["NOT_FOUND", "There is no such thing here."],
  RATE_LIMITED: ["TOO_MANY_REQUESTS", "Too many attempts. Try again later."],
  SESSION_CHANGED: ["CONFLICT", "Somebody else has signed in or out meanwhile."],
  BATCH_NOT_ALLOWED: ["BAD_REQUEST", "Send this call on its own, not in a batch."],
  STREAM_NOT_ALLOWED: [
    "BAD_REQUEST",
    "This call sets a cookie, which a stream cannot: send it by httpLink, as with splitLink and needsOwnRequest of @keywright/client.",
  ],
  UNAVAILABLE: ["SERVICE_UNAVAILABLE", "The service is busy or unavailable. Try again shortly."],
  INTERNAL: ["INTERNAL_SERVER_ERROR", "Something went wrong on our side."],
});

type Code =
  | "BAD_REQUEST"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "CONFLICT"
  | "TOO_MANY_REQUESTS"
  | "SERVICE_UNAVAILABLE"
  | "INTERNAL_SERVER_ERROR";

/** Why a call was refused; `error.data.reason` on the wire. */
export type Reason = keyof typeof reasons;

/** The reasons for which any procedure may refuse. */
export const baseReasons = [
  "VALIDATION",
  "FORBIDDEN",
  "NOT_FOUND",
  "RATE_LIMITED",
  "SESSION_CHANGED",
  "REFUSED_BY_APP",
  "BATCH_NOT_ALLOWED",
  "STREAM_NOT_ALLOWED",
  "UNAVAILABLE",
  "INTERNAL",
] as const satisfies readonly Reason[];
export type BaseReason = (typeof baseReasons)[number];

/** What else can be wrong with one field: field reason → default message. */
export const fieldReasons = phrases({
  REQUIRED: "This field is required.",
  INVALID: "This value is not valid.",
  INVALID_EMAIL: "This is not an e-mail address, or it has letters with accents before the @.",
  TOO_SHORT: "This value is too short.",
  TOO_LONG: "This value is too long.",
  UNKNOWN_FIELD: "There is no such field.",
});
export type FieldReason = Reason | keyof typeof fieldReasons;

export interface FieldError {
  reason: FieldReason;
  message: string;
}

/** What is wrong with each field of the input, by path (`"confirmPassword"`, `"address.city"`). Never a value. */
export type FieldErrors = Record<string, FieldError[]>;

/** `error.data` on the wire. Branch on `reason`. */
export interface ErrorData<R extends Reason> {
  code: string;
  httpStatus: number;
  path?: string;
  reason: R;
  /** What is wrong with each field, by path. */
  fields?: FieldErrors;
  /** Seconds. */
  retryAfter?: number;
  /** What the app's gate asks for in the header `keywright-proof`. */
  proof?: string;
  /** Identifies this call in the server's log. */
  requestId: string;
}

export interface RefusalDetails {
  /** By path; the caller sees them. */
  fields?: FieldErrors;
  /** Seconds after which the same call may succeed. */
  retryAfter?: number;
  /** For `REFUSED_BY_APP`: the app's own words, instead of the default message. The caller sees them. */
  message?: string;
  /** For `REFUSED_BY_APP`: what to send in the header `keywright-proof`. */
  proof?: string;
  /** For the log only. */
  cause?: Error;
}

/**
 * A refusal, for a reason of the table. Anything else that is thrown is a bug or an outage:
 * it reaches the caller as `INTERNAL` with a request id and nothing more.
 */
export class KeywrightError extends Error {
  readonly reason: Reason;
  readonly fields: FieldErrors | undefined;
  readonly retryAfter: number | undefined;
  readonly proof: string | undefined;

  constructor(reason: Reason, details: RefusalDetails = {}) {
    super(details.message ?? reasons[reason][1], details.cause && { cause: details.cause });
    this.name = "KeywrightError";
    this.reason = reason;
    this.fields = details.fields;
    this.retryAfter = details.retryAfter;
    this.proof = details.proof;
  }
}

/** Whether an error is a refusal, by what it is: an app may have loaded this package twice. */
export function isKeywrightError(error: unknown): error is KeywrightError {
  return error instanceof Error && error.name === "KeywrightError" && "reason" in error && isReason(error.reason);
}

/** The errors of one field, for `VALIDATION` or a more exact reason. */
export function fieldError(path: string, ...faults: FieldReason[]): FieldErrors {
  return { [path]: faults.map((reason) => ({ reason, message: messageOf(reason) })) };
}

/** The default message of a field error. */
export function messageOf(reason: FieldReason): string {
  return isFieldOnly(reason) ? fieldReasons[reason] : reasons[reason][1];
}

export function isReason(text: unknown): text is Reason {
  return typeof text === "string" && Object.hasOwn(reasons, text);
}

export function isFieldReason(text: string): text is FieldReason {
  return isReason(text) || Object.hasOwn(fieldReasons, text);
}

function isFieldOnly(reason: FieldReason): reason is keyof typeof fieldReasons {
  return reason in fieldReasons;
}

/** Keeps the names but not the literal types of the texts, which would be in every client's declarations. */
function table<Name extends string>(rows: Record<Name, readonly [code: Code, message: string]>) {
  return rows;
}

function phrases<Name extends string>(rows: Record<Name, string>) {
  return rows;
}
