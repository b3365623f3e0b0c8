import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "@keywright/db";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { type Cluster, startCluster } from "../support/postgres-cluster.js";
import { type Answer, createServers, get, mailedLink, post, type ServerProcess } from "../support/server-process.js";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });
const servers = createServers();
const databaseLog: string[] = [];
let cluster: Cluster;
beforeAll(async () => {
  // A database that writes down all that it is told, values included.
  const settings = ["log_statement=all", "log_parameter_max_length_on_error=-1"];
  cluster = await startCluster({ settings, onLog: (text) => databaseLog.push(text) });
});
afterAll(async () => {
  await servers.close();
  await cluster.stop();
});

/** Hooks that fail with what they were given, where the password says so. */
const config = `export default {
  gate: ({ procedure, proof }) => { if (proof?.startsWith("canary")) throw new Error(proof); return "pass"; },
  passwordRule: (password) => { if (password.includes("rule")) throw new Error("bad " + password); return null; },
  onEvent: (event) => { if (event.kind === "email.changed") throw new Error(event.newEmail); },
};`;

const bearer = { "keywright-transport": "bearer" };
const tokens = z.object({ tokens: z.object({ accessToken: z.string(), refreshToken: z.string() }) });
const tokensIn = ({ data }: Answer) => tokens.parse(data).tokens;
const logLine = z.looseObject({ level: z.enum(["info", "warn", "error"]), at: z.iso.datetime(), message: z.string() });

/** All that must never be written down, as it stands and as it travels. */
const secrets = new Set<string>();
function secret(text: string): string {
  secrets.add(text).add(encodeURIComponent(text));
  return text;
}

const ada = { email: "canary.ada@example.com", password: secret("canary password one") };
const wrong = secret("canary wrong password");

/** The life of an account, by a phone and by a browser. Returns its tokens. */
async function live(server: ServerProcess) {
  const { url } = server;
  const registered = await post(url, "registration.register", ada, bearer);
  const { refreshToken } = tokensIn(registered);
  const token = secret((await mailedLink(server, ada.email)).searchParams.get("token") ?? "");
  await post(url, "registration.verifyEmail", { token });
  await post(url, "registration.verifyEmail", { token });
  const browser = await post(url, "auth.login", ada);
  secret(browser.headers.getSetCookie().join().split(/[=;]/)[1] ?? "");
  await post(url, "auth.login", { ...ada, password: wrong });
  await post(url, "auth.login", { login: "canary password in the wrong field", password: wrong });
  const next = z.object({ accessToken: z.string(), refreshToken: z.string() });
  const renewed = next.parse((await post(url, "auth.refreshToken", { refreshToken: secret(refreshToken) })).data);
  const access = { authorization: `Bearer ${secret(renewed.accessToken)}` };
  await post(url, "auth.verifyToken", { token: renewed.accessToken });
  await post(url, "password.requestReset", { email: ada.email });
  const reset = secret((await mailedLink(server, ada.email, "/reset-password")).searchParams.get("token") ?? "");
  await post(url, "password.checkToken", { token: reset });
  await get(url, "user.me", access);
  await post(url, "user.requestEmailChange", { email: "canary.new@example.com", password: ada.password }, access);
  const moved = secret(
    (await mailedLink(server, "canary.new@example.com", "/confirm-email")).searchParams.get("token") ?? "",
  );
  await post(url, "user.confirmEmailChange", { token: moved }, access);
  await post(url, "password.reset", { token: reset, newPassword: secret("canary password two") });
  await post(url, "auth.revokeToken", { refreshToken: secret(renewed.refreshToken) });
  await fetch(`${url}/reset-password?token=${reset}`);
}

