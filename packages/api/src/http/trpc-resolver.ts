import type { AnyTRPCRouter, inferRouterContext } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { transportLimits } from "./caps.js";
import { closedHeaders } from "./closed-headers.js";
import type { FetchInput } from "./request.js";

interface Resolved<TRouter extends AnyTRPCRouter> {
  router: TRouter;
  endpoint: string;
  createContext(input: FetchInput): Promise<inferRouterContext<TRouter>>;
}

/** Answers with tRPC's own resolver: streams and subscriptions, and requests that it refuses. */
export function resolveByTrpc<TRouter extends AnyTRPCRouter>(
  { router, endpoint, createContext }: Resolved<TRouter>,
  req: Request,
): Promise<Response> {
  return fetchRequestHandler({
    endpoint,
    router,
    req,
    createContext: ({ req, resHeaders, info }) => createContext({ req, resHeaders, info }),
    maxBatchSize: transportLimits.maxBatchSize,
    // Not set on the finished response: touching its headers disables @hono/node-server's fast path.
    responseMeta: ({ ctx }) => (ctx === undefined ? { headers: closedHeaders } : {}),
  });
}
