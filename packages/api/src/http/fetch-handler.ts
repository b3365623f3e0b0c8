import type { AnyTRPCRouter, inferRouterContext } from "@trpc/server";
import { answerCalls, answerTooLarge, type PlainAnswer } from "./answer-calls.js";
import { capped } from "./caps.js";
import { endpointPrefix, type RequestHead, readCalls } from "./read-calls.js";
import type { FetchInput } from "./request.js";
import { resolveByTrpc } from "./trpc-resolver.js";

export interface FetchHandlerOptions<TRouter extends AnyTRPCRouter> {
  router: TRouter;
  /** Path under which the procedures are served, such as `/trpc`. */
  endpoint: string;
  createContext(input: FetchInput): Promise<inferRouterContext<TRouter>>;
}

/**
 * Serves a router over Fetch with the transport rules: limits on body and batch, no caching, no sniffing. On hosts with
 * Node's own `req` and `res`, `createNodeHandler` does the same for less.
 */
export function createFetchHandler<TRouter extends AnyTRPCRouter>(options: FetchHandlerOptions<TRouter>) {
  const { router, createContext } = options;
  const prefix = endpointPrefix(options.endpoint);
  return async (request: Request, remoteAddress?: string): Promise<Response> => {
    const req = await capped(request);
    if (req === null) return toResponse(answerTooLarge(router), new Headers());
    const asked = readCalls(router, prefix, headOf(req));
    if (!asked) {
      const create: typeof createContext = (input) => createContext({ ...input, remoteAddress });
      return await resolveByTrpc({ ...options, createContext: create }, req);
    }
    const resHeaders = new Headers();
    const served = {
      router,
      createContext: (info: FetchInput["info"]) => createContext({ req, resHeaders, info, remoteAddress }),
      readBody: () => req.text(),
      signal: () => req.signal,
    };
    return toResponse(await answerCalls(served, asked), resHeaders);
  };
}

function headOf({ method, url, headers }: Request): RequestHead {
  const host = url.indexOf("//") + 2;
  return { method, target: url.slice(url.indexOf("/", host)), header: (name) => headers.get(name) };
}

function toResponse({ status, body, headers: own }: PlainAnswer, headers: Headers): Response {
  const earlier = headers.get("vary");
  for (const [name, value] of Object.entries(own)) headers.set(name, value);
  if (earlier !== null) headers.append("vary", earlier);
  return new Response(body, { status, headers });
}
