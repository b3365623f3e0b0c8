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

/** Null if the body is over the limit. A body of unknown length is read up to the limit and no further. */
export async function capped(request: Request): Promise<Request | null> {
  if (request.method !== "POST") return request;
  const verdict = isLong(request.headers.get("content-length"));
  if (verdict !== null) return verdict ? null : request;
  const body = await readCapped(request.body);
  if (body === null) return null;
  const { headers, signal } = request;
  return new Request(request.url, { method: "POST", headers, signal, body: new Uint8Array(body) });
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

/** The same for Node's own messages: how to read the body, or null. */
export async function cappedMessage(req: IncomingMessage): Promise<(() => Promise<string>) | null> {
  const verdict = isLong(req.headers["content-length"]);
  if (verdict !== null) return verdict ? null : () => textOf(req);
  if (!mayHaveBody(req)) return async () => "";
  const reading = readMessage(req);
  // That it cannot be read is told to whoever asks for it.
  if ((await reading.catch(() => "")) === null) return null;
  counted.add(req);
  return async () => decoder.decode((await reading) ?? undefined);
}

async function textOf(req: IncomingMessage): Promise<string> {
  const body = await readMessage(req);
  if (body === null) throw tooLarge();
  return decoder.decode(body);
}

/** As a Fetch request's text is decoded: without a byte order mark. */
const decoder = new TextDecoder();

/** Messages of unknown length whose body is known to be within the limit. */
const counted = new WeakSet<IncomingMessage>();

/** Null if it is longer than a call may be; it is read no further than that. */
function readMessage(req: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const end = () => reject(unread(req));
    req.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= transportLimits.maxBodySize) return void chunks.push(chunk);
      req.pause();
      resolve(null);
    });
    req.once("end", () => resolve(Buffer.concat(chunks)));
    req.once("error", reject);
    req.once("close", end);
    // A middleware may have paused it until somebody reads.
    req.resume();
    if (req.readableEnded || req.destroyed) end();
  });
}

function unread({ aborted }: IncomingMessage): Error {
  if (aborted) return new Error("The caller hung up before the end of the body.");
  const message = "The body was read before Keywright could: whatever reads it has to leave it in `req.body`.";
  return new TRPCError({ code: "INTERNAL_SERVER_ERROR", message });
}

/** Whether a `Content-Length` is over the limit; null if there is none. */
function isLong(contentLength: string | null | undefined): boolean | null {
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
  const isUnknown = req.headers["content-length"] === undefined && mayHaveBody(req) && !counted.has(req);
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
export function isLongBody(body: unknown): boolean {
  const text = typeof body === "string" || Buffer.isBuffer(body) ? body : (JSON.stringify(body) ?? "");
  return Buffer.byteLength(text) > transportLimits.maxBodySize;
}
