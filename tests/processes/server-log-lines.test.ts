import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { createServers, get, post, type ServerProcess } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
const ada = { email: "ada@example.com", password: "correct horse battery" };
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await servers.close();
  await database.drop();
});

const logLine = z.looseObject({ level: z.enum(["info", "warn", "error"]), at: z.iso.datetime(), message: z.string() });

async function linesOf(server: ServerProcess) {
  expect(await server.end()).toBe(0);
  const lines = server.stderr().trim().split("\n");
  return lines.map((line) => logLine.parse(JSON.parse(line)));
}

test("O13: events and requests are lines, and what belongs together has one id", async () => {
  const server = await servers.start({ DATABASE_URL: database.url ?? "", LOG_LEVEL: "debug", LOG_REQUESTS: "true" });
  await post(server.url, "registration.register", ada);
  await post(server.url, "auth.login", { ...ada, password: "a wrong password" });
  await get(server.url, "user.me");
  await fetch(`${server.url}/reset-password?token=x`);
  await fetch(`${server.url}/nothing-here`);
  const lines = await linesOf(server);
  const events = lines.flatMap(({ event }) => event ?? []);
  expect(events).toEqual(expect.arrayContaining(["user.registered", "session.started", "login.failed"]));
  const requests = lines.filter(({ message }) => message === "A request.");
  expect(requests.map(({ path }) => path)).toEqual(expect.arrayContaining(["(unknown)", "/reset-password", "user.me"]));
  const refused = requests.find(({ status, path }) => status === 401 && path === "auth.login");
  expect(refused).toMatchObject({ level: "info", method: "POST", ip: "127.0.0.1", ms: expect.any(Number) });
  const failed = lines.find(({ event }) => event === "login.failed");
  expect(failed).toMatchObject({ level: "warn", requestId: refused?.requestId });
});

test("O13: who is cut off for a body without an end is written down, and the server goes on", async () => {
  const settings = { LOG_REQUESTS: "true", CLIENT_ADDRESS_HEADER: "X-Real-IP" };
  const server = await servers.start({ DATABASE_URL: database.url ?? "", ...settings });
  const headers = { "content-type": "application/json", "X-Real-IP": "203.0.113.9" };
  const part = new TextEncoder().encode("x".repeat(40_000));
  for (const path of ["x", "auth.login", "user.me,user.me"]) {
    const body = ReadableStream.from([part]);
    const init = { method: "POST", headers, body, duplex: "half" as const };
    expect((await fetch(`${server.url}/trpc/${path}`, init)).status).toBe(413);
    expect((await get(server.url, "auth.config")).status).toBe(200);
  }
  const lines = await linesOf(server);
  const refused = lines.filter(({ status }) => status === 413);
  expect(refused).toMatchObject(Array.from({ length: 3 }, () => ({ ip: "203.0.113.9", method: "POST" })));
});

test("O13: the level says how much is written, and requests are written down on request", async () => {
  const server = await servers.start({ DATABASE_URL: database.url ?? "", LOG_LEVEL: "warn" });
  await post(server.url, "registration.register", { ...ada, email: "bob@example.com" });
  await post(server.url, "auth.login", { ...ada, password: "a wrong password" });
  expect(await linesOf(server)).toMatchObject([{ level: "warn", event: "login.failed" }]);
  const { code, sentences } = await servers.refusal({ LOG_LEVEL: "loud", LOG_REQUESTS: "perhaps" });
  expect(code).toBe(1);
  expect(sentences.join()).toContain("LOG_LEVEL must be one of debug, info, warn, error, silent.");
  expect(sentences.join()).toContain("LOG_REQUESTS must be true or false.");
});
