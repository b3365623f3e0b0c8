import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate as migrateApp } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { applyMigrations } from "../../packages/db/src/migrator.js";
import { createTestApp, type TestApp } from "../support/app.js";
import { createEmptyDatabase, type TestDatabase } from "../support/database.js";
import { type MigrationFolder, makeMigrationFolder } from "../support/migration-folder.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
let database: TestDatabase & { url: string };
let client: postgres.Sql;
let folder: MigrationFolder;
let apps: TestApp[];

beforeEach(async () => {
  database = await createEmptyDatabase();
  client = postgres(database.url, { max: 1, onnotice: () => {} });
  folder = await makeMigrationFolder("empty");
  apps = [];
});
afterEach(async () => {
  for (const app of apps) await app.close();
  await client.end();
  await database.drop();
  await folder.remove();
});

const ordersTable = "create table orders (id integer primary key, note text)";
/** A table of the same name as one of ours, with other columns. */
const appUsers = "create table users (id serial primary key, email text not null unique, name text)";

/** Drizzle's own migrator, as an app calls it. */
async function runAppMigrator(): Promise<void> {
  await migrateApp(drizzle(client), { migrationsFolder: folder.path });
}

/** Starts Keywright on the app's database and uses it. */
async function startKeywright(): Promise<TestApp> {
  const app = await createTestApp({}, database);
  apps.push(app);
  expect(await app.keywright.isReady()).toBe(true);
  const ada = await app.addUser();
  expect((await (await app.signedIn(ada)).user.me.query()).email).toBe(ada.email);
  return app;
}

async function tablesIn(schema: string): Promise<string[]> {
  const rows = await client`select table_name from information_schema.tables where table_schema = ${schema}`;
  return rows.map(({ table_name }) => String(table_name)).sort();
}

/** Constraints of ours that point at a table of somebody else's, or the other way round. */
async function foreignReferences() {
  return await client`select conname from pg_constraint c join pg_class a on a.oid = c.conrelid
    join pg_class b on b.oid = c.confrelid where a.relnamespace <> b.relnamespace`;
}

const monthMs = 30 * 86_400_000;
const whens = [
  ["later than ours", monthMs],
  ["earlier than ours", -monthMs],
  ["of the moment of ours", 0],
] as const;

describe.each(whens)("an app whose own migration is %s", (_when, offsetMs) => {
  const add = async (...statements: string[]) => {
    const ours = await makeMigrationFolder("keywright");
    await folder.add("0000_app", (await ours.lastWhen()) + offsetMs, ...statements);
    await ours.remove();
  };

  test("D1: an app's own migrator first, then Keywright: both have their tables", async () => {
    await add(ordersTable);
    await runAppMigrator();
    await startKeywright();
    expect(await tablesIn("public")).toEqual(["orders"]);
    expect(await tablesIn("keywright")).toContain("users");
  });

  test("D2: Keywright first, then the app's own migrator: both have their tables", async () => {
    await add(ordersTable);
    await startKeywright();
    await runAppMigrator();
    expect(await tablesIn("public")).toEqual(["orders"]);
    await startKeywright();
  });

  test("D4: an app has a table `users` of its own, whichever comes first", async () => {
    await add(appUsers, "insert into users (email) values ('theirs@example.com')");
    await startKeywright();
    await runAppMigrator();
    await startKeywright();
    expect(await client`select email from public.users`).toEqual([{ email: "theirs@example.com" }]);
    expect(await foreignReferences()).toEqual([]);
  });
});

test("D4: an app's tables have the names of all of ours, and Keywright starts beside them", async () => {
  const names = [
    "users",
    "passwords",
    "sessions",
    "refresh_tokens",
    "secrets",
    "audit_events",
    "outbox",
    "rate_limits",
  ];
  for (const name of names) await client.unsafe(`create table ${name} (id integer)`);
  await startKeywright();
  expect(await tablesIn("public")).toEqual([...names].sort());
  expect(await foreignReferences()).toEqual([]);
  for (const name of names) expect(await client.unsafe(`select * from public.${name}`)).toEqual([]);
});

test("D3: an app's migration is dated between two of ours, and a late one of ours before all of it", async () => {
  const ours = await makeMigrationFolder("keywright");
  const first = await ours.lastWhen();
  await startKeywright();
  await folder.add("0000_app", first + 1_000, ordersTable);
  await runAppMigrator();
  await ours.add("0001_second", first + 2_000, "alter table keywright.users add column nickname text");
  await ours.add("0002_merged_late", first - 1_000, "alter table keywright.users add column motto text");
  const connection = await database.connect();
  await applyMigrations(connection, await ours.migrations());
  await folder.add("0001_app", first + 3_000, "create table invoices (id integer)");
  await runAppMigrator();
  expect(await tablesIn("public")).toEqual(["invoices", "orders"]);
  expect(await client`select nickname, motto from keywright.users where false`).toEqual([]);
  await startKeywright();
  await ours.remove();
});

describe("drizzle-kit push of an app that has no filter", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "app-push-"));
    await symlink(join(root, "node_modules"), join(directory, "node_modules"));
    await writeFile(join(directory, "package.json"), JSON.stringify({ name: "app", type: "commonjs" }));
    const config = { dialect: "postgresql", schema: "./schema.js", dbCredentials: { url: database.url } };
    await writeFile(join(directory, "drizzle.config.json"), JSON.stringify(config));
    await writeFile(
      join(directory, "schema.js"),
      `const { integer, pgTable, text } = require("drizzle-orm/pg-core");
       exports.users = pgTable("users", { id: integer().primaryKey(), name: text() });
       exports.orders = pgTable("orders", { id: integer().primaryKey() });`,
    );
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** `--force`: what it plans, it does. */
  async function push(): Promise<string> {
    const kit = join(root, "node_modules/drizzle-kit/bin.cjs");
    const options = ["push", "--config", "drizzle.config.json", "--verbose", "--force"];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [kit, ...options], { cwd: directory });
    return stdout + stderr;
  }

  test("D5: it makes the app's tables and plans nothing of ours, whichever comes first and twice", async () => {
    expect(await push()).toContain('CREATE TABLE "users"');
    const app = await startKeywright();
    const accounts = await app.sql("select id from keywright.users");
    for (const _turn of [1, 2]) expect(await push()).toMatch(/No changes detected/);
    await client`drop table public.orders, public.users`;
    const plan = await push();
    expect(plan).toContain('CREATE TABLE "orders"');
    expect(plan).not.toMatch(/keywright|drop/i);
    expect(await app.sql("select id from keywright.users")).toEqual(accounts);
    await startKeywright();
  }, 120_000);
});
