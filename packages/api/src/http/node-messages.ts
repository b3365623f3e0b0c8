import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { closedHeaders } from "./closed-headers.js";

/** Answers by `work`. Never rejects: in Node's own server nobody would catch it, and the process would end. */
export async function answered(res: ServerResponse, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    if (res.headersSent || res.destroyed) res.destroy();
    else res.writeHead(500, closedHeaders).end();
  }
}

/** The path and query of a request. Express takes the path that a router is mounted at off `url`. */
export function targetOf(req: IncomingMessage): string {
  return "originalUrl" in req && typeof req.originalUrl === "string" ? req.originalUrl : (req.url ?? "/");
}

/** Aborted when the caller hangs up before the answer is sent. Made when somebody asks for it, and once. */
export function signalOf(res: ServerResponse): () => AbortSignal {
  let controller: AbortController | undefined;
  return () => {
    controller ??= abortedWith(res);
    return controller.signal;
  };
}

function abortedWith(res: ServerResponse): AbortController {
  const controller = new AbortController();
  const closed = () => {
    // Over HTTP/2, Node calls an answer finished when its stream has been reset.
    if (!res.writableFinished || res.req.aborted) controller.abort();
  };
  if (res.destroyed || res.req.aborted) closed();
  else res.once("close", closed);
  return controller;
}

/** Null for what Fetch does not know, such as the method TRACE. `more` has its body. */
export function toRequest(req: IncomingMessage, more: (req: IncomingMessage) => RequestInit): Request | null {
  try {
    const headers = new Headers(Object.entries(req.headers).flatMap(toEntries));
    const { method = "GET" } = req;
    // The host is of no account, and nothing in the path can name another one.
    const url = new URL(`http://localhost/${targetOf(req).replace(/^[/\\]+/, "")}`);
    return new Request(url, { method, headers, ...more(req) });
  } catch {
    return null;
  }
}

/** HTTP/2 sends the request line as headers, too, which begin with a colon. */
function toEntries([name, value]: [string, string | string[] | undefined]): [string, string][] {
  return name.startsWith(":") ? [] : [value ?? []].flat().map((one) => [name, one]);
}

/** Still unread, or read by `express.json` or `express.urlencoded`. */
export function bodyOf(req: IncomingMessage): Pick<RequestInit, "body" | "duplex"> {
  if (req.method === "GET" || req.method === "HEAD") return {};
  return { body: isParsed(req) ? parsedBody(req) : Readable.toWeb(req), duplex: "half" };
}

/** Whether the host has read the body before us. */
export function isParsed(req: IncomingMessage): boolean {
  return "body" in req && req.body !== undefined;
}

/** What it has read, as a text again. Throws a `RangeError` if it is nested too deep. */
export function parsedBody(req: IncomingMessage): string {
  const body: unknown = "body" in req ? req.body : undefined;
  if (typeof body === "string" || Buffer.isBuffer(body)) return String(body);
  const isForm = req.headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
  return isForm ? formOf(body) : JSON.stringify(body);
}

function formOf(body: unknown): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(Object(body))) form.append(name, String(value));
  return form.toString();
}

/** Sends the answer of a Fetch handler. */
export async function send(response: Response, res: ServerResponse): Promise<void> {
  res.statusCode = response.status;
  for (const [name, value] of response.headers) if (name !== "set-cookie") setHeader(res, name, value);
  for (const cookie of response.headers.getSetCookie()) res.appendHeader("set-cookie", cookie);
  if (response.body === null) res.end();
  else await pipeline(response.body, (parts: AsyncIterable<Uint8Array>) => flushed(parts, res), res);
}

/** Middleware that compresses, such as Express's, holds parts back until it is told. */
async function* flushed(parts: AsyncIterable<Uint8Array>, res: ServerResponse) {
  for await (const part of parts) {
    yield part;
    if ("flush" in res && typeof res.flush === "function") res.flush();
  }
}

/** Keeps what others have set where both count: the context, or a middleware for CORS. */
export function setHeader(res: ServerResponse, name: string, value: string): void {
  // RFC 9113, 8.2.2: Node refuses to send these over HTTP/2.
  const isOfConnection = name === "connection" || name === "transfer-encoding";
  if (isOfConnection && res.req.httpVersionMajor > 1) return;
  const earlier = name === "vary" || name === "cache-control" ? res.getHeader(name) : undefined;
  res.setHeader(name, earlier === undefined ? value : [...new Set(`${value}, ${earlier}`.split(", "))].join(", "));
}
