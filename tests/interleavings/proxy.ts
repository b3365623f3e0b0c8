import { once } from "node:events";
import net from "node:net";
import { codeOf, createSplitter, type Message, stringsOf } from "./wire.js";

/** A connection to the database, by the number of its process there. */
export interface Backend {
  pid: number;
}

export interface Watcher {
  /** A statement has arrived whole; it goes on when this resolves. Null lets it pass at once. */
  arrived(text: string, backend: Backend): Promise<void> | null;
  answered(backend: Backend, end: End): void;
}

/** How a statement ended. */
export interface End {
  /** The SQLSTATE of an error. */
  code: string | null;
  hasRows: boolean;
}

/** A PostgreSQL proxy on loopback that shows each statement to a watcher before it is sent on. */
export async function startProxy(databaseUrl: string, watcher: Watcher) {
  const target = new URL(databaseUrl);
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(target.port || 5432), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    relay(client, upstream, watcher);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(typeof address === "object" ? address?.port : "");
  url.searchParams.set("sslmode", "disable");
  return {
    url: url.href,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

interface Exchange {
  backend: Backend;
  /** The texts of prepared statements, by name. */
  texts: Map<string, string>;
  /** What was sent and is not answered. */
  running: End | null;
}

function relay(client: net.Socket, upstream: net.Socket, watcher: Watcher): void {
  const exchange: Exchange = { backend: { pid: 0 }, texts: new Map(), running: null };
  const split = createSplitter("client");
  let group: Message[] = [];
  let line = Promise.resolve();
  client.on("data", (chunk: Buffer) => {
    for (const message of split(chunk)) {
      group.push(message);
      if (!isWhole(group)) continue;
      const whole = group;
      group = [];
      line = line.then(() => pass(upstream, watcher, { exchange, whole }));
    }
  });
  const read = createSplitter("server");
  upstream.on("data", (chunk: Buffer) => {
    for (const message of read(chunk)) note(watcher, exchange, message);
    client.write(chunk);
  });
}

/** From `Bind` to `Sync` is one statement; everything else goes by itself. */
function isWhole(group: Message[]): boolean {
  return !group.some(({ type }) => type === "B") || group.at(-1)?.type === "S";
}

async function pass(
  upstream: net.Socket,
  watcher: Watcher,
  { exchange, whole }: { exchange: Exchange; whole: Message[] },
): Promise<void> {
  const text = textOf(exchange, whole);
  if (text !== null) {
    await watcher.arrived(text, exchange.backend);
    exchange.running = { code: null, hasRows: false };
  }
  upstream.write(Buffer.concat(whole.map(({ raw }) => raw)));
}

/** The statement that a group of messages runs; null if it runs none. */
function textOf({ texts }: Exchange, whole: Message[]): string | null {
  for (const message of whole) {
    if (message.type === "P") {
      const [name = "", text = ""] = stringsOf(message, 2);
      texts.set(name, text);
    }
    if (message.type === "Q") return stringsOf(message, 1)[0] ?? "";
    if (message.type === "B") return texts.get(stringsOf(message, 2)[1] ?? "") ?? "";
  }
  return null;
}

function note(watcher: Watcher, exchange: Exchange, message: Message): void {
  if (message.type === "K") exchange.backend.pid = message.body.readInt32BE(0);
  const { running } = exchange;
  if (running === null) return;
  if (message.type === "E") running.code = codeOf(message);
  if (message.type === "C") running.hasRows = !/ 0$/.test(stringsOf(message, 1)[0] ?? "");
  if (message.type !== "Z") return;
  exchange.running = null;
  watcher.answered(exchange.backend, running);
}
