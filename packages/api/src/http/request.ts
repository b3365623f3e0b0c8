import type { IncomingMessage, ServerResponse } from "node:http";

/** One HTTP request, independent of the server that received it. */
export interface HttpRequest {
  method: string;
  header(name: string): string | null;
  /** The socket's address; null if the host does not know it. */
  remoteAddress: string | null;
  setHeader(name: string, value: string): void;
  addCookie(serialized: string): void;
}

/** What tRPC's adapters pass to `createContext`: a Fetch `Request` (Hono, Next, Bun), or Node's `req` and `res`. */
export type AdapterInput = FetchInput | NodeInput;

/** What they know of the request. */
export interface CallInfo {
  calls: readonly unknown[];
  accept: string | null;
  type?: string | undefined;
}

export interface FetchInput {
  req: Request;
  resHeaders: Headers;
  info: CallInfo;
  /** The socket's address, if the host knows it. */
  remoteAddress?: string | undefined;
}

export interface NodeInput {
  req: IncomingMessage;
  res: ServerResponse;
  info: CallInfo;
}

/** For a stream: its headers are sent before procedures run, and Node's `res` would throw. */
export function withoutHeaders(request: HttpRequest): HttpRequest {
  return { ...request, setHeader() {}, addCookie() {} };
}

export function readRequest(input: AdapterInput): HttpRequest {
  return "resHeaders" in input ? fetchRequest(input) : fromNode(input);
}

/** A Fetch `Request`, whose answer gets `resHeaders`. */
export function fetchRequest({ req, resHeaders, remoteAddress }: Omit<FetchInput, "info">): HttpRequest {
  return {
    method: req.method,
    header: (name) => req.headers.get(name),
    remoteAddress: remoteAddress ?? null,
    setHeader: (name, value) => resHeaders.set(name, value),
    addCookie: (serialized) => resHeaders.append("set-cookie", serialized),
  };
}

/** Hosts wrap Node's objects (Express, Fastify's `raw`), so only properties of the plain ones are used. */
function fromNode({ req, res }: NodeInput): HttpRequest {
  return {
    method: req.method ?? "GET",
    header(name) {
      const value = req.headers[name];
      return Array.isArray(value) ? value.join(", ") : (value ?? null);
    },
    remoteAddress: req.socket.remoteAddress ?? null,
    setHeader: (name, value) => res.setHeader(name, value),
    addCookie: (serialized) => res.appendHeader("set-cookie", serialized),
  };
}