/** What goes wrong: hooks, inputs, addresses, and a database that lacks what is asked for. */
async function fail(server: ServerProcess) {
  const { url } = server;
  const proof = { "keywright-proof": secret("canary proof of the gate") };
  await post(url, "auth.login", ada, proof);
  await post(url, "registration.register", {
    email: "canary.bob@example.com",
    password: secret("canary rule password"),
  });
  await post(url, "social.login", { provider: "google", accessToken: secret("canary access token of google") });
  await post(url, "auth.login", { ...ada, extra: secret("canary in a field that is not there") });
  await fetch(`${url}/${secret("canary-in-a-path")}?token=${secret("canary-in-a-query")}`);
  await fetch(`${url}/trpc/${secret("canary.procedure")}?input=${secret("canary-input")}`);
  await fetch(`${url}/trpc/auth.login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `{"json":{"password":"${secret("canary in broken JSON")}"`,
  });
  const { db, close } = await connect(cluster.url);
  await db.execute("alter table keywright.users rename column email_key to email_key_away");
  await post(url, "auth.login", { ...ada, password: secret("canary while the database is broken") });
  await post(url, "registration.register", { email: "canary.eve@example.com", password: secret("canary sign-up now") });
  await post(url, "auth.refreshToken", { refreshToken: secret("kwr_canary") });
  await db.execute("alter table keywright.users rename column email_key_away to email_key");
  const { rows } = z
    .object({ rows: z.array(z.unknown()) })
    .catch(({ value }) => ({ rows: z.array(z.unknown()).parse([...z.array(z.unknown()).parse(value)]) }))
    .parse(await db.execute("select query from pg_stat_activity"));
  await close();
  return JSON.stringify(rows);
}

test("O13: no secret is written down anywhere, whatever is done with it", async () => {
  const folder = await servers.makeFolder();
  await writeFile(join(folder, "keywright.config.mjs"), config);
  const server = await servers.start({ DATABASE_URL: cluster.url, LOG_LEVEL: "debug", LOG_REQUESTS: "true" }, folder);
  await live(server);
  const activity = await fail(server);
  expect(await server.end()).toBe(0);
  const written = server.stdout() + server.stderr();
  const all = { written, database: databaseLog.join(""), activity };
  expect(all.database).toMatch(/"keywright"."users"[\s\S]*parameters/i);
  const found = [...secrets].flatMap((text) =>
    Object.entries(all).flatMap(([place, log]) => (log.includes(text) ? [[place, text]] : [])),
  );
  expect(found).toEqual([]);
  // Not even addresses and names; those are looked up, and so the database may write them down.
  expect(written).not.toContain("canary");

  const lines = server
    .stderr()
    .trim()
    .split("\n")
    .map((line) => logLine.parse(JSON.parse(line)));
  const events = lines.flatMap(({ event }) => (event === undefined ? [] : [event]));
  expect(events).toEqual(
    expect.arrayContaining(["user.registered", "login.failed", "session.started", "email.changed"]),
  );
  const requests = lines.filter(({ message }) => message === "A request.");
  expect(requests).toContainEqual(
    expect.objectContaining({
      method: "POST",
      path: "auth.login",
      status: 401,
      ip: "127.0.0.1",
      ms: expect.any(Number),
    }),
  );
  expect(requests.map(({ path }) => path)).toEqual(expect.arrayContaining(["(unknown)", "/reset-password", "user.me"]));
  // What belongs together is found by its id.
  const failed = lines.find(({ message }) => message === "A call failed.");
  expect(requests.some(({ requestId }) => requestId === failed?.requestId)).toBe(true);
});

test("O13: the level says how much is written, and requests are written down on request", async () => {
  const server = await servers.start({ DATABASE_URL: cluster.url, LOG_LEVEL: "warn" });
  await post(server.url, "registration.register", { ...ada, email: "canary.level@example.com" });
  await post(server.url, "auth.login", { ...ada, password: wrong });
  await server.end();
  const lines = server
    .stderr()
    .trim()
    .split("\n")
    .map((line) => logLine.parse(JSON.parse(line)));
  expect(lines).toMatchObject([{ level: "warn", event: "login.failed" }]);
  const { code, sentences } = await servers.refusal({ LOG_LEVEL: "loud", LOG_REQUESTS: "perhaps" });
  expect(code).toBe(1);
  expect(sentences.join()).toContain("LOG_LEVEL must be one of debug, info, warn, error, silent.");
  expect(sentences.join()).toContain("LOG_REQUESTS must be true or false.");
});
