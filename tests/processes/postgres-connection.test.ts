import { randomUUID } from "node:crypto";
import { type Connection, isMigrated, isUnavailable, violatedConstraint } from "@keywright/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents, users } from "../../packages/db/src/schema/index.js";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "../support/database.js";
import { startMigrator } from "../support/database-process.js";

let database: TestDatabase;
let connection: Connection;

beforeAll(async () => {
  database = await createTestDatabase();
  connection = await database.connect({ poolSize: 1 });
});

afterAll(() => database.drop());

test("four processes migrate an empty database at once, and all succeed", async () => {
  const empty = await createEmptyDatabase();
  const migrators = [1, 2, 3, 4].map(() => startMigrator(empty.url));
  try {
    const said = await Promise.all(migrators.map((migrator) => migrator.said()));
    expect(said).toEqual(["migrated", "migrated", "migrated", "migrated"]);
    expect(await isMigrated(await empty.connect())).toBe(true);
  } finally {
    await Promise.all(migrators.map((migrator) => migrator.kill()));
    await empty.drop();
  }
});

test("statements are prepared once, inside transactions and savepoints too", async () => {
  const { db } = connection;
  const id = randomUUID();
  await db.insert(users).values({ id, emailKey: "ada@example.com", createdAt: new Date() });
  for (let turn = 0; turn < 3; turn++) {
    await findOn(db, id);
    await db.transaction(async (tx) => {
      await findOn(tx, id);
      await tx.transaction((inner) => findOn(inner, id));
    });
  }
  const prepared = "select count(*)::int as count from pg_prepared_statements where statement like '%username_key%limit%'";
  …
});
