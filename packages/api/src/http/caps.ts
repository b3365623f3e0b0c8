import type { IncomingMessage } from "node:http";
import { TRPCError } from "@trpc/server";
import { type AdapterInput, type FetchInput, nodeInputOf } from "./request.js";

/**
 * How much one request may ask for. `createFetchHandler` and `createContext` enforce both by themselves; set on tRPC's
 * own adapters, they apply before a body is read, and to bodies of unknown length.
 */
export const transportLimits = { maxBatchSize: 10, maxBodySize: 32_768 } as const;

/** Refuses a batch or a body that is too large, whatever the host allows. Throws tRPC's own refusals. */
export async function assertWithinCaps(input: AdapterInput): Promise<void> {
  if (input.info.calls.length > transportLimits.maxBatchSize) {
    throw new TRPCError({ code: "BAD_REQUEST", message: "The batch is too large." });
  }
  const isTooLarge = "resHeaders" in input ? await isLongRequest(input) : isLongMessage(input);
  if (isTooLarge) throw tooLarge();
}

export function tooLarge(): TRPCError {
  return new TRPCError({ code: "PAYLOAD_TOO_LARGE", message: "The request is too large." });
}

/** Null if it is longer than a call may be; it is read no further than that. */
export async function readCapped(stream: ReadableStream<Uint8Array> | null): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  const reader = stream?.getReader();
  for (let size = 0; ; ) {
    const { value } = (await reader?.read()) ?? {};
    if (value === undefined) return Buffer.concat(chunks);
    size += value.byteLength;
    if (size > transportLimits.maxBodySize) {
      // Not awaited: where this is a copy, it ends only when the original does.
      reader?.cancel().catch(() => {});
      return null;
    }
    chunks.push(value);
  }
}

/** Whether a `Content-Length` is over the limit; null if there is none. */
export function isLong(contentLength: string | null | undefined): boolean | null {
  return contentLength ? !(Number(contentLength) <= transportLimits.maxBodySize) : null;
}

async function isLongRequest({ req }: FetchInput): Promise<boolean> {
  if (req.method !== "POST") return false;
  const verdict = isLong(req.headers.get("content-length"));
  // tRPC reads the body later, and all of it: a copy shows its length without taking more than the limit.
  return verdict ?? (await readCapped(req.clone().body)) === null;
}

function isLongMessage(input: Exclude<AdapterInput, FetchInput>): boolean {
  const { req, res } = nodeInputOf(input);
  if (req.method !== "POST") return false;
  const body = "body" in req ? req.body : undefined;
  const isTooLarge =
    isLong(req.headers["content-length"]) === true ||
    (body === undefined ? isUncounted(req, input) : isUnpacked(req) && isLongBody(body));
  // Otherwise Node would go on taking in the rest of the body.
  if (isTooLarge && !req.complete) res.setHeader("connection", "close");
  return isTooLarge;
}

/**
 * Whether nobody limits an unread body. It is already flowing into tRPC's adapter, so it cannot be counted here; the
 * adapter counts it if it was given `transportLimits`.
 */
function isUncounted(req: IncomingMessage, adapter: object): boolean {
  const isUnknown = req.headers["content-length"] === undefined && mayHaveBody(req);
  const maxBodySize = "maxBodySize" in adapter ? adapter.maxBodySize : null;
  return isUnknown && !(typeof maxBodySize === "number" && maxBodySize <= transportLimits.maxBodySize);
}

/** RFC 9112, 6.3; later versions of HTTP do not announce a body. */
function mayHaveBody({ headers, httpVersionMajor }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || httpVersionMajor > 1;
}

/** Whether a body that the host has read can be longer than its `Content-Length`. */
function isUnpacked({ headers }: IncomingMessage): boolean {
  return headers["content-length"] === undefined || headers["content-encoding"] !== undefined;
}

/** Hosts read a body into a text, bytes, or what the JSON says. */
function isLongBody(body: unknown): boolean {
  const text = typeof body === "string" || Buffer.isBuffer(body) ? body : (JSON.stringify(body) ?? "");
  return Buffer.byteLength(text) > transportLimits.maxBodySize;
}
