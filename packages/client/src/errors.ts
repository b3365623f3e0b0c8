import type { Failure, FieldErrors } from "./calls.js";
import type { Reason } from "./reasons.js";
import { has } from "./shape.js";

interface RefusalData {
  reason: Reason;
  requestId: string;
  fields?: FieldErrors;
  retryAfter?: number;
}

/**
 * Why the server refused a call. Null if it did not: no connection, an aborted call, another error. For a failure
 * from `safe`, the type has the procedure's own reasons.
 */
export function reasonOf<R extends Reason>(failure: Failure<{ reason: R }>): R | null;
export function reasonOf(error: unknown): Reason | null;
export function reasonOf(error: unknown): Reason | null {
  return refusalOf(error)?.reason ?? null;
}

/** What is wrong with each field of the input, by path; empty if nothing is. */
export function fieldErrorsOf(error: unknown): FieldErrors {
  return refusalOf(error)?.fields ?? {};
}

/** Seconds until the same call may succeed; null if the server does not say. */
export function retryAfterOf(error: unknown): number | null {
  return refusalOf(error)?.retryAfter ?? null;
}

// A list of the reasons would weigh on every page and be too old for tomorrow's server; the request id tells whose it is.
function refusalOf(error: unknown): RefusalData | null {
  return has(error, "data") && isRefusal(error.data) ? error.data : null;
}

function isRefusal(data: unknown): data is RefusalData {
  return has(data, "reason", "requestId") && typeof data.reason === "string" && typeof data.requestId === "string";
}

/** Whether what keeps the tokens has failed, and no server. */
export function isStoreFault(error: unknown): boolean {
  return has(error, "name") && error.name === "TokenStoreError";
}

/** Whether anything has answered, if not Keywright. */
export function isAnswered(error: unknown): boolean {
  const isForeign = has(error, "message") && /^No Keywright server/.test(String(error.message));
  return reasonOf(error) !== null || isForeign || (has(error, "meta") && has(error.meta, "response"));
}

/** Whether the server knows of another session than this client does. */
export function isAnothersSession(error: unknown): boolean {
  const told = refusalOf(error);
  return told?.reason === "SESSION_CHANGED" && told.requestId !== "";
}
