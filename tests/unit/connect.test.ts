import { AsyncResource } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import {
  type Connection,
  connect,
  findSessionAndUser,
  isMigrated,
  isUnavailable,
  migrate,
  violatedConstraint,
} from "@keywright/db";
import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { connectPglite } from "../../packages/db/src/pglite.js";
import { auditEvents, passwords, users } from "../../packages/db/src/schema/index.js";

const outside = new AsyncResource("tests");
const heard: unknown[][] = [];
const cleanUps: (() => unknown)[] = [];
let memory: Connection;

// Making a cluster takes seconds, and many on a busy machine.
beforeAll(async () => {
  memory = await connect("pglite::memory:", { onStatement: (...said) => heard.push(said) });
}, 120_000);

afterAll(() => memory.close());

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

test("the memory engine migrates, and again for nothing", async () => {
  expect(memory.engine).toBe("pglite");
  expect(await isMigrated(memory)).toBe(false);
  await migrate(memory);
  await migrate(memory);
  expect(await isMigrated(memory)).toBe(true);
  await memory.ping();
});

test("a moment is kept to the millisecond, and a listener hears the statement but no value", async () => {
  const at = new Date("2026-03-29T01:59:59.987Z");
  heard.length = 0;
  await memory.db.insert(auditEvents).values({ id: randomUUID(), kind: "unrepeatable", at });
  expect(await memory.db.select({ at: auditEvents.at }).from(auditEvents)).toEqual([{ at }]);
  expect(heard).toHaveLength(2);
  expect(heard.every((said) => said.length === 1)).toBe(true);
  expect(JSON.stringify(heard)).not.toContain("unrepeatable");
});

test("the constraint that refused a row is named by PGlite too", async () => {
  const user = { email: "ada@example.com", emailKey: "ada@example.com", createdAt: new Date() };
  await memory.db.insert(users).values({ ...user, id: randomUUID() });
  const taken = memory.db.insert(users).values({ ...user, id: randomUUID() });
  expect(violatedConstraint(await faultOf(taken))).toBe("users_email_key");
  const orphan = memory.db.insert(passwords).values({ userId: randomUUID(), hash: "", updatedAt: new Date() });
  expect(violatedConstraint(await faultOf(orphan))).toBe("passwords_user_id_users_id_fk");
});

test("a transaction that would wait for itself is refused instead", async () => {
  const stuck = memory.db.transaction(async (tx) => {
    await tx.insert(auditEvents).values({ id: randomUUID(), kind: "undone", at: new Date() });
    await memory.db.select().from(users);
  });
  expect(inspect(await faultOf(stuck))).toContain("use tx instead of db");
  expect(await memory.db.$count(auditEvents, eq(auditEvents.kind, "undone"))).toBe(0);
});

test("a look-up within a transaction, which would wait for it, is refused also while other people's are under way", async () => {
  const lookUp = () => findSessionAndUser(memory.db, { anyId: randomUUID() });
  const fault = await memory.db.transaction(async () => {
    const others = [lookUp, lookUp, lookUp].map((other) => outside.runInAsyncScope(other));
    const fault = await faultOf(lookUp());
    return { fault, others };
  });
  expect(inspect(fault.fault)).toContain("use tx instead of db");
  expect(await Promise.all(fault.others)).toEqual([null, null, null]);
});

test("a database that could not be made is not called damaged", async () => {
  const path = await mkdtemp(join(tmpdir(), "keywright-unmade-"));
  const refused = await faultOf(connectPglite({ path, loadDataDir: new Blob(["no archive"]) }));
  expect(String(refused)).toMatch(/could not be made in \S+keywright-unmade-\w+: make sure that the disk has 100 MB/);
  await rm(path, { recursive: true });
});

test("an address that names no engine is refused with the forms that do, and is not repeated", async () => {
  for (const url of ["mysql://ada:hunter2@db/app", "hunter2", "postgres:hunter2", "postgres://ada:hun%ter2@db/app"]) {
    const refusal = await faultOf(connect(url));
    expect(String(refusal)).toContain("DATABASE_URL");
    expect(String(refusal)).toContain("postgres://");
    expect(inspect(refusal)).not.toMatch(/hun.?.?ter2/);
  }
});

test("a PostgreSQL that is not there is reported as unavailable at once, again and again", async () => {
  const { server, url } = await startServer(() => {});
  server.close();
  const connection = await open(url);
  const begin = performance.now();
  for (let attempt = 0; attempt < 8; attempt++) {
    const fault = await faultOf(connection.db.select().from(users));
    expect(isUnavailable(fault)).toBe(true);
    expect(violatedConstraint(fault)).toBeNull();
  }
  expect(performance.now() - begin).toBeLessThan(3_000);
  await expect(connection.ping()).rejects.toSatisfy(isUnavailable);
  await expect(isMigrated(connection)).rejects.toSatisfy(isUnavailable);
});

test("a PostgreSQL that takes connections and says nothing is given up within seconds", async () => {
  const { url } = await startServer(() => {});
  const connection = await open(url);
  const begin = performance.now();
  await expect(connection.ping()).rejects.toSatisfy(isUnavailable);
  await expect(connection.db.transaction((tx) => tx.select().from(users))).rejects.toSatisfy(isUnavailable);
  expect(performance.now() - begin).toBeLessThan(10_000);
});

test("what the drivers say of an outage is told apart from refusals and bugs", () => {
  const wrapped = (cause: object) => new Error("Failed query", { cause: Object.assign(new Error(), cause) });
  for (const code of ["ECONNRESET", "CONNECT_TIMEOUT", "57P01", "57P03", "53300", "08006", "57014", "25006"]) {
    expect(isUnavailable(wrapped({ code }))).toBe(true);
  }
  for (const code of ["23505", "42P01", "22021", "40001", "", undefined])
    expect(isUnavailable(wrapped({ code }))).toBe(false);
  for (const nothing of [null, undefined, "08006", { code: "08006" }]) expect(isUnavailable(nothing)).toBe(false);
  expect(violatedConstraint(wrapped({ code: "23505", constraint_name: "users_email_key" }))).toBe("users_email_key");
  expect(violatedConstraint(wrapped({ code: "23503", constraint: "sessions_user_fk" }))).toBe("sessions_user_fk");
  expect(violatedConstraint(wrapped({ code: "23502", constraint: "not_null" }))).toBeNull();
});

test("a proxy that hangs up on us is given up, not called again without a pause", async () => {
  let calls = 0;
  const { url } = await startServer((socket) => {
    calls++;
    socket.end();
  });
  const connection = await open(url);
  await expect(connection.ping()).rejects.toSatisfy(isUnavailable);
  expect(calls).toBe(1);
});

async function open(...call: Parameters<typeof connect>): Promise<Connection> {
  const connection = await connect(...call);
  cleanUps.push(() => connection.close());
  return connection;
}

/** On a free port of this machine; what it does with a connection is up to the test. */
async function startServer(greet: (socket: net.Socket) => void) {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    greet(socket);
  });
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = address === null || typeof address === "string" ? 0 : address.port;
  return { server, url: `postgres://ada:secret@127.0.0.1:${port}/app` };
}

async function faultOf(work: PromiseLike<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}
