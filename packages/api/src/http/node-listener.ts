import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

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
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    // Never rejects: in Node's own server nobody would catch it, and the process would end.
    try {
      const request = readable(req);
      if (request === null) res.writeHead(400).end();
      else await send(await handle(request, req.socket.remoteAddress), res);
    } catch {
      if (res.headersSent || res.destroyed) res.destroy();
      else res.writeHead(500).end();
    }
  };
}

async function send(response: Response, res: ServerResponse): Promise<void> {
  res.statusCode = response.status;
  for (const [name, value] of response.headers) if (name !== "set-cookie") res.setHeader(name, value);
  for (const cookie of response.headers.getSetCookie()) res.appendHeader("set-cookie", cookie);
  if (response.body === null) res.end();
  else await pipeline(response.body, res);
}

/** Null for what Fetch does not know, such as the method TRACE. */
function readable(req: IncomingMessage): Request | null {
  try {
    return toRequest(req);
  } catch {
    return null;
  }
}

function toRequest(req: IncomingMessage): Request {
  // Express takes the path that a router is mounted at off `url`.
  const path = "originalUrl" in req && typeof req.originalUrl === "string" ? req.originalUrl : (req.url ?? "/");
  const headers = new Headers(Object.entries(req.headers).flatMap(toEntries));
  const { method = "GET" } = req;
  // The host is of no account, and nothing in the path can name another one.
  const url = new URL(`http://localhost/${path.replace(/^[/\\]+/, "")}`);
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  return new Request(url, { method, headers, ...bodyOf(req) });
}

/** HTTP/2 sends the request line as headers, too, which begin with a colon. */
function toEntries([name, value]: [string, string | string[] | undefined]): [string, string][] {
  return name.startsWith(":") ? [] : [value ?? []].flat().map((one) => [name, one]);
}

/** Still unread, or read by `express.json` or `express.urlencoded`. */
function bodyOf(req: IncomingMessage): Pick<RequestInit, "body" | "duplex"> {
  const body: unknown = "body" in req ? req.body : undefined;
  if (body === undefined) return { body: Readable.toWeb(req), duplex: "half" };
  const isForm = req.headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
  const text = typeof body === "string" ? body : isForm ? formOf(body) : JSON.stringify(body);
  return { body: text, duplex: "half" };
}

function formOf(body: unknown): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(Object(body))) form.append(name, String(value));
  return form.toString();
}
