import { isMigrated, migrate } from "@keywright/db";
import postgres from "postgres";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startFault } from "../../packages/api/src/operator/start-fault.js";
import { applyMigrations } from "../../packages/db/src/migrator.js";
import { createEmptyDatabase, type TestDatabase } from "../support/database.js";
import { makeMigrationFolder } from "../support/migration-folder.js";
import { refusal } from "../support/refusal.js";

let database: TestDatabase & { url: string };
let client: postgres.Sql;
beforeEach(async () => {
  database = await createEmptyDatabase();
  client = postgres(database.url, { max: 1, onnotice: () => {} });
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

const schemas = async () => (await client`select nspname from pg_namespace where nspname = 'keywright'`).length;

describe("whether the tables are there", () => {
  test("an instance is ready beside a newer one, whose migrations it does not know", async () => {
    const connection = await database.connect();
    expect(await isMigrated(connection)).toBe(false);
    await migrate(connection);
    await client`insert into keywright.migrations values ('of tomorrow', now())`;
    expect(await isMigrated(connection)).toBe(true);
    await migrate(connection);
  });

  test("an instance is not ready where a table or a migration's note is gone, and says why it does not start", async () => {
    const connection = await database.connect();
    await migrate(connection);
    await client`alter table keywright.secrets rename to elsewhere`;
    expect(await isMigrated(connection)).toBe(false);
    expect(startFault(await refusal(migrate(connection)), "DATABASE_URL")).toMatch(
      /^The schema keywright lacks tables .*\.$/,
    );
    await client`alter table keywright.elsewhere rename to secrets`;
    expect(await isMigrated(connection)).toBe(true);
    await client`delete from keywright.migrations`;
    expect(await isMigrated(connection)).toBe(false);
  });

  test("a user who may make no schema is served where the schema is theirs", async () => {
    const role = `limited_${Date.now()}`;
    await client.unsafe(`create role ${role} login password 'limited'`);
    await client.unsafe(`create schema keywright authorization ${role}`);
    const url = new URL(database.url);
    url.username = role;
    url.password = "limited";
    const { connect } = await import("@keywright/db");
    const connection = await connect(url.href);
    await migrate(connection);
    expect(await isMigrated(connection)).toBe(true);
    await connection.close();
    await client.unsafe(`drop owned by ${role} cascade`);
    await client.unsafe(`drop role ${role}`);
  });
});

describe("a database of Keywright 0.1", () => {
  const former = [
    "create table users (id uuid, credential_version integer)",
    "create table outbox (id uuid, minted_at timestamptz)",
  ];

  test("an operator is told in a sentence how to begin anew, and nothing is written", async () => {
    for (const statement of former) await client.unsafe(statement);
    const connection = await database.connect();
    const refused = await refusal(migrate(connection));
    expect(startFault(refused, "DATABASE_URL")).toMatch(
      /^This database has the tables of Keywright 0\.1 .*new database.*drop.*\.$/,
    );
    expect(await schemas()).toBe(0);
    await client`drop table users, outbox`;
    await migrate(connection);
  });

  test.each([
    "create table users (id uuid, credential_version integer)",
    "create table outbox (id uuid, minted_at timestamptz)",
    "create table users (id uuid); create table outbox (id uuid)",
  ])("an app's own tables are not taken for it: %s", async (statements) => {
    for (const statement of statements.split(";")) await client.unsafe(statement);
    await migrate(await database.connect());
  });
});

describe("an index on a table that is in use", () => {
  const build =
    'CREATE UNIQUE INDEX CONCURRENTLY "users_first_name" ON "keywright"."users" USING btree ("first_name");';
  const isValid = () =>
    client`select indisvalid from pg_index where indexrelid = to_regclass('keywright.users_first_name')`;

  async function withIndex() {
    const folder = await makeMigrationFolder("keywright");
    await folder.add("0001_index", (await folder.lastWhen()) + 1, build);
    const migrations = await folder.migrations();
    await folder.remove();
    return migrations;
  }

  test("six instances that build it at once do not lock each other up", async () => {
    const migrations = await withIndex();
    const connections = await Promise.all(Array.from({ length: 6 }, () => database.connect()));
    await Promise.all(connections.map((connection) => applyMigrations(connection, migrations)));
    expect(await isValid()).toEqual([{ indisvalid: true }]);
    expect(await client`select count(*)::int as n from keywright.migrations`).toEqual([{ n: migrations.length }]);
  }, 60_000);

  test("what an interrupted try has left is dropped and built anew; what was built already is kept", async () => {
    const migrations = await withIndex();
    const connection = await database.connect();
    await migrate(connection);
    for (const n of [1, 2]) {
      await client`insert into keywright.users (id, created_at, first_name) values (gen_random_uuid(), now(), 'Ada')`;
      expect(n).toBeGreaterThan(0);
    }
    await refusal(applyMigrations(connection, migrations));
    expect(await isValid()).toEqual([{ indisvalid: false }]);
    await client`update keywright.users set first_name = id::text`;
    await applyMigrations(connection, migrations);
    expect(await isValid()).toEqual([{ indisvalid: true }]);
    await client`delete from keywright.migrations where written_at = (select max(written_at) from keywright.migrations)`;
    await applyMigrations(connection, migrations);
    expect(await isValid()).toEqual([{ indisvalid: true }]);
  }, 60_000);
});
