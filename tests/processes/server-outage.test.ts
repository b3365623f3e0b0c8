import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { createServers, get, mailedLink, post, type ServerProcess, submit } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
const ada = { email: "ada@example.com", password: "correct horse battery" };
let database: TestDatabase;
let cable: Cable;
let server: ServerProcess;
let cookie: string;
let link: URL;

beforeAll(async () => {
  database = await createTestDatabase();
  const direct = new URL(database.url ?? "");
  cable = await layCable(Number(direct.port), direct.hostname);
  const through = new URL(direct);
  through.host = `127.0.0.1:${cable.port}`;
  const github = { GITHUB_CLIENT_ID: "an-app", GITHUB_CLIENT_SECRET: "its secret" };
  server = await servers.start({ DATABASE_URL: through.href, ...github });
  const { headers } = await post(server.url, "registration.register", ada);
  cookie = headers.get("set-cookie")?.split(";")[0] ?? "";
  link = await mailedLink(server, ada.email);
});
afterAll(async () => {
  await servers.close();
  await cable.cut();
  await database.drop();
});

interface Cable {
  port: number;
  /** From now on nobody is there. */
  cut(): Promise<void>;
  /** From now on somebody is there and says nothing. */
  freeze(): void;
  mend(): Promise<void>;
}

/** A way to the database that can be broken. */
async function layCable(port: number, host: string): Promise<Cable> {
  const sockets = new Set<net.Socket>();
  let isFrozen = false;
  const lay = net.createServer((near) => {
    const far = net.connect(port, host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => isFrozen || to.write(bytes));
      from.on("error", () => {});
      from.on("close", () => to.destroy());
    }
  });
  lay.listen(0, "127.0.0.1");
  await once(lay, "listening");
  const address = lay.address();
  const own = typeof address === "object" && address ? address.port : 0;
  const dropAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    port: own,
    async cut() {
      if (!lay.listening) return;
      const closed = once(lay, "close");
      lay.close();
      dropAll();
      await closed;
    },
    freeze() {
      isFrozen = true;
    },
    async mend() {
      isFrozen = false;
      dropAll();
      if (lay.listening) return;
      lay.listen(own, "127.0.0.1");
      await once(lay, "listening");
    },
  };
}

async function statusOf(path: string): Promise<number> {
  return (await fetch(`${server.url}${path}`)).status;
}

/** How long it takes until the server is ready again. */
async function readyAgainMs(): Promise<number> {
  const startedAt = performance.now();
  while ((await statusOf("/readyz")) !== 200 && performance.now() - startedAt < 30_000) await sleep(100);
  return performance.now() - startedAt;
}

test("without its database the server is alive and not ready", async () => {
  expect([await statusOf("/healthz"), await statusOf("/readyz")]).toEqual([200, 200]);
  await cable.cut();
  expect([await statusOf("/healthz"), await statusOf("/readyz")]).toEqual([200, 503]);
  expect((await get(server.url, "auth.config")).status).toBe(200);
});

test("calls that need it are refused as UNAVAILABLE, say nothing else, and leave the cookie alone", async () => {
  const calls = [
    await get(server.url, "user.me", { cookie }),
    await get(server.url, "auth.session", { cookie }),
    await post(server.url, "auth.login", ada),
    await post(server.url, "registration.register", { ...ada, email: "bob@example.com" }),
    await post(server.url, "password.requestReset", { email: ada.email }),
    await post(server.url, "social.start", { provider: "github" }),
    await post(server.url, "auth.logout", {}, { cookie, origin: server.url }),
  ];
  for (const { status, refusal, body, headers } of calls) {
    expect(status).toBe(503);
    expect(refusal).toMatchObject({ reason: "UNAVAILABLE", requestId: expect.stringMatching(/^[\w-]{36}$/) });
    expect(body).not.toMatch(/select|insert|update "|ECONN|127\.0\.0\.1|postgres|\bat \//i);
    expect(headers.getSetCookie()).toEqual([]);
  }
});

test("a browser that comes back from a provider is sent to the front end with the reason", async () => {
  const address = `${server.url}/oauth/github/callback?code=c&state=s`;
  const { status, headers } = await fetch(address, { redirect: "manual" });
  expect([status, headers.get("location")]).toEqual([303, `${server.url}/?error=UNAVAILABLE`]);
});

test("the page of a mailed link is there, says that it cannot work now, and uses nothing up", async () => {
  const opened = await fetch(link);
  expect([opened.status, await opened.text()]).toEqual([200, expect.stringContaining("<button>")]);
  const pressed = await submit(`${server.url}/verify-email`, { token: link.searchParams.get("token") ?? "" });
  expect([pressed.status, await pressed.text()]).toEqual([503, expect.stringContaining("The service is busy")]);
});

test("when it is back, everybody is still signed in and the link still works", async () => {
  await cable.mend();
  expect(await readyAgainMs()).toBeLessThan(10_000);
  expect((await get(server.url, "user.me", { cookie })).data).toMatchObject({ email: ada.email });
  const pressed = await submit(`${server.url}/verify-email`, { token: link.searchParams.get("token") ?? "" });
  expect(pressed.status).toBe(200);
});

test("a database that says nothing is noticed within seconds, and left again when it answers", async () => {
  cable.freeze();
  const askedAt = performance.now();
  const call = get(server.url, "user.me", { cookie });
  expect(await statusOf("/readyz")).toBe(503);
  expect(performance.now() - askedAt).toBeLessThan(6_000);
  expect(await statusOf("/healthz")).toBe(200);
  expect((await call).refusal).toMatchObject({ reason: "UNAVAILABLE" });
  expect(performance.now() - askedAt).toBeLessThan(20_000);
  await cable.mend();
  expect(await readyAgainMs()).toBeLessThan(10_000);
  expect((await get(server.url, "user.me", { cookie })).data).toMatchObject({ email: ada.email });
});

test("the log of all that tells no address, password, token or SQL", async () => {
  const { stderr } = server;
  expect(stderr()).toContain('"code":"ECONNREFUSED"');
  for (const secret of [ada.email, ada.password, "bob@", "kwo_", "kws_", cookie, "select ", "insert into"]) {
    expect(stderr()).not.toContain(secret);
  }
  expect(await server.end()).toBe(0);
});
