import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { toNodeListener } from "@keywright/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf } from "../support/loopback.js";

let server: Server;
const seen: string[] = [];
beforeAll(async () => {
  const listener = toNodeListener(async (request) => {
    seen.push(request.url);
    if (request.method === "POST") return new Response(await request.text());
    if (request.url.endsWith("/broken")) throw new Error("a fault of the handler");
    return new Response("x".repeat(1_000_000));
  });
  // As an app does: nobody catches what the listener rejects with.
  server = createServer((req, res) => void listener(req, res));
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Writes bytes that no browser would send; resolves with the first line of the answer, if there is one. */
async function send(text: string, hangUp = false): Promise<string> {
  const { port } = new URL(addressOf(server));
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(text);
  if (hangUp) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.destroy();
    return "";
  }
  const [answer] = await once(socket, "data");
  socket.destroy();
  return String(answer).split("\r\n", 1)[0] ?? "";
}

test.for([
  ["a method that Fetch does not know", "TRACE /oauth/acme/callback HTTP/1.1\r\nhost: x\r\n\r\n", 400],
  ["a path that could name a host", "GET /\\:99999999/ HTTP/1.1\r\nhost: x\r\n\r\n", 200],
  ["a fault of the handler", "GET /broken HTTP/1.1\r\nhost: x\r\n\r\n", 500],
] as const)("%s is answered, and the server goes on", async ([, text, status]) => {
  expect(await send(text)).toContain(`HTTP/1.1 ${status}`);
  expect((await fetch(addressOf(server))).status).toBe(200);
  expect(seen.every((url) => new URL(url).host === "localhost")).toBe(true);
});

test.for([
  ["sends a part of a body", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\npart"],
  ["does not wait for the answer", "GET / HTTP/1.1\r\nhost: x\r\n\r\n"],
] as const)("a caller who %s and hangs up harms nobody", async ([, text]) => {
  await send(text, true);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await fetch(addressOf(server))).status).toBe(200);
});
