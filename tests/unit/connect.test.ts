import { randomUUID } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { type Connection, connect, isMigrated, isUnavailable, migrate, violatedConstraint } from "@keywright/db";
import { afterEach, expect, test } from "vitest";
import { auditEvents, passwords, users } from "../../packages/db/src/schema/index.js";

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

test("the memory engine migrates, answers and keeps a moment to the millisecond", async () => {
  const heard: unknown[][] = [];
  const { db, ...connection } = await open("pglite::memory:", { onStatement: (...said) => heard.push(said) });
  expect(connection.engine).toBe("pglite");
  expect(await isMigrated({ db, ...connection })).toBe(false);
  await migrate({ db, ...connection });
  await migrate({ db, ...connection });
  expect(await isMigrated({ db, ...connection })).toBe(true);
  await connection.ping();

  const at = new Date("2026-03-29T01:59:59.987Z");
  heard.length = 0;
  await db.insert(auditEvents).values({ id: randomUUID(), kind: "unrepeatable", at });
  expect(await db.select({ at: auditEvents.at }).from(auditEvents)).toEqual([{ at }]);
  expect(heard).toHaveLength(2);
  expect(heard.every((said) => said.length === 1)).toBe(true);
  expect(JSON.stringify(heard)).not.toContain("unrepeatable");

  const user = { id: randomUUID(), emailKey: "ada@example.com", createdAt: at };
  await db.insert(users).values(user);
  const taken = await db
    .insert(users)
    .values({ ...user, id: randomUUID() })
    .catch((error: unknown) => error);
  expect(violatedConstraint(taken)).toBe("users_email_key");
  const orphan = await db
    .insert(passwords)
    .values({ userId: randomUUID(), hash: "", updatedAt: at })
    .catch((error: unknown) => error);
  expect(violatedConstraint(orphan)).toBe("passwords_user_id_users_id_fk");

  // Without the guard this would hang for ever.
  const stuck = db.transaction(async (tx) => {
    await tx.select().from(users);
    await db.select().from(users);
  });
  await expect(stuck).rejects.toThrow(
    expect.objectContaining({
      cause: expect.objectContaining({ message: expect.stringContaining("use tx instead of db") }),
    }),
  );
  expect(await db.select({ id: users.id }).from(users)).toHaveLength(1);
});

test("an address that names no engine is refused with the forms that do, and is not repeated", async () => {
  for (const url of ["mysql://ada:hunter2@db/app", "hunter2", "postgres:hunter2", "postgres://ada:hun%ter2@db/app"]) {
    const refusal = await connect(url).catch((error: unknown) => error);
    expect(String(refusal)).toContain("DATABASE_URL");
    expect(String(refusal)).toContain("postgres://");
    expect(inspectable(refusal)).not.toMatch(/hun.?.?ter2/);
  }
});

test("a PostgreSQL that is not there is reported as unavailable at once, again and again", async () => {
  const { server, url } = await startServer(() => {});
  server.close();
  const connection = await open(url);
  const begin = performance.now();
  for (let attempt = 0; attempt < 8; attempt++) {
    const fault = await connection.db
      .select()
      .from(users)
      .catch((error: unknown) => error);
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

function inspectable(error: unknown): string {
  return error instanceof Error ? JSON.stringify([error.stack, Object.getOwnPropertyNames(error), error.cause]) : "";
}
