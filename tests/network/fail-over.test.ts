import { randomInt, randomUUID } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, connect, isUnavailable } from "@keywright/db";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { auditEvents, users } from "../../packages/db/src/schema/index.js";
import { type Cluster, startCluster } from "../support/postgres-cluster.js";
import { createServers, get, post, type ServerProcess } from "../support/server-process.js";
import { ask, askOn, codeOf } from "./ask.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
let primary: Cluster;
let standby: Cluster;

/** The primary takes a write for done when the standby has it too. */
const together = ["fsync=off", "synchronous_standby_names=standby", "synchronous_commit=on"];

beforeAll(async () => {
  // There is no pg_basebackup among npm's binaries: the standby begins as a copy of a stopped primary.
  const origin = await startCluster();
  await origin.shutDown();
  primary = await startCluster({ copyOf: origin.data, settings: together });
  standby = await startCluster({
    copyOf: origin.data,
    files: { "standby.signal": "" },
    settings: [
      "fsync=off",
      `primary_conninfo=host=127.0.0.1 port=${primary.port} user=tester application_name=standby`,
    ],
  });
  await origin.stop();
});
afterAll(async () => {
  await servers.close();
  await standby.stop();
  await primary.stop();
});

function both(query: string): string {
  return `postgres://tester@127.0.0.1:${standby.port},127.0.0.1:${primary.port}/postgres?${query}`;
}

test.each(["read-write", "primary"])("of several hosts the one that is %s is found", async (target) => {
  const url = both(`target_session_attrs=${target}`);
  expect(await ask(url, "inet_server_port()")).toBe(`${primary.port}`);
  const lone = `postgres://tester@127.0.0.1:${standby.port}/postgres?target_session_attrs=${target}`;
  const connection = await connect(lone);
  const refused = askOn(connection, "1");
  expect(await codeOf(refused)).toBe("25006");
  await refused.catch((error: unknown) => expect(isUnavailable(error)).toBe(true));
  await connection.close();
});

test("without a target the first that answers is taken, and left when it takes no writes", async () => {
  const connection = await connect(both("sslmode=disable"));
  expect(await askOn(connection, "inet_server_port()")).toBe(`${standby.port}`);
  expect(await codeOf(connection.db.execute("create table t (id integer)"))).toBe("25006");
  expect(await askOn(connection, "inet_server_port()")).toBe(`${primary.port}`);
  await connection.db.execute("create table t (id integer)");
  await connection.close();
  const dead = `postgres://tester@127.0.0.1:1,127.0.0.1:${primary.port}/postgres`;
  expect(await ask(dead, "inet_server_port()")).toBe(`${primary.port}`);
});

test("a host that says nothing costs its time limit once, not at each connection", async () => {
  const silent = net.createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const address = silent.address();
  const port = typeof address === "object" ? address?.port : 0;
  const url = `postgres://tester@127.0.0.1:${port},127.0.0.1:${primary.port}/postgres?connect_timeout=1`;
  const connection = await connect(url);
  const startedAt = performance.now();
  for (let turn = 0; turn < 3; turn++) {
    // Each needs a connection of its own.
    await Promise.all([1, 2, 3].map(() => connection.db.transaction((tx) => tx.execute("select pg_sleep(0.1)"))));
    connection.link?.renew();
  }
  expect(performance.now() - startedAt).toBeLessThan(2_500);
  await connection.close();
  silent.close();
});

test("when the primary is killed and the standby promoted, the server goes on, and nothing that was answered is lost", async () => {
  const server = await servers.start({
    DATABASE_URL: both("target_session_attrs=read-write"),
    TRUSTED_PROXY_HOPS: "1",
  });
  const people = await Promise.all([1, 2, 3, 4].map(() => register(server)));
  const cookies = people.map((person) => person.cookie);
  const written: { people: string[]; events: string[] } = { people: [], events: [] };
  let isOver = false;
  const pool = await connect(both("target_session_attrs=read-write"));
  const writers = [
    ...[1, 2, 3].map(() => repeat(async () => void written.people.push((await register(server)).email))),
    ...[1, 2, 3, 4, 5].map(() => repeat(async () => void written.events.push(await note(pool)))),
  ];
  async function repeat(write: () => Promise<void>): Promise<void> {
    while (!isOver) await write().catch(() => sleep(20));
  }

  await expect.poll(() => written.people.length, { timeout: 30_000 }).toBeGreaterThan(3);
  await primary.kill();
  await sleep(1_000);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
  const before = { people: written.people.length, events: written.events.length };
  expect(await ask(`postgres://tester@127.0.0.1:${standby.port}/postgres`, "pg_promote()")).toBe("true");
  const promotedAt = performance.now();
  await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status, { timeout: 5_000 }).toBe(200);
  const onAgain = () => written.people.length > before.people && written.events.length > before.events;
  await expect.poll(onAgain, { timeout: 20_000 }).toBe(true);
  console.info(`The server took writes ${Math.round(performance.now() - promotedAt)} ms after the promotion.`);
  isOver = true;
  await Promise.all(writers);

  const rows = await pool.db.select({ id: auditEvents.id }).from(auditEvents);
  const kept = new Set(rows.map(({ id }) => id));
  expect(written.events.filter((id) => !kept.has(id))).toEqual([]);
  const found = await pool.db.select({ email: users.email }).from(users);
  const emails = new Set(found.map(({ email }) => email));
  expect(written.people.filter((email) => !emails.has(email))).toEqual([]);
  for (const cookie of cookies) expect((await get(server.url, "user.me", { cookie })).status).toBe(200);
  await pool.close();
  expect(await server.end()).toBe(0);
});

async function register(server: ServerProcess) {
  const email = `${randomUUID()}@example.com`;
  const from = { "x-forwarded-for": `203.0.${randomInt(256)}.${randomInt(256)}` };
  const { status, headers } = await post(
    server.url,
    "registration.register",
    { email, password: "battery staple 9" },
    from,
  );
  if (status !== 200) throw new Error(`${status}`);
  return { email, cookie: headers.get("set-cookie")?.split(";")[0] ?? "" };
}

async function note({ db }: Connection): Promise<string> {
  const id = randomUUID();
  await db.insert(auditEvents).values({ id, kind: "note", at: new Date() });
  return id;
}
