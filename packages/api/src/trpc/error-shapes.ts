import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import type { KeywrightContext } from "../context.js";
import type { BaseShape, ReasonShape } from "../contract/error-shape.js";
import { baseReasons, isKeywrightError, type KeywrightError, type Reason, reasons } from "../contract/reasons.js";
import { codeOf, refusalOf, requestIdOf, textOfApp } from "./refusals.js";

/** What tRPC passes to a formatter of errors. */
export interface FormatterInput {
  error: TRPCError;
  ctx?: Partial<KeywrightContext> | undefined;
  path: string | undefined;
}

/**
 * The reason that one of our formatters gave for an error. tRPC keeps the result of `.errors()` where only the same copy
 * of tRPC looks, and an app may run another copy: its CommonJS build, or the one that a bundler made.
 */
const given = new WeakMap<object, Reason>();

/**
 * The shape of every error: one of our reasons, a request id, and no text except ours, or that of a `TRPCError` thrown
 * by an app's own procedure.
 */
export function errorFormatter(input: FormatterInput): BaseShape;
export function errorFormatter(input: FormatterInput): ReasonShape<Reason> {
  const { reason } = refusalOf(input.error);
  const known = given.get(input.error) ?? baseReasons.find((base) => base === reason) ?? "INTERNAL";
  return give(input, known);
}

/** Declares the reasons that a procedure gives besides the base reasons. A client sees exactly these. */
export function refusedWith<R extends Reason>(...known: R[]) {
  return (input: FormatterInput): ReasonShape<R> | undefined => {
    const { reason } = refusalOf(input.error);
    const declared = known.find((candidate) => candidate === reason);
    return declared === undefined ? undefined : give(input, declared);
  };
}

/** The shape that one of our formatters gave, or undefined: the error is none of ours. */
export function givenShape(input: FormatterInput): ReasonShape<Reason> | undefined {
  const reason = given.get(input.error);
  return reason === undefined ? undefined : shapeOf(input, reason);
}

/** A refusal as tRPC throws it outside procedures, with the status of its reason. */
export function toTrpcError(refusal: KeywrightError): TRPCError {
  const [code, message] = reasons[refusal.reason];
  const error = new TRPCError({ code, message, cause: refusal });
  given.set(error, refusal.reason);
  return error;
}

function give<R extends Reason>(input: FormatterInput, reason: R): ReasonShape<R> {
  given.set(input.error, reason);
  return shapeOf(input, reason);
}

function shapeOf<R extends Reason>({ error, ctx, path }: FormatterInput, reason: R): ReasonShape<R> {
  const refusal = refusalOf(error);
  const { fields, retryAfter, proof } = refusal;
  // Where a procedure has not declared the reason, its words are not shown either.
  const words = refusal.reason === reason ? refusal.message : undefined;
  const own = codeOf(error);
  // Our errors and unknown ones arrive as tRPC's internal error; tRPC's own keep their code.
  const code = own === "INTERNAL_SERVER_ERROR" || isKeywrightError(error.cause) ? reasons[reason][0] : own;
  return {
    // Without a context, no procedure has run, and so none of the app's.
    message: (ctx === undefined ? null : textOfApp(error)) ?? words ?? reasons[reason][1],
    code: TRPC_ERROR_CODES_BY_KEY[code],
    data: {
      code,
      httpStatus: getHTTPStatusCodeFromError(new TRPCError({ code })),
      ...(path === undefined ? {} : { path }),
      reason,
      ...(fields === undefined ? {} : { fields }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
      ...(proof === undefined ? {} : { proof }),
      requestId: requestIdOf(error, ctx?.auth?.who.requestId),
    },
  };
}
