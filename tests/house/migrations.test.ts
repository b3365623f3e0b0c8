import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { expect, test } from "vitest";
import { readMigrations } from "../../packages/db/src/journal.js";
import { migrationFiles } from "../../packages/db/src/migrations.js";
import { type MigrationFile, unsafeMigrations } from "./migrations.js";

const folder = fileURLToPath(new URL("../../packages/db/migrations", import.meta.url));
const first = { name: "0000_core.sql", sql: 'CREATE TABLE "keywright"."users" ("id" uuid);' };
const found = (...statements: string[]) => {
  return unsafeMigrations([first, { name: "0001.sql", sql: statements.join("--> statement-breakpoint\n") }]);
};

test("B1: no migration of ours locks a table that is in use for longer than a moment", () => {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  const files: MigrationFile[] = names.sort().map((name) => ({ name, sql: readFileSync(join(folder, name), "utf8") }));
  expect(files.length).toBeGreaterThan(0);
  expect(unsafeMigrations(files)).toEqual([]);
});

test.each([
  'CREATE INDEX "i" ON "keywright"."users" USING btree ("email");',
  'CREATE UNIQUE INDEX "i" ON "keywright"."users" USING btree ("email");',
  'DROP INDEX "keywright"."i";',
  'DROP INDEX CONCURRENTLY "keywright"."i";',
  'ALTER TABLE "keywright"."users" ADD CONSTRAINT "c" CHECK ("a" > 0);',
  'ALTER TABLE "keywright"."users" ADD CONSTRAINT "c" UNIQUE("a");',
  'ALTER TABLE "keywright"."users" ADD CONSTRAINT "c" UNIQUE("a") NOT VALID;',
  'ALTER TABLE "keywright"."users" ADD CONSTRAINT "c" FOREIGN KEY ("a") REFERENCES "keywright"."b"("id");',
  'ALTER TABLE "keywright"."users" ALTER COLUMN "a" SET DATA TYPE bigint;',
  'ALTER TABLE "keywright"."users" ALTER COLUMN "a" TYPE bigint;',
  'ALTER TABLE "keywright"."users" ALTER COLUMN "a" SET NOT NULL;',
  'ALTER TABLE "keywright"."users" ADD PRIMARY KEY ("a");',
  'ALTER TABLE "keywright"."users" ADD COLUMN "a" uuid DEFAULT gen_random_uuid();',
  'ALTER TABLE "keywright"."users" ADD COLUMN "a" timestamp (3) with time zone DEFAULT now() NOT NULL;',
  'ALTER TABLE "keywright"."users" ADD COLUMN "a" text NOT NULL;',
  'ALTER TABLE "keywright"."users" ADD COLUMN "a" text UNIQUE;',
  'ALTER TABLE "keywright"."users" ADD COLUMN "a" serial;',
  'ALTER TABLE "keywright"."users" ADD COLUMN "a" uuid REFERENCES "keywright"."b"("id");',
  'ALTER TABLE "keywright"."users" DROP COLUMN "email";',
  'ALTER TABLE "keywright"."users" RENAME COLUMN "email" TO "mail";',
  'DROP TABLE "keywright"."users";',
  'CREATE TABLE "users" ("id" uuid);',
  'CREATE TABLE "public"."users" ("id" uuid);',
  'UPDATE "keywright"."users" SET "email" = null;',
  'LOCK TABLE "keywright"."users";',
  "VACUUM FULL;",
])("B1: a migration with this is refused: %s", (statement) => {
  expect(found(statement)).toEqual([`0001.sql: ${statement.replace(/;$/, "")}`]);
});

test("B1: what is safe alone is refused where it shares a transaction with a lock, or cannot be in one", () => {
  const index = 'CREATE INDEX CONCURRENTLY "i" ON "keywright"."users" USING btree ("email");';
  const validate = 'ALTER TABLE "keywright"."users" VALIDATE CONSTRAINT "c";';
  const add = 'ALTER TABLE "keywright"."users" ADD CONSTRAINT "c" CHECK ("a" > 0) NOT VALID;';
  expect(found(index, add)).toHaveLength(1);
  expect(found(add, validate)).toHaveLength(1);
  expect(found(`${add}\nUPDATE "keywright"."users" SET "a" = 1;`)).toHaveLength(1);
});

test.each([
  ['CREATE INDEX CONCURRENTLY "i" ON "keywright"."users" USING btree ("email");'],
  ['DROP INDEX CONCURRENTLY IF EXISTS "keywright"."i";'],
  ['ALTER TABLE "keywright"."users" ADD CONSTRAINT "c" CHECK ("a" > 0) NOT VALID;'],
  ['ALTER TABLE "keywright"."users" VALIDATE CONSTRAINT "c";'],
  ['ALTER TABLE "keywright"."users" ADD COLUMN "a" text;'],
  ['ALTER TABLE "keywright"."users" ADD COLUMN "a" text collate "C";'],
  ['ALTER TABLE "keywright"."users" ADD COLUMN "a" timestamp (3) with time zone;'],
  [`ALTER TABLE "keywright"."users" ADD COLUMN "a" jsonb DEFAULT '{}'::jsonb NOT NULL;`],
  ['ALTER TABLE "keywright"."users" ADD COLUMN "a" boolean DEFAULT false NOT NULL;'],
  ['ALTER TABLE "keywright"."users" ALTER COLUMN "a" DROP NOT NULL;'],
  [
    'CREATE TABLE "keywright"."b" (\n\t"id" uuid PRIMARY KEY NOT NULL\n);\n',
    'ALTER TABLE "keywright"."b" ADD CONSTRAINT "f" FOREIGN KEY ("id") REFERENCES "keywright"."users"("id");',
    'CREATE INDEX "i" ON "keywright"."b" USING btree ("id");',
    'ALTER TABLE "keywright"."b" SET (fillfactor = 70);',
  ],
])("a migration that holds nobody up is let through: %s", (...statements) => {
  expect(found(...statements)).toEqual([]);
});

test("H3: the migrations that are bundled are the files, to the letter, as drizzle reads them", () => {
  const read = readMigrationFiles({ migrationsFolder: folder }).map(({ sql, hash, folderMillis }) => ({
    hash,
    statements: sql.map((statement) => statement.trim()),
    writtenAt: new Date(folderMillis),
  }));
  expect(readMigrations(migrationFiles).map(({ tag: _tag, ...migration }) => migration)).toEqual(read);
});
