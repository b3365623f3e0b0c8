import { randomUUID } from "node:crypto";
import { isUnavailable } from "@keywright/db";
import { TRPCError } from "@trpc/server";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import { type FieldErrors, isKeywrightError, type KeywrightError, type Reason } from "../contract/reasons.js";
import { fieldsOf } from "./field-errors.js";

/** What a thrown error means for the caller. */
export interface Refusal {
  reason: Reason;
  fields?: FieldErrors | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
  /** The app's own words. */
  message?: string | undefined;
  /** What the app's gate asks for. */
  proof?: string | undefined;
}

const outageRetrySeconds = 2;

/** As tRPC itself recognises one: apps have theirs from their own copy of tRPC, and derive their own classes from it. */
export function isTrpcError(error: unknown): error is TRPCError {
  return error instanceof TRPCError || (error instanceof Error && error.name === "TRPCError" && "code" in error);
}

/** Another minor of tRPC may have codes that ours has not. */
export function codeOf({ code }: TRPCError): TRPCError["code"] {
  return Object.hasOwn(TRPC_ERROR_CODES_BY_KEY, code) ? code : "INTERNAL_SERVER_ERROR";
}

/**
 * Maps any error to a refusal. Anything not thrown on purpose is `INTERNAL`, or `UNAVAILABLE` if the database is down.
 */
export function refusalOf(error: unknown): Refusal {
  if (isKeywrightError(error)) return refusalOfOurs(error);
  if (isTrpcError(error)) return refusalOfTrpc(error);
  if (isUnavailable(error)) return { reason: "UNAVAILABLE", retryAfter: outageRetrySeconds };
  return { reason: "INTERNAL" };
}

function refusalOfOurs({ reason, fields, retryAfter, message, proof }: KeywrightError): Refusal {
  return { reason, fields, retryAfter, ...(reason === "REFUSED_BY_APP" ? { message, proof } : {}) };
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
  const fields = code === "BAD_REQUEST" ? fieldsOf(cause) : null;
  if (fields) return { reason: "VALIDATION", fields };
  if (code === "INTERNAL_SERVER_ERROR") return cause === undefined ? { reason: "INTERNAL" } : refusalOf(cause);
  if (isKeywrightError(cause)) return refusalOf(cause);
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
  const isOurs = isKeywrightError(cause) || code === "BAD_REQUEST" || message === cause.message;
  return isOurs ? null : message;
}

const byCode = new Map<string, Reason>([
  ["NOT_FOUND", "NOT_FOUND"],
  ["UNAUTHORIZED", "NOT_AUTHENTICATED"],
  ["FORBIDDEN", "FORBIDDEN"],
  ["TOO_MANY_REQUESTS", "RATE_LIMITED"],
  ["SERVICE_UNAVAILABLE", "UNAVAILABLE"],
]);
