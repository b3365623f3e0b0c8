import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Connection,
  connect,
  createCounter,
  findReadiness,
  isRepeatable,
  isUnavailable,
  migrate,
} from "@keywright/db";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startFault } from "../../packages/api/src/operator/start-fault.js";
import { auditEvents } from "../../packages/db/src/schema/index.js";
import { type Cluster, startCluster } from "../support/postgres-cluster.js";
import { createServers, get, post, type ServerProcess } from "../support/server-process.js";
import { ask, askOn } from "./ask.js";
import { type Pooler, startPgBouncer } from "./pgbouncer.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
const servers = createServers();
let cluster: Cluster;
/** As Debian installs it. */
let plain: Pooler;
/** As its documentation advises for drivers that send what it does not know. */
let lenient: Pooler;
/** One that keeps track of prepared statements. */
let tracking: Pooler;

beforeAll(async () => {
  cluster = await startCluster({ settings: ["fsync=off"] });
  plain = await startPgBouncer(cluster);
  lenient = await startPgBouncer(cluster, {
    ignore_startup_parameters: "statement_timeout,idle_in_transaction_session_timeout",
  });
  tracking = await startPgBouncer(cluster, { max_prepared_statements: "200" }, "1.24");
}, 180_000);
afterAll(async () => {
  await servers.close();
  await plain.stop();
  await lenient.stop();
  await tracking.stop();
  await cluster.stop();
});

async function createDatabase(name: string): Promise<string> {
  const connection = await connect(cluster.url);
  await connection.db.execute(`create database ${name}`);
  await connection.close();
  return name;
}

const warnings = (server: ServerProcess) => server.stderr().match(/"level":"warn"/g)?.length ?? 0;

describe.each([
  ["D8: a pooler with default settings", "d8", () => plain],
  ["D9: a pooler that ignores time limits", "d9", () => lenient],
  ["D10: a pooler that keeps track of prepared statements", "d10", () => tracking],
])("behind %s", (_, name, pooler) => {
  let server: ServerProcess;

  test("a server starts, makes its tables and is ready", async () => {
    await createDatabase(name);
    server = await servers.start({ DATABASE_URL: pooler().url(name), TRUSTED_PROXY_HOPS: "1" });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  test("36 people at once register, sign in, look around and sign out, and all is right", async () => {
    const stories = Array.from({ length: 36 }, (_story, at) => story(server.url, at));
    const ends = await Promise.all(stories);
    expect(server.stderr().match(/.*"level":"error".*/g)).toBeNull();
    expect(ends).toEqual(stories.map(() => "signed in and out"));
    expect(warnings(server)).toBeLessThanOrEqual(2);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    const users = await ask(cluster.url.replace(/postgres$/, name), "select count(*) from keywright.users");
    expect(users).toBe("36");
    expect(await server.end()).toBe(0);
  });
});

async function story(url: string, at: number): Promise<string> {
  const person = { email: `person${at}@example.com`, password: `correct horse battery ${at}` };
  const headers = { "x-forwarded-for": `203.0.113.${at}` };
  const registered = await post(url, "registration.register", person, headers);
  if (registered.status !== 200) return `registration: ${registered.body}`;
  const signedIn = await post(url, "auth.login", person, headers);
  if (signedIn.status !== 200) return `login: ${signedIn.body}`;
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  const own = { ...headers, cookie, origin: url };
  for (let turn = 0; turn < 3; turn++) {
    const me = await get(url, "user.me", own);
    if (!JSON.stringify(me.data).includes(person.email)) return `me: ${me.body}`;
  }
  const sessions = await get(url, "auth.sessions", own);
  if (sessions.status !== 200) return `sessions: ${sessions.body}`;
  const out = await post(url, "auth.logout", {}, own);
  if (out.status !== 200) return `logout: ${out.body}`;
  return (await get(url, "user.me", own)).status === 401 ? "signed in and out" : "still signed in";
}

/** A transaction with statements that are prepared, repeated as services repeat theirs. */
async function takeNote({ db }: Connection, kind = "note"): Promise<void> {
  const id = randomUUID();
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction(async (tx) => {
        await tx.insert(auditEvents).values({ id, kind, at: new Date() });
        const [row] = await tx.select({ id: auditEvents.id }).from(auditEvents).where(eq(auditEvents.id, id));
        expect(row).toEqual({ id });
      });
    } catch (error) {
      if (attempt === 3 || !isRepeatable(error)) throw error;
    }
  }
}

