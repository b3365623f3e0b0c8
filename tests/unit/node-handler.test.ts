import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { connect, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { createNodeHandler } from "@keywright/api";
import { initTRPC } from "@trpc/server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { addressOf } from "../support/loopback.js";

const t = initTRPC.create({ isDev: false });
const hungUp = (signal: AbortSignal | undefined) =>
  new Promise((resolve) => signal?.addEventListener("abort", () => resolve(left.push("somebody"))));

const router = t.router({
  hello: t.procedure.query(() => "hello"),
  say: t.procedure.input(z.strictObject({ text: z.string() })).mutation(({ input }) => input.text),
  wait: t.procedure.query(({ signal }) => hungUp(signal)),
  late: t.procedure.query(({ signal }) => left.push(signal?.aborted ? "aborted" : "not aborted")),
  ticks: t.procedure.subscription(async function* ({ signal }) {
    yield "tick";
    await hungUp(signal);
  }),
});

const handler = createNodeHandler({
  router,
  endpoint: "/api/trpc/",
  async createContext({ res }) {
    res.setHeader("cache-control", "no-store");
    return {};
  },
});

const left: string[] = [];
const closing: (() => void)[] = [];
beforeEach(() => {
  left.length = 0;
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return await listening(server);
}

async function listening(server: Server): Promise<string> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return addressOf(server);
}

const said = '{"text":"said"}';
const say = (url: string) =>
  fetch(`${url}/api/trpc/say`, { method: "POST", body: said, headers: { "content-type": "application/json" } });

test("a router that Express mounts is found at the address that the browser sees", async () => {
  const url = await serve((req, res) => {
    const { url: originalUrl = "" } = req;
    void handler(Object.assign(req, { originalUrl, url: originalUrl.replace("/api/trpc", "") }), res);
  });
  expect(await (await fetch(`${url}/api/trpc/hello`)).json()).toEqual({ result: { data: "hello" } });
  expect((await fetch(`${url}/api/trpc/none`)).status).toBe(404);
});

test.each([said, Buffer.from(said), JSON.parse(said)])(
  "a body that the host has read as %o is the input",
  async (body) => {
    const url = await serve(async (req, res) => {
      await text(req);
      await handler(Object.assign(req, { body }), res);
    });
    expect(await (await say(url)).json()).toEqual({ result: { data: "said" } });
  },
);

test("a body that the host has read and kept for itself is no input, and the call does not wait for it", async () => {
  const url = await serve(async (req, res) => {
    await text(req);
    await handler(req, res);
  });
  const answer = await say(url);
  expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining("`req.body`")]);
});

async function serveHttp2() {
  const server = createHttp2Server();
  // Node's types keep the messages of its two servers apart, which do the same.
  server.on("request", (...given: unknown[]) => Reflect.apply(handler, null, given));
  const client = connectHttp2(await listening(server));
  closing.push(() => {
    client.destroy();
    server.close();
  });
  return client;
}

test("a body that a middleware has paused until somebody reads it is read", async () => {
  const url = await serve((req, res) => {
    req.pause();
    setTimeout(() => void handler(req, res), 20);
  });
  expect(await (await say(url)).json()).toEqual({ result: { data: "said" } });
});

test("a body that the host has read, and that nobody can write again, is a fault of the input", async () => {
  const deep = `${"[".repeat(16_000)}${"]".repeat(16_000)}`;
  const url = await serve(async (req, res) => {
    await text(req);
    await handler(Object.assign(req, { body: { text: JSON.parse(deep) } }), res);
  });
  const answer = await say(url);
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("BAD_REQUEST")]);
});

test.each(["PUT", "DELETE", "OPTIONS"])(
  "a refused %s with a large body leaves its connection usable",
  async (method) => {
    const url = await serve(handler);
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    let heard = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      heard += part;
    });
    const large = "x".repeat(200_000);
    socket.write(
      `${method} /api/trpc/say HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${large.length}\r\n\r\n${large}`,
    );
    await expect.poll(() => heard).toMatch(/^HTTP\/1.1 4\d\d/);
    socket.write("GET /api/trpc/hello HTTP/1.1\r\nhost: x\r\n\r\n");
    await expect.poll(() => heard).toContain('{"result":{"data":"hello"}}');
    socket.destroy();
  },
);

