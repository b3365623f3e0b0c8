import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnyTRPCRouter, inferRouterContext } from "@trpc/server";
import { answerCalls, answerTooLarge, type PlainAnswer } from "./answer-calls.js";
import { cappedMessage, isLongBody } from "./caps.js";
import { closedHeaders } from "./closed-headers.js";
import { answered, isParsed, parsedBody, send, setHeader, signalOf, targetOf, toRequest } from "./node-messages.js";
import { endpointPrefix, type PlainCalls, readCalls } from "./read-calls.js";
import { type CallInfo, headerOf, type NodeInput } from "./request.js";
import { resolveByTrpc } from "./trpc-resolver.js";

export interface NodeHandlerOptions<TRouter extends AnyTRPCRouter> {
  router: TRouter;
  /** Path under which the procedures are served, such as `/trpc`. In Express, as the browser sees it. */
  endpoint: string;
  createContext(input: NodeInput): Promise<inferRouterContext<TRouter>>;
}

/**
 * Serves a router from Node's `req` and `res`, with the same transport rules as `createFetchHandler`: in Node's own
 * server and in Express, and in Fastify with `request.raw` and `reply.raw`. A body may have been read before by
 * `express.json`. Never rejects.
 *
 * @example
 * app.use("/trpc", createNodeHandler({ router, endpoint: "/trpc", createContext: keywright.createContext }));
 */
export function createNodeHandler<TRouter extends AnyTRPCRouter>(options: NodeHandlerOptions<TRouter>) {
  const { router } = options;
  const prefix = endpointPrefix(options.endpoint);
  return (req: IncomingMessage, res: ServerResponse): Promise<void> =>
    answered(res, async () => {
      const { method = "GET" } = req;
      const asked = readCalls(router, prefix, { method, header: headerOf(req), target: targetOf(req) });
      const exchange = { req, res, signal: signalOf(res) };
      await (asked ? answerPlainly(options, exchange, asked) : resolveFor(options, exchange));
    });
}

interface Exchange extends Pick<NodeInput, "req" | "res"> {
  signal(): AbortSignal;
}

async function answerPlainly<TRouter extends AnyTRPCRouter>(
  { router, createContext }: NodeHandlerOptions<TRouter>,
  { req, res, signal }: Exchange,
  asked: PlainCalls,
): Promise<void> {
  const readBody = await bodyReader(req);
  if (readBody === null) return end(res, answerTooLarge(router));
  const create = (info: CallInfo) => createContext({ req, res, info });
  end(res, await answerCalls({ router, createContext: create, readBody, signal }, asked));
}

/** Null if the body is too large. Of other methods none is read: Node discards it after the answer. */
async function bodyReader(req: IncomingMessage): Promise<(() => Promise<string>) | null> {
  if (req.method !== "POST") return async () => "";
  if (!isParsed(req)) return await cappedMessage(req);
  const writing = (async () => parsedBody(req))();
  // That it cannot be written again is told to whoever asks for it.
  return isLongBody(await writing.catch(() => "")) ? null : () => writing;
}

function end(res: ServerResponse, { status, body, headers }: PlainAnswer): void {
  res.statusCode = status;
  for (const [name, value] of Object.entries(headers)) setHeader(res, name, value);
  res.end(body);
}

async function resolveFor<TRouter extends AnyTRPCRouter>(
  { router, endpoint, createContext }: NodeHandlerOptions<TRouter>,
  { req, res, signal }: Exchange,
): Promise<void> {
  const readBody = await bodyReader(req);
  if (readBody === null) return end(res, answerTooLarge(router));
  const body = await readBody();
  const request = toRequest(req, () => ({ signal: signal(), body: req.method === "POST" ? body : null }));
  if (request === null) return void res.writeHead(400, closedHeaders).end();
  const create = ({ info }: { info: CallInfo }) => createContext({ req, res, info });
  const response = await resolveByTrpc({ router, endpoint, createContext: create }, request);
  if (isStream(response)) return await send(response, res);
  // As Fetch types a text that nobody has typed.
  const type = response.body === null ? {} : { "content-type": "text/plain;charset=UTF-8" };
  const headers = { ...type, ...Object.fromEntries(response.headers) };
  end(res, { status: response.status, body: await response.text(), headers });
}

function isStream({ headers }: Response): boolean {
  return headers.has("transfer-encoding") || headers.get("content-type") === "text/event-stream";
}
