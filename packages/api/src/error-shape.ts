import type { TRPC_ERROR_CODE_NUMBER } from "@trpc/server/rpc";
import type { BaseReason, FieldFaults, Reason } from "./errors.js";

/** `error.data` on the wire. Branch on `reason`. */
export interface ErrorData<R extends Reason> {
  code: string;
  httpStatus: number;
  path?: string;
  reason: R;
  /** What is wrong with each field, by path. */
  fields?: FieldFaults;
  /** Seconds. */
  retryAfter?: number;
  /** Names this call in the server's log. */
  requestId: string;
}

/** A refusal as the client gets it: one shape for every procedure, with the reasons that it can give. */
export interface ReasonShape<R extends Reason> {
  message: string;
  code: TRPC_ERROR_CODE_NUMBER;
  data: ErrorData<R>;
}

/** The refusals that any procedure may give; named, so that clients' declarations say it once. */
export interface BaseShape extends ReasonShape<BaseReason> {}
