import { once } from "node:events";
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Server, type Socket } from "node:net";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface Listener {
  /** The actual port. */
  port: number;
  /** Sends requests to the handler from now on; until then, all but `/healthz` are told to come back. */
  serve(handler: Handler): void;
  /** Accepts no more connections, answers requests in progress, and cuts off any that take longer than `limitMs`. */
  drain(limitMs: number): Promise<void>;
}

/** Longer than load balancers keep a connection (60 s is usual), so that none reuses one that we are closing. */
const keepAliveMs = 65_000;
const serverOptions = {
  // Otherwise Node passes on the first `Authorization` header and the first `Content-Type` alone, where a proxy may have
  // looked at the last.
  joinDuplicateHeaders: true,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: keepAliveMs,
  connectionsCheckingInterval: 5_000,
} as const;
/** For what a client sent on a kept-alive connection before it could know that we are shutting down. */
const lingerMs = 1_000;

/** Binds the port. Throws an `Error` that names `PORT` or `HOST` if that fails. */
export async function listen({ host, port }: { host: string; port: number }): Promise<Listener> {
  let handler: Handler = answerWhileStarting;
  const server = createServer(serverOptions, (request, response) => handler(request, response));
  const connections = watch(server);
  server.listen({ port, host });
  await once(server, "listening").catch((error: unknown) => {
    throw toSentence(error, host, port);
  });
  // Running out of file descriptors costs one connection; without a listener it would crash the process.
  server.on("error", () => {});
  return {
    port: portOf(server.address()) ?? port,
    serve(next) {
      handler = next;
    },
    drain: (limitMs) => drain(server, connections, limitMs),
  };
}

interface Connections {
  sockets: Set<Socket>;
  /** Responses that are not yet finished. */
  underWay: Set<ServerResponse>;
  /** How many connections were ever accepted. */
  count(): number;
}

function watch(server: HttpServer): Connections {
  const sockets = new Set<Socket>();
  const underWay = new Set<ServerResponse>();
  let count = 0;
  server.on("connection", (socket: Socket) => {
    count += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("request", (_request, response) => {
    underWay.add(response);
    response.once("close", () => underWay.delete(response));
  });
  return { sockets, underWay, count: () => count };
}

async function drain(server: HttpServer, connections: Connections, limitMs: number): Promise<void> {
  const { sockets, underWay } = connections;
  const letGo = (response: ServerResponse) => {
    response.shouldKeepAlive = false;
  };
  await takeAll(connections); // otherwise connections that the kernel has accepted for us would be reset
  const closed = new Promise<void>((resolve) => {
    // Not http's own `close`, which would immediately cut kept-alive connections with a request possibly in transit.
    Server.prototype.close.call(server, () => resolve());
  });
  underWay.forEach(letGo);
  server.prependListener("request", (_request, response) => letGo(response));
  const cutOff = setTimeout(() => server.closeAllConnections(), limitMs);
  if (sockets.size > 0) await sleep(lingerMs);
  await takeAll(connections); // the timer may be late, and fire before what has arrived meanwhile is handled
  const busy = new Set([...underWay].map((response) => response.socket));
  for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
  await closed;
  clearTimeout(cutOff);
}

/**
 * Lets the event loop accept waiting connections. It accepts one per round, so this repeats until a round brings none.
 */
async function takeAll({ count }: Connections): Promise<void> {
  let before: number;
  await setImmediate();
  do {
    before = count();
    await setImmediate();
  } while (count() > before);
}

function answerWhileStarting({ url }: IncomingMessage, response: ServerResponse): void {
  const isAlive = url === "/healthz";
  response.writeHead(isAlive ? 200 : 503, {
    "content-type": "text/plain",
    "cache-control": "no-store",
    "retry-after": "2",
  });
  response.end(isAlive ? "alive\n" : "starting\n");
}

function portOf(address: ReturnType<Server["address"]>): number | null {
  return address === null || typeof address === "string" ? null : address.port;
}

function toSentence(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && "code" in error ? error.code : "";
  if (code === "EADDRINUSE") {
    return new Error(`Port ${port} on ${host} is in use by another program: stop it, or set PORT to another port.`);
  }
  if (code === "EACCES")
    return new Error(`Port ${port} needs privileges that this user does not have: set PORT above 1023.`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new Error("HOST is not an address of this machine: set it to 127.0.0.1, or to 0.0.0.0 for all of them.");
  }
  return error;
}
