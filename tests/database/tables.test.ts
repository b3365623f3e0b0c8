import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, type TestApp } from "../support/app.js";

let app: TestApp;
let client: postgres.Sql;
beforeAll(async () => {
  app = await createTestApp();
  client = postgres(app.database.url ?? "", { max: 1 });
});
afterAll(async () => {
  await client.end();
  await app.close();
});

async function idsOf(table: string): Promise<string[]> {
  const rows = await client.unsafe(`select id from keywright.${table}`);
  return rows.map(({ id }) => String(id));
}

test("B11: sessions, events and mails have ids in order of time, and users have none that tells when they joined", async () => {
  const ada = await app.addUser();
  await app.signedIn(ada);
  await app.signedIn(ada, { transport: "bearer" });
  for (const table of ["sessions", "audit_events", "outbox"]) {
    expect((await idsOf(table)).length).toBeGreaterThan(1);
    for (const id of await idsOf(table)) expect(z.uuidv7().safeParse(id).success, table).toBe(true);
  }
  for (const id of await idsOf("users")) expect(z.uuidv4().safeParse(id).success).toBe(true);
});

test("B12: hashes of tokens are bytes, and a phone's session has no entry in the index of cookies", async () => {
  const columns = await client`select table_name || '.' || column_name as name from information_schema.columns
    where table_schema = 'keywright' and column_name like '%hash' and data_type <> 'bytea' order by 1`;
  // The first is a password's, a string of its own kind; the second is the journal's.
  expect(columns).toEqual([{ name: "migrations.hash" }, { name: "passwords.hash" }]);
  const indexes = await client`select indexrelid::regclass::text as name from pg_index
    where indrelid::regclass::text like 'keywright.%' and indisunique and not indisprimary and indpred is null`;
  expect(indexes).toEqual([{ name: "keywright.identities_issuer_subject" }]);
});

test("B13: what is written often has room to be written in place", async () => {
  const rows = await client`select relname, reloptions from pg_class
    where relnamespace = 'keywright'::regnamespace and reloptions is not null order by relname`;
  expect(rows.map(({ relname, reloptions }) => [relname, reloptions])).toEqual([
    ["outbox", ["fillfactor=70"]],
    ["sessions", ["fillfactor=90"]],
    ["users", ["fillfactor=90"]],
  ]);
});

describe("B14: the database refuses a row that makes no sense", () => {
  test.each([
    ["a key without its username", "update keywright.users set username = null where username is not null"],
    ["an address without its key", "update keywright.users set email_key = null"],
    ["a session that outlives itself", "update keywright.sessions set expires_at = absolute_expires_at + '1 second'"],
    ["a mail that was sent and waits", "update keywright.outbox set status = 'pending'"],
    ["a mail that waits and was sent at noon", "update keywright.outbox set settled_at = null"],
  ])("%s", async (_what, statement) => {
    await app.addUser();
    await app.signedIn(await app.addUser());
    await app.keywright.deliverMail();
    await expect(client.unsafe(statement)).rejects.toMatchObject({ code: "23514" });
  });

  test("a kind that only a newer version knows is let in", async () => {
    const [row] =
      await client`insert into keywright.audit_events (id, kind, at) values (gen_random_uuid(), 'new', now())
      returning kind`;
    expect(row).toEqual({ kind: "new" });
  });
});

test("B15: unique text is compared by its bytes, whatever the database's locale", async () => {
  const rows = await client`select attrelid::regclass::text || '.' || attname as name from pg_index
    join pg_attribute on attrelid = indrelid and attnum = any(indkey)
    where attrelid::regclass::text like 'keywright.%' and indisunique and atttypid = 'text'::regtype
      and attcollation <> 'pg_catalog."C"'::regcollation`;
  // Made by the migrator for itself, of hex digits alone.
  expect(rows.filter(({ name }) => name !== "keywright.migrations.hash")).toEqual([]);
});

test("B16: the key of the events begins with their moment, so that they can be partitioned by it", async () => {
  const [key] = await client`select pg_get_constraintdef(oid) as definition from pg_constraint
    where conrelid = 'keywright.audit_events'::regclass and contype = 'p'`;
  expect(key).toEqual({ definition: "PRIMARY KEY (at, id)" });
});
