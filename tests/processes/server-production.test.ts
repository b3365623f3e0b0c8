import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { createServers, post, type ServerProcess } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
const app = "https://www.example.com";
let database: TestDatabase;
let server: ServerProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await servers.start({
    NODE_ENV: "production",
    HOST: "127.0.0.1",
    PUBLIC_URL: "https://auth.example.com",
    APP_URL: app,
    DATABASE_URL: database.url ?? "",
    SMTP_URL: "smtp://127.0.0.1:1",
    MAIL_FROM: "no-reply@example.com",
    KEYWRIGHT_SECRET: "w7Jc0sQ2nR5tV8xZ1bD4fH6kM9pL3gYa",
  });
});
afterAll(async () => {
  await servers.close();
  await database.drop();
});

test("production without anything set is refused with one sentence for each fault", async () => {
  const { code, sentences, stdout } = await servers.refusal({ NODE_ENV: "production" });
  expect([code, stdout]).toEqual([1, ""]);
  expect(sentences.map((sentence) => sentence.split(" ")[0])).toEqual([
    "PUBLIC_URL",
    "DATABASE_URL",
    "SMTP_URL",
    "MAIL_FROM",
    "KEYWRIGHT_SECRET",
  ]);
  for (const sentence of sentences) expect(sentence).toMatch(/ must be set in production.*\.$/);
});

test("production says where it is reached, and makes no files", async () => {
  const { host } = new URL(server.url);
  expect(server.stdout()).toBe(
    `Keywright is ready at https://auth.example.com (listening on ${host})\nData: PostgreSQL, as set by DATABASE_URL.\nSettings: environment (NODE_ENV, PORT, HOST, PUBLIC_URL, APP_URL, DATABASE_URL, SMTP_URL, MAIL_FROM, KEYWRIGHT_SECRET)\n`,
  );
  expect(await readdir(server.folder)).toEqual([]);
});

test.each(["/dev/mailbox", "/dev/mailbox.json", "/dev/", "/.env", "/trpc/../dev/mailbox"])(
  "there is nothing at %s in production, and it says so in JSON",
  async (path) => {
    const answer = await fetch(`${server.url}${path}`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ error: "NOT_FOUND", message: "There is nothing at this address." });
  },
);

test("the front page links to no mailbox in production", async () => {
  expect(await (await fetch(server.url)).text()).not.toContain("/dev/");
});

test("every answer asks for https from then on, and none names the software", async () => {
  for (const path of ["/", "/healthz", "/readyz", "/nothing", "/verify-email", "/trpc/auth.config", "/trpc/none"]) {
    const { headers } = await fetch(`${server.url}${path}`);
    expect([path, headers.get("strict-transport-security")]).toEqual([path, "max-age=31536000"]);
    expect([headers.get("x-powered-by"), headers.get("server")]).toEqual([null, null]);
  }
});

test("the keys that access tokens are checked with may be kept for five minutes", async () => {
  const answer = await fetch(`${server.url}/.well-known/jwks.json`);
  expect(answer.headers.get("cache-control")).toBe("public, max-age=300");
  expect(await answer.json()).toEqual({ keys: [expect.objectContaining({ kty: "OKP", alg: "EdDSA" })] });
});

test("a page of the app may call with credentials", async () => {
  const preflight = await fetch(`${server.url}/trpc/auth.login`, {
    method: "OPTIONS",
    headers: { origin: app, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
  });
  expect(preflight.status).toBe(204);
  expect(Object.fromEntries(preflight.headers)).toMatchObject({
    "access-control-allow-origin": app,
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "GET,POST",
    "access-control-allow-headers": expect.stringMatching(
      /^content-type,authorization,keywright-transport,.*keywright-session,.*sentry-trace/,
    ),
    "access-control-max-age": "600",
  });
  const { headers } = await post(server.url, "password.requestReset", { email: "ada@example.com" }, { origin: app });
  expect(headers.get("access-control-allow-origin")).toBe(app);
  expect(headers.get("vary")?.toLowerCase()).toContain("origin");
});

test.each(["https://evil.test", "null", "https://www.example.com.evil.test", "http://www.example.com"])(
  "a page of %s learns nothing, and cannot cause mail",
  async (origin) => {
    const preflight = await fetch(`${server.url}/trpc/auth.login`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    const call = await post(server.url, "password.requestReset", { email: "ada@example.com" }, { origin });
    expect(call.refusal).toMatchObject({ reason: "FORBIDDEN" });
    for (const { headers } of [preflight, call]) {
      expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
      expect(headers.get("vary")?.toLowerCase()).toContain("origin");
    }
  },
);

test("a preflight outside of the procedures is not answered with permission", async () => {
  const answer = await fetch(`${server.url}/readyz`, { method: "OPTIONS", headers: { origin: app } });
  expect(answer.status).toBe(404);
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
});

test("a mail server that is away neither fails nor slows a registration", async () => {
  const startedAt = performance.now();
  const ada = { email: "ada@example.com", password: "correct horse battery" };
  expect((await post(server.url, "registration.register", ada)).status).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
