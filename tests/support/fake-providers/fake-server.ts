import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { addressOf } from "../loopback.js";

/** By method and path, such as `GET /me`. */
export type Routes = Record<string, (request: Request) => Response | Promise<Response>>;

export interface FakeServer {
  origin: string;
  /** Method, path and query of every request. */
  requests: string[];
  close(): Promise<void>;
}

/** An HTTP server on loopback. Its routes may depend on its own address. */
export async function startFakeServer(routesOf: (origin: string) => Routes): Promise<FakeServer> {
  const requests: string[] = [];
  const http = createServer((incoming, response) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    void answer(incoming, response);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const origin = addressOf(http);
  const routes = routesOf(origin);

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await requestOf(incoming, origin);
    const route = routes[`${request.method} ${new URL(request.url).pathname}`];
    const answered = route ? await route(request) : Response.json({ error: "not_found" }, { status: 404 });
    response.writeHead(answered.status, Object.fromEntries(answered.headers)).end(await answered.text());
  }

  return {
    origin,
    requests,
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  };
}

async function requestOf(incoming: IncomingMessage, origin: string): Promise<Request> {
  const headers = new Headers();
  for (const [name, value = ""] of Object.entries(incoming.headers)) headers.set(name, String(value));
  const body = await text(incoming);
  const method = incoming.method ?? "GET";
  return new Request(`${origin}${incoming.url}`, { method, headers, ...(body === "" ? {} : { body }) });
}

/** The token of a request with the header `authorization: Bearer …`, or another scheme. */
export function tokenOf(request: Request, scheme = "Bearer"): string {
  const [given, token = ""] = (request.headers.get("authorization") ?? "").split(" ");
  return given === scheme ? token : "";
}

export async function formOf(request: Request): Promise<URLSearchParams> {
  return new URLSearchParams(await request.text());
}

export function denied(error: string, status = 401): Response {
  return Response.json({ error }, { status });
}
