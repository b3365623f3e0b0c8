import type { ErrorData, Failure } from "./calls.js";
import type { Reason } from "./reasons.js";

const data: ErrorData<Reason> = { code: "CONFLICT", httpStatus: 409, reason: "SESSION_CHANGED", requestId: "" };

/** A refusal by this client itself. A server's has the id of a request. */
export function sessionChanged(): Failure {
  return Object.assign(new Error("The session has changed."), { data });
}
