import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { createServers, get, post, type ServerProcess, serverMain } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
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

interface Outcome {
  isBeforeSignal: boolean;
  /** The status, or why there is none. */
  result: string;
}

/** Calls one after the other until no connection is to be had any more. */
async function callUntilClosed(
  call: () => Promise<{ status: number }>,
  isSignalled: () => boolean,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (;;) {
    const isBeforeSignal = !isSignalled();
    const result = await call().then(({ status }) => `${status}`, codeOf);
    outcomes.push({ isBeforeSignal, result });
    if (result === "ECONNREFUSED") return outcomes;
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
  let isSignalled = false;
  const register = () => post(server.url, "registration.register", { email: `s${++people}@example.com`, password });
  const calls = [
    ...Array.from({ length: 8 }, () => () => get(server.url, "auth.config")),
    ...Array.from({ length: 4 }, () => () => get(server.url, "auth.session")),
    ...Array.from({ length: 4 }, () => register),
  ];
  const load = calls.map((call) => callUntilClosed(call, () => isSignalled));
  await sleep(1_500);
  isSignalled = true;
  expect(await server.end()).toBe(0);
  const outcomes = (await Promise.all(load)).flat();
  // On a busy machine a call may have been made before the signal and find the port closed: it had not begun there.
  const begun = outcomes.filter(({ isBeforeSignal, result }) => isBeforeSignal && result !== "ECONNREFUSED");
  const underWay = begun.map(({ result }) => result);
  expect(new Set(underWay)).toEqual(new Set(["200"]));
  expect(underWay.length).toBeGreaterThan(20);
  // Whoever comes later finds the door closed or is served; nobody is turned away half-way in.
  const answered = outcomes.map(({ result }) => result).filter((result) => /^\d+$/.test(result));
  expect(new Set(answered)).toEqual(new Set(["200"]));
  expect(server.stderr()).not.toMatch(/"level":"(?:warn|error)"/);
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

test("a call that never ends is cut off, and the exit code is still 0", async () => {
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

test("a mistake that nobody caught is logged without its message, and ends the process", async () => {
  const fault = 'process.on("SIGUSR2", () => Promise.reject(new Error("hunter2")))';
  const options = `--import=data:text/javascript;base64,${Buffer.from(fault).toString("base64")}`;
  const faulty = await servers.start({ DATABASE_URL: database.url ?? "", NODE_OPTIONS: options });
  expect(await faulty.end("SIGUSR2")).toBe(1);
  const entry: unknown = JSON.parse(faulty.stderr());
  expect(entry).toMatchObject({ level: "error", message: "The server crashed.", error: { name: "Error" } });
  expect(faulty.stderr()).not.toContain("hunter2");
});

test("killing the shell that npm starts it in does not leave it behind", async () => {
  const script = `"${process.execPath}" "${serverMain}" & echo "pid $!"; wait`;
  const env = { PATH: process.env.PATH, PORT: "0", DATABASE_URL: database.url ?? "", npm_lifecycle_event: "start" };
  const shell = spawn("sh", ["-c", script], { cwd: server.folder, env, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  shell.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  while (!said.includes("is ready at")) await once(shell.stdout, "data");
  shell.kill("SIGTERM");
  const isOver = await Promise.race([once(shell.stdout, "close").then(() => true), sleep(15_000, false)]);
  if (!isOver) process.kill(Number(/pid (\d+)/.exec(said)?.[1]), "SIGKILL");
  expect(isOver).toBe(true);
});
