import { once } from "node:events";
import { createServer, type IncomingMessage, request as open, type RequestListener } from "node:http";
import { addressOf } from "./loopback.js";

/** A listener on a real server, called as a Fetch handler is. */
export interface NodeFront {
  origin: string;
  handle(request: Request): Promise<Response>;
  close(): Promise<void>;
}

export async function startNodeFront(listener: RequestListener): Promise<NodeFront> {
  const server = createServer({ joinDuplicateHeaders: true }, listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = addressOf(server);
  return {
    origin,
    handle: (request) => send(origin, request),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** With the headers of the request and no others that matter; a body of unknown length goes in chunks. */
async function send(origin: string, { method, url, headers, body }: Request): Promise<Response> {
  const { pathname, search } = new URL(url);
  const sent = open(origin + pathname + search, { method, headers: Object.fromEntries(headers) });
  const answer = once(sent, "response");
  if (body !== null && !headers.has("content-length")) sent.setHeader("transfer-encoding", "chunked");
  // The server may answer before it has read all, and hang up.
  sent.on("error", () => {});
  for await (const part of body ?? []) sent.write(part);
  sent.end();
  const [message] = await answer;
  return await toResponse(message);
}

async function toResponse(message: IncomingMessage): Promise<Response> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part);
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const { statusCode: status = 0 } = message;
  return new Response(status === 204 ? null : Buffer.concat(parts), { status, headers });
}
