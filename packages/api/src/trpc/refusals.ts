import { randomUUID } from "node:crypto";
import { isUnavailable } from "@keywright/db";
import { TRPCError } from "@trpc/server";
import { z } from "zod";
import { type FieldError, type FieldErrors, KeywrightError, type Reason, reasons } from "../contract/reasons.js";
import { fieldErrorOf, maxFields } from "./field-errors.js";

/** What a thrown error means for the caller. */
export interface Refusal {
  reason: Reason;
  fields?: FieldErrors | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
}

const outageRetrySeconds = 2;

/**
 * Maps any error to a refusal. Anything not thrown on purpose is `INTERNAL`, or `UNAVAILABLE` if the database is down.
 */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof KeywrightError)
    return { reason: error.reason, fields: error.fields, retryAfter: error.retryAfter };
  if (error instanceof TRPCError) return refusalOfTrpc(error);
  if (isUnavailable(error)) return { reason: "UNAVAILABLE", retryAfter: outageRetrySeconds };
  return { reason: "INTERNAL" };
}

/** A refusal as tRPC throws it outside procedures, with the status of its reason. */
export function toTrpcError(refusal: KeywrightError): TRPCError {
  const [code, message] = reasons[refusal.reason];
  return new TRPCError({ code, message, cause: refusal });
}

const requestIds = new WeakMap<object, string>();

/** The id under which this error is logged and answered: the call's own, if there is one. */
export function requestIdOf(error: object, ofCall: string | undefined): string {
  const id = requestIds.get(error) ?? ofCall ?? randomUUID();
  requestIds.set(error, id);
  return id;
}

/**
 * tRPC's own refusals have no cause of ours: the meaning of their codes is fixed here, their texts are not passed on.
 */
function refusalOfTrpc({ code, cause }: TRPCError): Refusal {
  if (cause instanceof z.core.$ZodError && code === "BAD_REQUEST") {
    return { reason: "VALIDATION", fields: fieldsOf(cause) };
  }
  if (code === "INTERNAL_SERVER_ERROR") return cause === undefined ? { reason: "INTERNAL" } : refusalOf(cause);
  if (cause instanceof KeywrightError) return refusalOf(cause);
  return { reason: byCode.get(code) ?? "VALIDATION" };
}

/** tRPC throws these itself, for requests that it cannot serve. */
const protocolCodes = new Set<TRPCError["code"]>([
  "PARSE_ERROR",
  "METHOD_NOT_SUPPORTED",
  "UNSUPPORTED_MEDIA_TYPE",
  "PAYLOAD_TOO_LARGE",
  "CLIENT_CLOSED_REQUEST",
  "INTERNAL_SERVER_ERROR",
]);
/** And these texts under codes that apps use as well; they quote what the caller sent. */
const protocolTexts = /^No (?:procedure found|"\w+"-procedure) on path "|^"input" needs to be an object/;

/**
 * The text of an error that an app's own procedure threw on purpose, such as `new TRPCError({ code, message })`. Null
 * for everything else: our refusals, tRPC's own errors, and messages taken over from a cause.
 */
export function textOfApp({ code, message, cause }: TRPCError): string | null {
  if (protocolCodes.has(code) || protocolTexts.test(message) || message === code) return null;
  if (cause === undefined) return message;
  // tRPC reports an input that it or a schema cannot read as a bad request with a cause.
  const isOurs = cause instanceof KeywrightError || code === "BAD_REQUEST" || message === cause.message;
  return isOurs ? null : message;
}

const byCode = new Map<string, Reason>([
  ["NOT_FOUND", "NOT_FOUND"],
  ["UNAUTHORIZED", "NOT_AUTHENTICATED"],
  ["FORBIDDEN", "FORBIDDEN"],
  ["TOO_MANY_REQUESTS", "RATE_LIMITED"],
  ["SERVICE_UNAVAILABLE", "UNAVAILABLE"],
]);

function fieldsOf({ issues }: z.core.$ZodError): FieldErrors {
  const byPath = new Map<string, FieldError[]>();
  for (const [path, fault] of issues.slice(0, maxFields).flatMap(fieldErrorOf).slice(0, maxFields)) {
    byPath.set(path, [...(byPath.get(path) ?? []), fault]);
  }
  return Object.fromEntries(byPath);
}
