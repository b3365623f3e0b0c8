import { TRPCError } from "@trpc/server";
import { KeywrightError } from "../contract/reasons.js";
import { toTrpcError } from "../trpc/error-shapes.js";
import type { Origins } from "./origins.js";
import type { CallInfo, HttpRequest } from "./request.js";

// JSON is never a "simple" content type (Fetch, 2.2.2): another site's form cannot send it without a preflight. tRPC
// itself would run mutations without input on `multipart/form-data`.
const jsonType = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;
const streamTypes = /application\/jsonl|text\/event-stream/i;

/** Refuses requests that no client of ours sends, before any procedure runs. */
export function assertPlainCall(request: HttpRequest): void {
  if (request.method === "POST" && !jsonType.test(request.header("content-type") ?? "")) {
    throw new TRPCError({ code: "UNSUPPORTED_MEDIA_TYPE", message: "Send application/json." });
  }
}

/** Whether the answer may be streamed: its headers are then sent before a procedure can set a cookie. */
export function isStreamed(request: HttpRequest, { accept, type }: CallInfo): boolean {
  const wanted = [accept, request.header("accept"), request.header("trpc-accept")].join();
  return type === "subscription" || streamTypes.test(wanted);
}

/** A mutation with our cookie must come from our own pages; a query is refused only if it declares another origin. */
export function assertCookieOrigin(request: HttpRequest, origins: Origins): void {
  const verdict = originOf(request, origins);
  if (verdict === "foreign" || (verdict === "unknown" && request.method === "POST")) {
    throw toTrpcError(new KeywrightError("FORBIDDEN"));
  }
}

/**
 * Where a request comes from, as reported by the browser: scripts cannot set these headers, and other programs omit
 * them.
 */
export function originOf(request: HttpRequest, origins: Origins): "own" | "foreign" | "unknown" {
  const site = request.header("sec-fetch-site");
  if (site === "same-origin") return "own";
  const origin = request.header("origin");
  if (origin !== null && origins.allows(origin)) return "own";
  if (origin === null && (site === null || site === "none")) return "unknown";
  return request.method === "POST" || origin !== null || site === "cross-site" ? "foreign" : "unknown";
}
