import type { IncomingMessage, ServerResponse } from "node:http";
import { closedHeaders } from "./closed-headers.js";
import { answered, bodyOf, send, toRequest } from "./node-messages.js";

/** A function of Keywright that serves Fetch requests, such as `keywright.oauthCallback`. */
export type FetchHandler = (request: Request, remoteAddress?: string) => Promise<Response>;

/**
 * Serves a Fetch handler from Node's `req` and `res`: in Node's own server and in Express, and in Fastify with
 * `request.raw` and `reply.raw`.
 *
 * @example
 * app.all("/oauth/:provider/callback", toNodeListener(keywright.oauthCallback));
 */
export function toNodeListener(handle: FetchHandler) {
  return (req: IncomingMessage, res: ServerResponse): Promise<void> =>
    answered(res, async () => {
      const request = toRequest(req, bodyOf);
      if (request === null) res.writeHead(400, closedHeaders).end();
      else await send(await handle(request, req.socket.remoteAddress), res);
    });
}
