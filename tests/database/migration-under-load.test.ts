import { setTimeout as wait } from "node:timers/promises";
import type { KeywrightClient } from "@keywright/client";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { areApplied } from "../../packages/db/src/journal.js";
import { applyMigrations } from "../../packages/db/src/migrator.js";
import { createTestApp, type TestApp } from "../support/app.js";
import { makeMigrationFolder } from "../support/migration-folder.js";

const readerMs = 7_000;
let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

/** Our migrations, and three that an update could bring: a column, an index and a constraint. */
async function update() {
  const folder = await makeMigrationFolder("keywright");
  const when = await folder.lastWhen();
  await folder.add("0001_column", when + 1, 'ALTER TABLE "keywright"."users" ADD COLUMN "nickname" text;');
  const index = 'CREATE INDEX CONCURRENTLY "users_nickname" ON "keywright"."users" USING btree ("nickname");';
  await folder.add("0002_index", when + 2, index);
  const check = `ADD CONSTRAINT "users_nickname_length" CHECK (length("nickname") < 65) NOT VALID;`;
  await folder.add("0003_check", when + 3, `ALTER TABLE "keywright"."users" ${check}`);
  const validate = 'ALTER TABLE "keywright"."users" VALIDATE CONSTRAINT "users_nickname_length";';
  await folder.add("0004_validate", when + 4, validate);
  const migrations = await folder.migrations();
  await folder.remove();
  return migrations;
}

/** Reads all tables in one snapshot, as a backup does, and takes its time. */
async function backUp(url: string, isDone: { value: boolean }): Promise<void> {
  const reader = postgres(url, { max: 1 });
  await reader.begin("isolation level repeatable read read only", async (sql) => {
    await sql`select count(*) from keywright.users, keywright.sessions`;
    await wait(readerMs);
  });
  isDone.value = true;
  await reader.end();
}

/** Calls until it is told to stop; how long the longest call took. */
async function keepCalling(client: KeywrightClient, isOver: { value: boolean }): Promise<number> {
  let longestMs = 0;
  while (!isOver.value) {
    const start = performance.now();
    await client.user.me.query();
    longestMs = Math.max(longestMs, performance.now() - start);
    await wait(50 + Math.random() * 100);
  }
  return longestMs;
}

test("B1: an update waits for a backup, and fifty people who are signed in notice little of it", async () => {
  const ada = await app.addUser();
  const device = await app.signedIn(ada);
  const url = app.database.url ?? "";
  const migrations = await update();
  const [isBackedUp, isOver] = [{ value: false }, { value: false }];
  const backup = backUp(url, isBackedUp);
  await wait(300);
  const callers = Promise.allSettled(Array.from({ length: 50 }, () => keepCalling(device, isOver)));
  const instances = await Promise.all([app.database.connect(), app.database.connect()]);
  const updates = Promise.all(instances.map((connection) => applyMigrations(connection, migrations)));
  await updates.finally(() => {
    isOver.value = true;
  });
  expect(isBackedUp.value).toBe(true);
  await backup;
  expect(await Promise.all(instances.map(({ db }) => areApplied(db, migrations)))).toEqual([true, true]);
  const calls = await callers;
  expect(calls.filter(({ status }) => status === "rejected")).toEqual([]);
  const longest = calls.map((call) => (call.status === "fulfilled" ? call.value : 0));
  // The lock is waited for two seconds; the rest is what a busy machine needs.
  expect(Math.max(...longest)).toBeLessThan(5_000);
}, 120_000);
