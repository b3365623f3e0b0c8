import { type AnyTRPCRouter, type inferRouterContext, transformTRPCResponse } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { answerLoneQuery } from "./query-path.js";
import type { FetchInput } from "./request.js";

/** The limits of `createFetchHandler`, for tRPC's other adapters. */
export const transportLimits = { maxBatchSize: 10, maxBodySize: 32_768 } as const;

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
    if (req === null) return tooLarge(options.router);
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
  const length = request.headers.get("content-length");
  if (length !== null) return Number(length) > transportLimits.maxBodySize ? null : request;
  const body = await readCapped(request.body);
  if (body === null) return null;
  return new Request(request.url, { method: "POST", headers: request.headers, body: new Uint8Array(body) });
}

/** Null if it is longer than a call may be. */
export async function readCapped(stream: ReadableStream<Uint8Array> | null): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream ?? []) {
    size += chunk.byteLength;
    if (size > transportLimits.maxBodySize) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Answered before tRPC runs, in the shape that its client reads. */
function tooLarge({ _def }: AnyTRPCRouter): Response {
  const data = { code: "PAYLOAD_TOO_LARGE", httpStatus: 413, reason: "VALIDATION", requestId: crypto.randomUUID() };
  const error = { message: "The request is too large.", code: -32013, data } as const;
  const headers = { ...closedHeaders, connection: "close" };
  return Response.json(transformTRPCResponse(_def._config, { error }), { status: 413, headers });
}
