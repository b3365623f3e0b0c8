import type { TRPC_ERROR_CODE_NUMBER } from "@trpc/server/rpc";
import type { BaseReason, ErrorData, Reason } from "./reasons.js";

/** A refusal as the client receives it, with the reasons that the procedure can give. */
export interface ReasonShape<R extends Reason> {
  message: string;
  code: TRPC_ERROR_CODE_NUMBER;
  data: ErrorData<R>;
}

/** The refusals that any procedure may give; named, so that clients' declarations say it once. */
export interface BaseShape extends ReasonShape<BaseReason> {}
