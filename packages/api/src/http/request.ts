import type { IncomingMessage, ServerResponse } from "node:http";
import { addVary } from "./vary.js";

/** One HTTP request, independent of the server that received it. */
export interface HttpRequest {
  method: string;
  header(name: string): string | null;
  /** The socket's address; null if the host does not know it. */
  remoteAddress: string | null;
  setHeader(name: string, value: string): void;
  addCookie(serialized: string): void;
  /** Adds to the request headers that the answer depends on. */
  vary(names: string): void;
}

/**
 * What tRPC's adapters pass to `createContext`: a Fetch `Request` (Hono, Next, Bun), Node's `req` and `res` (Express, and
 * Node's own server), or Fastify's `request` and `reply`.
 */
export type AdapterInput = FetchInput | NodeInput | FastifyInput;

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

/** The part of Fastify's `request` and `reply` that is used. */
export interface FastifyInput {
  req: { raw: IncomingMessage };
  res: { raw: ServerResponse; header(name: string, value: string): unknown };
  info: CallInfo;
}

/** For a stream: its headers are sent before procedures run, and Node's `res` would throw. */
export function withoutHeaders(request: HttpRequest): HttpRequest {
  return { ...request, setHeader() {}, addCookie() {} };
}

export function readRequest(input: AdapterInput): HttpRequest {
  if ("resHeaders" in input) return fetchRequest(input);
  return isOfFastify(input) ? fromFastify(input) : fromNode(input);
}

/** Node's own objects, which Fastify's wrap. */
export function nodeInputOf(input: NodeInput | FastifyInput): Pick<NodeInput, "req" | "res"> {
  return isOfFastify(input) ? { req: input.req.raw, res: input.res.raw } : input;
}

function isOfFastify(input: NodeInput | FastifyInput): input is FastifyInput {
  return "raw" in input.req;
}

/** A Fetch `Request`, whose answer gets `resHeaders`. */
export function fetchRequest({ req, resHeaders, remoteAddress }: Omit<FetchInput, "info">): HttpRequest {
  return {
    method: req.method,
    header: (name) => req.headers.get(name),
    remoteAddress: remoteAddress ?? null,
    setHeader: (name, value) => resHeaders.set(name, value),
    addCookie: (serialized) => resHeaders.append("set-cookie", serialized),
    vary: (names) => resHeaders.append("vary", names),
  };
}

/** Looks up headers of Node's own message, which has their names in lower case. */
export function headerOf({ headers }: IncomingMessage): HttpRequest["header"] {
  return (name) => {
    const value = headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : (value ?? null);
  };
}

/** Only properties of Node's own objects are used: hosts add theirs. */
function fromNode({ req, res }: Pick<NodeInput, "req" | "res">): HttpRequest {
  return {
    method: req.method ?? "GET",
    header: headerOf(req),
    remoteAddress: req.socket.remoteAddress ?? null,
    setHeader: (name, value) => res.setHeader(name, value),
    addCookie: (serialized) => res.appendHeader("set-cookie", serialized),
    vary: (names) => addVary(res, names),
  };
}

/** Fastify writes the headers of its `reply` over those of Node's response, so cookies of the app's own would replace ours. */
function fromFastify({ req, res }: FastifyInput): HttpRequest {
  return {
    ...fromNode({ req: req.raw, res: res.raw }),
    setHeader: (name, value) => void res.header(name, value),
    addCookie: (serialized) => void res.header("set-cookie", serialized),
  };
}
