import type { Failure, FieldErrors } from "./calls.js";
import type { Reason } from "./reasons.js";

interface RefusalData {
  reason: Reason;
  fields?: FieldErrors;
  retryAfter?: number;
}

/**
 * Why the server refused a call. Null when it did not: no connection, an aborted call, another program's error. Of a
 * failure that comes from `safe` it has the procedure's own reasons as its type.
 */
export function reasonOf<R extends Reason>(failure: Failure<{ reason: R }>): R | null;
export function reasonOf(error: unknown): Reason | null;
export function reasonOf(error: unknown): Reason | null {
  return refusalOf(error)?.reason ?? null;
}

/** What is wrong with each field of the input, by path; empty when the fields are not what was refused. */
export function fieldErrorsOf(error: unknown): FieldErrors {
  return refusalOf(error)?.fields ?? {};
}

/** In how many seconds the same call may succeed; null when the server does not say. */
export function retryAfterOf(error: unknown): number | null {
  return refusalOf(error)?.retryAfter ?? null;
}

/** By shape, not by class: two copies of a library, or a structured clone, keep the one and not the other. */
function refusalOf(error: unknown): RefusalData | null {
  if (typeof error !== "object" || error === null || !("data" in error)) return null;
  return isRefusal(error.data) ? error.data : null;
}

// A list of the reasons would weigh on every page and be too old for tomorrow's server; the request id tells whose it is.
function isRefusal(data: unknown): data is RefusalData {
  if (typeof data !== "object" || data === null || !("reason" in data && "requestId" in data)) return false;
  return typeof data.reason === "string" && typeof data.requestId === "string";
}