test.each(["wait", "ticks"])("over HTTP/2, %s learns that its caller has hung up", async (path) => {
  const client = await serveHttp2();
  const stream = client.request({ ":path": `/api/trpc/${path}`, accept: "text/event-stream" });
  stream.on("error", () => {});
  if (path === "ticks") await once(stream, "response");
  else await new Promise((resolve) => setTimeout(resolve, 100));
  expect(left).toEqual([]);
  stream.close(8);
  await expect.poll(() => left).toEqual(["somebody"]);
});

test("over HTTP/2, the request line is no header", async () => {
  const client = await serveHttp2();
  const call = async (path: string, headers: Record<string, string> = {}, body = "") => {
    const stream = client.request({ ":path": `/api/trpc/${path}`, ...headers });
    if (body !== "") stream.end(body);
    return await text(stream);
  };
  expect(await call("hello")).toBe('{"result":{"data":"hello"}}');
  expect(await call("hello?batch=1", { "trpc-accept": "application/jsonl" })).toContain("hello");
  const json = { ":method": "POST", "content-type": "application/json" };
  expect(await call("say", json, said)).toBe('{"result":{"data":"said"}}');
  expect(await call("say", json, `{"text":"${"x".repeat(40_000)}"}`)).toContain("PAYLOAD_TOO_LARGE");
});

test.each(["wait", "ticks"])("%s learns that its caller has hung up", async (path) => {
  const url = await serve(handler);
  const caller = new AbortController();
  const { signal } = caller;
  const answer = fetch(`${url}/api/trpc/${path}`, { signal, headers: { accept: "text/event-stream" } });
  // Long enough to arrive.
  if (path === "ticks") await answer;
  else await new Promise((resolve) => setTimeout(resolve, 100));
  expect(left).toEqual([]);
  caller.abort();
  await expect(answer.then((response) => response.text())).rejects.toThrow();
  await expect.poll(() => left).toEqual(["somebody"]);
});

test("the ten calls of a batch learn it from one signal", async () => {
  const answers: ServerResponse[] = [];
  const url = await serve((req, res) => {
    answers.push(res);
    void handler(req, res);
  });
  const caller = new AbortController();
  const paths = Array(10).fill("wait").join();
  const answer = fetch(`${url}/api/trpc/${paths}?batch=1&input=%7B%7D`, { signal: caller.signal });
  await expect.poll(() => answers.map((res) => res.listenerCount("close"))).toEqual([1]);
  caller.abort();
  await expect(answer).rejects.toThrow();
  await expect.poll(() => left).toEqual(Array(10).fill("somebody"));
});

test("a call that comes to run after its caller has hung up finds the signal aborted", async () => {
  const createContext = async ({ res }: { res: ServerResponse }) => once(res, "close").then(() => ({}));
  const slow = createNodeHandler({ router, endpoint: "/api/trpc", createContext });
  const url = await serve(slow);
  const caller = new AbortController();
  const answer = fetch(`${url}/api/trpc/late`, { signal: caller.signal });
  await new Promise((resolve) => setTimeout(resolve, 100));
  caller.abort();
  await expect(answer).rejects.toThrow();
  await expect.poll(() => left).toEqual(["aborted"]);
});

test("what middleware has set stays, and a stream is flushed part by part and stored by nobody", async () => {
  let flushes = 0;
  const middleware = (req: IncomingMessage, res: ServerResponse) => {
    res.setHeader("vary", "Origin").setHeader("set-cookie", "own=1");
    void handler(req, Object.assign(res, { flush: () => flushes++ }));
  };
  const url = await serve(middleware);
  for (const path of ["hello", "ticks", "none"]) {
    const { headers, body } = await fetch(`${url}/api/trpc/${path}`, { headers: { accept: "text/event-stream" } });
    expect(headers.get("vary")?.split(", ")).toEqual(["trpc-accept", "accept", "Origin"]);
    expect(headers.getSetCookie()).toEqual(["own=1"]);
    expect(headers.get("cache-control")).toContain("no-store");
    await body?.cancel();
  }
  await expect.poll(() => flushes).toBeGreaterThan(0);
});

test("a method that Fetch does not know is refused, and the server goes on", async () => {
  const url = await serve(handler);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write("TRACE /api/trpc/hello HTTP/1.1\r\nhost: x\r\n\r\n");
  const [answer] = await once(socket, "data");
  socket.destroy();
  expect(String(answer)).toContain("HTTP/1.1 400");
  expect((await fetch(`${url}/api/trpc/hello`)).status).toBe(200);
});
