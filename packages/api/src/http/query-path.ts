import {
  type AnyTRPCProcedure,
  type AnyTRPCRouter,
  callTRPCProcedure,
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  type inferRouterContext,
  TRPCError,
} from "@trpc/server";
import { getHTTPStatusCode } from "@trpc/server/http";
import { forJson } from "../trpc/written-output.js";
import type { FetchInput } from "./request.js";
import { writeError, writeResult } from "./write-result.js";

interface Served<TRouter extends AnyTRPCRouter> {
  router: TRouter;
  endpoint: string;
  createContext(input: FetchInput): Promise<inferRouterContext<TRouter>>;
}

/** A single query, alone in its request; `httpBatchLink` sends it as a batch of one. */
interface LoneQuery {
  path: string;
  procedure: AnyTRPCProcedure;
  isBatch: boolean;
  /** The URL's `input`: JSON, or nothing. */
  input: string | null;
}

/**
 * Answers a request for one query as tRPC's own resolver would, but without the work that only batches, bodies and
 * streams need, which is half the cost of a session check. Null for any other request, and for one whose context is
 * refused: tRPC's resolver then handles it.
 */
export async function answerLoneQuery<TRouter extends AnyTRPCRouter>(
  served: Served<TRouter>,
  request: Request,
  remoteAddress: string | undefined,
): Promise<Response | null> {
  const query = request.method === "GET" && !asksForStream(request) ? readQuery(served, request.url) : null;
  if (!query) return null;
  const resHeaders = new Headers({ "content-type": "application/json" });
  const info = { calls: [query], accept: null };
  const ctx = await served.createContext({ req: request, resHeaders, info, remoteAddress }).catch(() => null);
  if (ctx === null) return null;
  resHeaders.set("vary", ["trpc-accept, accept", resHeaders.get("vary") ?? []].flat().join(", "));
  const config = served.router._def._config;
  try {
    const readInput = async () => inputOf(query, (wire) => config.transformer.input.deserialize(wire));
    const getRawInput = forJson(config, readInput);
    const call = { router: served.router, path: query.path, type: "query" as const, ctx, getRawInput, batchIndex: 0 };
    const data: unknown = await callTRPCProcedure({ ...call, signal: request.signal });
    assertPlain(data);
    const body = writeResult(config, query.procedure, data);
    return respond(query, body, { status: 200, headers: resHeaders });
  } catch (cause) {
    const error = getTRPCErrorFromUnknown(cause);
    const shape = getTRPCErrorShape({ config, ctx, error, input: undefined, path: query.path, type: "query" });
    const status = getHTTPStatusCode({ error: shape }, [error]);
    return respond(query, writeError(config, shape), { status, headers: resHeaders });
  }
}

function respond({ isBatch }: LoneQuery, body: string, init: { status: number; headers: Headers }): Response {
  return new Response(isBatch ? `[${body}]` : body, init);
}

function asksForStream({ headers }: Request): boolean {
  return headers.has("trpc-accept") || /jsonl|event-stream/i.test(headers.get("accept") ?? "");
}

/** Null unless the URL is certain to be one query of this router. */
function readQuery({ router, endpoint }: Served<AnyTRPCRouter>, url: string): LoneQuery | null {
  const { pathname, search } = new URL(url);
  const path = pathname.startsWith(`${endpoint}/`) ? pathname.slice(endpoint.length + 1) : "";
  const procedure = Object.hasOwn(router._def.procedures, path) ? router._def.procedures[path] : undefined;
  if (procedure?._def.type !== "query") return null;
  const parameters = [...new URLSearchParams(search)];
  const [batch = null, input = null] = ["batch", "input"].map((name) => parameters.find(([key]) => key === name)?.[1]);
  const known = Number(batch !== null) + Number(input !== null);
  if (parameters.length !== known || (batch !== null && batch !== "1")) return null;
  return { path, procedure, isBatch: batch === "1", input };
}

async function inputOf({ input, isBatch }: LoneQuery, deserialize: (wire: unknown) => unknown): Promise<unknown> {
  if (!input) return undefined;
  try {
    const parsed: unknown = JSON.parse(input);
    if (isBatch && (Object(parsed) !== parsed || Array.isArray(parsed))) throw new Error("not the inputs of a batch");
    const wire: unknown = isBatch ? Reflect.get(Object(parsed), "0") : parsed;
    return wire === undefined ? undefined : deserialize(wire);
  } catch (cause) {
    throw new TRPCError({ code: "BAD_REQUEST", message: "The input cannot be read.", cause });
  }
}

/** Only streaming links support these. */
function assertPlain(data: unknown): void {
  if (Symbol.asyncIterator in Object(data)) throw new TRPCError({ code: "UNSUPPORTED_MEDIA_TYPE" });
}
