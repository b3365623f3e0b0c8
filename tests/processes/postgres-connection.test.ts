import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { type Connection, connect, isMigrated, isRepeatable, isUnavailable, violatedConstraint } from "@keywright/db";
import { eq, inArray, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents, passwords, users } from "../../packages/db/src/schema/index.js";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "../support/database.js";
import { startMigrator } from "../support/database-process.js";
import { layLongWay } from "../support/long-way.js";

let database: TestDatabase;
let connection: Connection;

beforeAll(async () => {
  database = await createTestDatabase();
  connection = await database.connect({ poolSize: 1 });
});

afterAll(() => database.drop());

test("four processes migrate an empty database at once, and all succeed", async () => {
  const empty = await createEmptyDatabase();
  const migrators = await Promise.all([1, 2, 3, 4].map(() => startMigrator(empty.url)));
  try {
    const said = await Promise.all(migrators.map((migrator) => migrator.migrate()));
    expect(said).toEqual(["migrated", "migrated", "migrated", "migrated"]);
    expect(await isMigrated(await empty.connect())).toBe(true);
  } finally {
    await Promise.all(migrators.map((migrator) => migrator.kill()));
    await empty.drop();
  }
});

test("statements are prepared once and used again, inside transactions and savepoints too", async () => {
  const { db } = connection;
  await db
    .insert(users)
    .values({ id: randomUUID(), email: "ada@example.com", emailKey: "ada@example.com", createdAt: new Date() });
  for (let turn = 0; turn < 3; turn++) {
    await db.select({ value: users.id }).from(users).limit(1);
    await db.transaction(async (tx) => {
      await tx.select({ value: users.email }).from(users).limit(1);
      await tx.transaction((inner) => inner.select({ value: users.username }).from(users).limit(1));
    });
  }
  const used = await db.execute(
    `select count(*)::int as statements, sum(generic_plans + custom_plans)::int as uses
     from pg_prepared_statements where statement like 'select%from "keywright"."users"%'`,
  );
  expect(JSON.stringify(used)).toBe('[{"statements":3,"uses":9}]');
});

test("a statement that was prepared before a migration gets its rows after it, and those beside it get theirs", async () => {
  const way = await layLongWay(database.url ?? "", 20);
  const { db, close } = await connect(way.url, { poolSize: 1 });
  await db.execute("create table changing (id integer, name text)");
  await db.execute("insert into changing values (1, 'x')");
  // Drizzle sends a statement when it is awaited.
  const changing = async () => await db.execute(sql`select * from changing where ${1} = 1`);
  const beside = async (value: number) => await db.execute(sql`select ${value}::integer as value`);
  await Promise.all([changing(), beside(0)]);
  await db.execute("alter table changing add column since text");
  const all = [changing()];
  // Some are sent while the statement is being prepared anew.
  for (let at = 1; at <= 20; at++) {
    await sleep(3);
    all.push(beside(at));
  }
  const [changed, ...others] = (await Promise.all(all)).map((rows) => JSON.stringify(rows));
  expect(changed).toBe('[{"id":1,"name":"x","since":null}]');
  expect(others).toEqual(others.map((_, at) => `[{"value":${at + 1}}]`));
  const within = () => db.transaction((tx) => tx.execute(sql`select * from changing where ${2} = 2`));
  await within();
  await db.execute("alter table changing drop column since");
  expect(isRepeatable(await faultOf(within()))).toBe(true);
  expect(JSON.stringify(await within())).toBe('[{"id":1,"name":"x"}]');
  await close();
  way.close();
});