test.each([
  ["that refuses time limits", () => plain, ""],
  ["that ignores them", () => lenient, ""],
  ["that the address names", () => plain, "pgbouncer=true"],
  ["on one connection", () => lenient, "connection_limit=1"],
])("each statement and transaction is done once and gets its own rows behind a pooler %s", async (_, pooler, query) => {
  const name = await createDatabase(`notes_${randomUUID().slice(0, 8)}`);
  const connection = await connect(pooler().url(name, query));
  await migrate(connection);
  const kinds = Array.from({ length: 60 }, (_kind, at) => `kind ${at}`);
  const rowsOf = (kind: string) =>
    connection.db.select({ kind: auditEvents.kind }).from(auditEvents).where(eq(auditEvents.kind, kind));
  const add = (kind: string) => connection.db.insert(auditEvents).values({ id: randomUUID(), kind, at: new Date() });
  for (let round = 1; round <= 5; round++) {
    await Promise.all(kinds.map(add));
    const notes = kinds.map(() => takeNote(connection));
    const [rows] = await Promise.all([Promise.all(kinds.map(rowsOf)), ...notes]);
    expect(rows).toEqual(kinds.map((kind) => Array.from({ length: round }, () => ({ kind }))));
  }
  expect(await rowsOf("note")).toHaveLength(300);
  await connection.close();
});

test("statements that come while others are under way are answered, and PgBouncer has no answer for nobody", async () => {
  const name = await createDatabase("crowded");
  await migrateOnce(lenient.url(name));
  for (let round = 0; round < 10; round++) {
    // New connections each time: while they have nothing prepared, the driver asks for types before it sends the rest.
    const connection = await connect(lenient.url(name));
    const counter = createCounter(connection.db, { name: "crowd", limit: 1_000_000, windowSeconds: 600 });
    const crowd = Array.from({ length: 36 }, async (_person, at) => {
      await sleep(Math.random() * 60);
      for (let turn = 0; turn < 4; turn++) {
        await connection.db.select().from(auditEvents).where(eq(auditEvents.kind, "crowd")).limit(1);
        // They wait for each other's rows, and so for answers.
        await counter.consume(`${at % 5}`);
        await sleep(Math.random() * 3);
        await takeNote(connection, "crowd");
      }
    });
    await Promise.all(crowd);
    await connection.close();
  }
  expect(lenient.said()).not.toContain("not linked");
});

async function migrateOnce(url: string): Promise<void> {
  const connection = await connect(url);
  await migrate(connection).finally(() => connection.close());
}

test("four processes migrate at once through the pooler", async () => {
  const name = await createDatabase("migrated");
  const connections = await Promise.all([1, 2, 3, 4].map(() => connect(plain.url(name))));
  await Promise.all(connections.map(migrate));
  expect(await Promise.all(connections.map(findReadiness))).toEqual(["ready", "ready", "ready", "ready"]);
  await Promise.all(connections.map((connection) => connection.close()));
});

test("time limits hold: the server's in a transaction, ours for a single statement", async () => {
  const connection = await connect(plain.url("postgres"));
  const within = connection.db.transaction(async (tx) => [
    await askOn({ db: tx }, "current_setting('statement_timeout')"),
    await askOn({ db: tx }, "current_setting('idle_in_transaction_session_timeout')"),
  ]);
  expect(await within).toEqual(["5s", "5s"]);
  expect(await askOn(connection, "current_setting('statement_timeout')")).toBe("0");
  const startedAt = performance.now();
  const endless = connection.db.execute("select pg_sleep(30)").then(
    () => null,
    (error: unknown) => error,
  );
  expect(isUnavailable(await endless)).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  expect(await askOn(connection, "1")).toBe("1");
  await connection.close();
});

test("options that a pooler does not take are named", async () => {
  const fault = await ask(plain.url("postgres", "options=-c%20search_path%3Dx"), "1").catch((error: unknown) => error);
  expect(startFault(fault, "DATABASE_URL")).toMatch(/^The database set by DATABASE_URL .*pooler.* options.*\.$/);
});

test("there is one warning for the time limits, and one for the prepared statements", async () => {
  const name = await createDatabase("warned");
  const heard: string[] = [];
  const onWarning = (message: string) => void heard.push(message);
  const connection = await connect(plain.url(name), { onWarning });
  await migrate(connection);
  await Promise.all(Array.from({ length: 60 }, () => takeNote(connection)));
  await connection.close();
  expect(heard.filter((message) => /time limits/.test(message))).toHaveLength(1);
  expect(heard.filter((message) => /prepared/.test(message)).length).toBeLessThanOrEqual(1);
  const direct: string[] = [];
  await ask(cluster.url, "1", { onWarning: (message) => void direct.push(message) });
  expect(direct).toEqual([]);
});
