import type { TRPCBuiltRouter, TRPCDecorateCreateRouterOptions } from "@trpc/server";
import type { AuthRouters } from "./contract.js";
import type { ReasonShape } from "./error-shape.js";
import type { BaseReason } from "./errors.js";

export type { ErrorData, ReasonShape } from "./error-shape.js";
export type { BaseReason, FieldFault, FieldFaults, FieldReason, Reason } from "./errors.js";
export type * from "./types.js";

/** The contract between server and client: what is served, and no word about how. */
export type AuthRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: ReasonShape<BaseReason>; transformer: true },
  TRPCDecorateCreateRouterOptions<AuthRouters>
>;
