import { type AnyTRPCRouter, getTRPCErrorShape, type inferRouterContext } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { isLong, readCapped, tooLarge, transportLimits } from "./caps.js";
import { answerLoneQuery } from "./query-path.js";
import type { FetchInput } from "./request.js";
import { writeError } from "./write-result.js";

const closedHeaders = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

export interface FetchHandlerOptions<TRouter extends AnyTRPCRouter> {
  router: TRouter;
  /** Path under which the procedures are served, such as `/trpc`. */
  endpoint: string;
  createContext(input: FetchInput): Promise<inferRouterContext<TRouter>>;
}

/** Serves a router over Fetch with the transport rules: limits on body and batch, no caching, no sniffing. */
export function createFetchHandler<TRouter extends AnyTRPCRouter>(options: FetchHandlerOptions<TRouter>) {
  return async (request: Request, remoteAddress?: string): Promise<Response> => {
    const answer = await answerLoneQuery(options, request, remoteAddress);
    if (answer) return answer;
    const req = await capped(request);
    if (req === null) return refuseAsTooLarge(options.router);
    return await fetchRequestHandler({
      endpoint: options.endpoint,
      router: options.router,
      req,
      createContext: ({ req, resHeaders, info }) => options.createContext({ req, resHeaders, info, remoteAddress }),
      maxBatchSize: transportLimits.maxBatchSize,
      // For calls without a context, such as an unknown path. Not set on the finished response: touching its headers
      // disables @hono/node-server's fast path, which costs a fifth of a session check.
      responseMeta: ({ ctx }) => (ctx === undefined ? { headers: closedHeaders } : {}),
    });
  };
}

/** Null if the body is over the limit. A body of unknown length is read up to the limit and no further. */
async function capped(request: Request): Promise<Request | null> {
  if (request.method !== "POST") return request;
  const verdict = isLong(request.headers.get("content-length"));
  if (verdict !== null) return verdict ? null : request;
  const body = await readCapped(request.body);
  if (body === null) return null;
  const { headers, signal } = request;
  return new Request(request.url, { method: "POST", headers, signal, body: new Uint8Array(body) });
}

/** Answered before tRPC runs, as tRPC would with this router. */
function refuseAsTooLarge(router: AnyTRPCRouter): Response {
  const config = router._def._config;
  const error = getTRPCErrorShape({ ...nothing, config, error: tooLarge() });
  const headers = { ...closedHeaders, connection: "close", "content-type": "application/json" };
  return new Response(writeError(config, error), { status: 413, headers });
}

/** No call has been read yet. */
const nothing = { ctx: undefined, input: undefined, path: undefined, type: "unknown" } as const;
