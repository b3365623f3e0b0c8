import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { createServers, get, post, type ServerProcess } from "../support/server-process.js";

const servers = createServers();
let database: TestDatabase;
let server: ServerProcess;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  server = await servers.start({ DATABASE_URL: database.url ?? "" });
});
afterAll(async () => {
  await servers.close();
  await database.drop();
});

/** Calls one after the other until nobody takes the connection any more; what else goes wrong is a failed call. */
async function callUntilClosed(call: () => Promise<{ status: number }>): Promise<string[]> {
  const outcomes: string[] = [];
  for (;;) {
    const outcome = await call().then(
      ({ status }) => `${status}`,
      (error: unknown) => codeOf(error),
    );
    if (outcome === "ECONNREFUSED") return outcomes;
    outcomes.push(outcome);
  }
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof Error && "code" in cause ? `${cause.code}` : `${error}`;
}

/** A request that has begun and does not end: its body is announced and never sent. */
async function hold({ url }: ServerProcess): Promise<net.Socket> {
  const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
  const head = "POST /trpc/auth.login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
  socket.write(`${head}content-length: 100\r\n\r\n{`);
  socket.on("error", () => {});
  await sleep(300);
  return socket;
}

test("SIGTERM under load fails no call that was under way, and ends with 0", async () => {
  const password = "correct horse battery";
  let people = 0;
  const register = () => post(server.url, "registration.register", { email: `s${++people}@example.com`, password });
  const calls = [
    ...Array.from({ length: 8 }, () => () => get(server.url, "auth.config")),
    ...Array.from({ length: 4 }, () => () => get(server.url, "auth.session")),
    ...Array.from({ length: 4 }, () => register),
  ];
  const load = calls.map(callUntilClosed);
  await sleep(1_500);
  const stoppedAt = performance.now();
  expect(await server.end()).toBe(0);
  expect(performance.now() - stoppedAt).toBeLessThan(10_000);
  const outcomes = (await Promise.all(load)).flat();
  expect(new Set(outcomes)).toEqual(new Set(["200"]));
  expect(outcomes.length).toBeGreaterThan(50);
  expect(server.stderr()).toBe("");
});

test("SIGTERM turns readiness off, takes no new connection and closes the idle ones", async () => {
  const held = await hold(server);
  const idle = net.connect(Number(new URL(server.url).port), "127.0.0.1");
  await new Promise((resolve) => idle.once("connect", resolve));
  const idleClosed = new Promise((resolve) => idle.once("close", resolve));
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  server.signal("SIGTERM");
  await sleep(50);
  // On the connection that fetch has kept: a load balancer may still ask there.
  const probe = await fetch(`${server.url}/readyz`);
  expect(probe.status).toBe(503);
  expect(probe.headers.get("connection")).toBe("close");
  await expect(fetch(`${server.url}/healthz`)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
  await idleClosed;
  held.destroy();
  expect(await server.ended).toBe(0);
});

test("a call that never ends is cut off, and the exit code is still 0", { timeout: 40_000 }, async () => {
  const held = await hold(server);
  const stoppedAt = performance.now();
  expect(await server.end()).toBe(0);
  expect(performance.now() - stoppedAt).toBeLessThan(30_000);
  held.destroy();
});

test("a second signal ends it at once; the same one twice within a moment, as npm sends it, does not", async () => {
  const held = await hold(server);
  server.signal("SIGINT");
  await sleep(20);
  server.signal("SIGINT");
  await sleep(800);
  await expect(Promise.race([server.ended, sleep(100, "still there")])).resolves.toBe("still there");
  const asked = performance.now();
  expect(await server.end("SIGINT")).toBe(1);
  expect(performance.now() - asked).toBeLessThan(1_000);
  held.destroy();
});
