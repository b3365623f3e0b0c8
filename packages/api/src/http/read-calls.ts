import type { AnyTRPCProcedure, AnyTRPCRouter } from "@trpc/server";
import { transportLimits } from "./caps.js";
import type { HttpRequest } from "./request.js";

/** The calls of one request: all of them queries, in its URL, or all of them mutations, in its body. */
export interface PlainCalls {
  type: "query" | "mutation";
  /** Whether the answer is a list; `httpBatchLink` sends a single call as a batch of one. */
  isBatch: boolean;
  calls: PlainCall[];
  /** The URL's `input`: JSON, or nothing. */
  input: string | null;
}

export interface PlainCall {
  path: string;
  procedure: AnyTRPCProcedure;
  batchIndex: number;
}

export type RequestHead = Pick<HttpRequest, "method" | "header"> & {
  /** The path and the query. */
  target: string;
};

/** Also for endpoints that are written without the first slash, or with one at the end. */
export function endpointPrefix(endpoint: string): string {
  const path = endpoint.replace(/^\//, "").replace(/\/$/, "");
  return path === "" ? "/" : `/${path}/`;
}

/**
 * What a request asks for; null unless it is certain to be calls of this router whose answers are not streamed. tRPC's
 * own resolver handles everything else, such as unknown procedures, lazy ones and subscriptions.
 */
export function readCalls(router: AnyTRPCRouter, prefix: string, head: RequestHead): PlainCalls | null {
  const type = head.method === "GET" ? "query" : head.method === "POST" ? "mutation" : null;
  if (type === null || !isJson(head, type) || asksForStream(head)) return null;
  const [path = "", search, another] = head.target.split("?", 3);
  const parameters = another === undefined && path.startsWith(prefix) ? readParameters(search) : null;
  if (!parameters) return null;
  const given = path.slice(prefix.length);
  const names = parameters.isBatch ? given.split(",", transportLimits.maxBatchSize + 1) : [given];
  const calls = names.map((name, index) => readCall(router, name, index));
  const isCertain = (call: PlainCall | null) => call !== null && call.procedure._def.type === type;
  if (names.length > transportLimits.maxBatchSize || !calls.every(isCertain)) return null;
  return { type, isBatch: parameters.isBatch, calls: calls.filter((call) => call !== null), input: parameters.input };
}

function readCall({ _def: { procedures } }: AnyTRPCRouter, path: string, batchIndex: number): PlainCall | null {
  const procedure = Object.hasOwn(procedures, path) ? procedures[path] : undefined;
  return procedure ? { path, procedure, batchIndex } : null;
}

/** As tRPC recognises it. What is accepted is stricter: see `guard.ts`. */
function isJson({ header }: RequestHead, type: "query" | "mutation"): boolean {
  const contentType = header("content-type");
  if (contentType === null) return type === "query";
  return contentType.toLowerCase().split(";", 1)[0]?.trim() === "application/json";
}

function asksForStream({ header }: RequestHead): boolean {
  return header("trpc-accept") !== null || /jsonl|event-stream/i.test(header("accept") ?? "");
}

/** Null for parameters that only tRPC's resolver knows, or that are there twice. */
function readParameters(search: string | undefined): Pick<PlainCalls, "isBatch" | "input"> | null {
  if (search === undefined) return { isBatch: false, input: null };
  // A fragment is no part of the query.
  const parameters = search.includes("#") ? [] : [...new URLSearchParams(search)];
  const [batch = null, input = null] = ["batch", "input"].map((name) => parameters.find(([key]) => key === name)?.[1]);
  const known = Number(batch !== null) + Number(input !== null);
  if (parameters.length !== known || (batch !== null && batch !== "1")) return null;
  return { isBatch: batch === "1", input };
}