test("a transaction keeps all or nothing, whatever its author forgets", async () => {
  const { db } = connection;
  const at = new Date();
  const row = (kind: string) => ({ id: randomUUID(), kind, at });
  const id = randomUUID();
  await db.transaction(async (tx) => {
    await tx.insert(auditEvents).values({ ...row("kept"), id });
    const undone = tx.transaction((inner) => inner.insert(auditEvents).values({ ...row("undone"), id }));
    await expect(undone).rejects.toSatisfy(isRefusal);
    await tx.insert(auditEvents).values(row("kept"));
  });
  const stragglers: (() => PromiseLike<unknown>)[] = [];
  const failed = db.transaction(async (tx) => {
    const leave = (on: typeof tx) => on.insert(auditEvents).values(row("left over"));
    stragglers.push(
      () => leave(tx),
      () => tx.transaction(leave),
    );
    const taken = tx.insert(auditEvents).values({ ...row("taken"), id });
    await Promise.all([...stragglers.map((straggler) => faultOf(straggler())), taken]);
  });
  await expect(failed).rejects.toSatisfy(isRefusal);
  for (const straggler of stragglers)
    expect(inspect(await faultOf(straggler()))).toContain("The transaction has ended");
  const swallowed = db.transaction(async (tx) => {
    await faultOf(tx.insert(auditEvents).values({ ...row("taken"), id }));
  });
  await expect(swallowed).rejects.toSatisfy(isRefusal);
  const kinds = await db.select({ kind: auditEvents.kind }).from(auditEvents);
  expect(kinds).toEqual([{ kind: "kept" }, { kind: "kept" }]);
});

test("a moment comes back to the millisecond, wherever the session thinks it is", async () => {
  const at = new Date("2026-03-29T01:59:59.987Z");
  await connection.db.execute("set time zone 'America/New_York'");
  await connection.db.insert(auditEvents).values({ id: randomUUID(), kind: "moment", at });
  const moment = connection.db.select({ at: auditEvents.at }).from(auditEvents).where(eq(auditEvents.kind, "moment"));
  expect(await moment).toEqual([{ at }]);
});

test("the constraint that refused a row is named", async () => {
  const user = { email: "grace@example.com", emailKey: "grace@example.com", createdAt: new Date() };
  await connection.db.insert(users).values({ ...user, id: randomUUID() });
  const taken = connection.db.insert(users).values({ ...user, id: randomUUID() });
  expect(violatedConstraint(await faultOf(taken))).toBe("users_email_key");
  const orphan = connection.db.insert(passwords).values({ userId: randomUUID(), hash: "", updatedAt: new Date() });
  expect(violatedConstraint(await faultOf(orphan))).toBe("passwords_user_id_users_id_fk");
});

test("a connection that PostgreSQL ends is reported as unavailable, and the next statement works", async () => {
  const { db, ping } = connection;
  const suicide = "select pg_terminate_backend(pg_backend_pid())";
  for (let turn = 0; turn < 5; turn++) {
    expect(isUnavailable(await faultOf(db.execute(suicide)))).toBe(true);
    await ping();
    const broken = db.transaction(async (tx) => {
      await tx.insert(auditEvents).values({ id: randomUUID(), kind: "before", at: new Date() });
      await faultOf(tx.execute(suicide));
      await tx.insert(auditEvents).values({ id: randomUUID(), kind: "after", at: new Date() });
    });
    expect(isUnavailable(await faultOf(broken))).toBe(true);
    await ping();
  }
  expect(await db.$count(auditEvents, inArray(auditEvents.kind, ["before", "after"]))).toBe(0);
});

test("a statement that takes too long is ended and reported as unavailable", async () => {
  const { db } = connection;
  await db.execute("set statement_timeout = 50");
  expect(isUnavailable(await faultOf(db.execute("select pg_sleep(5)")))).toBe(true);
  await db.execute("reset statement_timeout");
});

test("many transactions at once take turns on the pool and all commit", async () => {
  const pool = await database.connect();
  const turns = Array.from({ length: 40 }, () => {
    return pool.db.transaction(async (tx) => {
      await tx.insert(auditEvents).values({ id: randomUUID(), kind: "turn", at: new Date() });
    });
  });
  await Promise.all(turns);
  expect(await pool.db.$count(auditEvents, eq(auditEvents.kind, "turn"))).toBe(40);
});

function isRefusal(error: unknown): boolean {
  return violatedConstraint(error) !== null;
}

async function faultOf(work: PromiseLike<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}
