import { createHash } from "node:crypto";
import { getTableName, type SQL, sql } from "drizzle-orm";
import { text } from "drizzle-orm/pg-core";
import type { Database } from "./database.js";
import { isMissingTable } from "./faults.js";
import type { MigrationFile } from "./migrations.js";
import { keywright, moment } from "./schema/columns.js";
import * as schema from "./schema/index.js";

/** A migration, ready to be applied. */
export interface Migration {
  tag: string;
  /** SHA-256 of the file's text. */
  hash: string;
  statements: string[];
  writtenAt: Date;
}

/**
 * Applied migrations, by hash. An app's own migrations need a separate journal: in a shared one, each project would
 * mistake the other's newest date for its own and skip anything older.
 */
const journal = keywright.table("migrations", {
  hash: text("hash").primaryKey(),
  writtenAt: moment("written_at").notNull(),
});

/** What the files say, in their order. */
export function readMigrations(files: readonly MigrationFile[]): Migration[] {
  return files.map(({ tag, text, when }) => ({
    tag,
    hash: createHash("sha256").update(text).digest("hex"),
    statements: text.split("--> statement-breakpoint").flatMap((statement) => statement.trim() || []),
    writtenAt: new Date(when),
  }));
}

/** Creates the schema and the journal only if missing: a user that owns the schema may not be allowed to create one. */
export async function prepareJournal(db: Database): Promise<void> {
  if (!(await isTrue(db, sql`to_regnamespace('keywright') is not null`)))
    await db.execute(sql`create schema keywright`);
  if (await isTrue(db, sql`to_regclass('keywright.migrations') is not null`)) return;
  await db.execute(sql`create table keywright.migrations (hash text primary key, written_at timestamptz(3) not null)`);
}

/** The hashes of all applied migrations; during an upgrade or a downgrade that includes those of newer versions. */
export async function findApplied(db: Database): Promise<Set<string>> {
  const rows = await db.select({ hash: journal.hash }).from(journal);
  return new Set(rows.map(({ hash }) => hash));
}

export async function noteApplied(db: Database, { hash, writtenAt }: Migration): Promise<void> {
  await db.insert(journal).values({ hash, writtenAt });
}

/** The tags of those that were not applied yet. Rejects if the database does not answer. */
export async function listPending(db: Database, migrations: Migration[]): Promise<string[]> {
  const applied = await findApplied(db).catch((error: unknown) => {
    if (isMissingTable(error)) return new Set<string>();
    throw error;
  });
  return migrations.filter(({ hash }) => !applied.has(hash)).map(({ tag }) => tag);
}

/** Whether all of these were applied and the tables exist, and whether this session can write. */
export async function findState(db: Database, migrations: Migration[]) {
  const rows = await db
    .select({ hash: journal.hash, isReadOnly: sql<boolean>`current_setting('transaction_read_only') = 'on'` })
    .from(journal)
    .where(allTablesExist())
    .catch((error: unknown) => {
      if (isMissingTable(error)) return [];
      throw error;
    });
  const applied = new Set(rows.map(({ hash }) => hash));
  return {
    isApplied: migrations.every(({ hash }) => applied.has(hash)),
    isReadOnly: rows.some((row) => row.isReadOnly),
  };
}

/** Whether all of these were applied and the tables exist. Rejects if the database does not answer. */
export async function areApplied(db: Database, migrations: Migration[]): Promise<boolean> {
  const { isApplied } = await findState(db, migrations);
  return isApplied;
}

/** Whether a condition holds; each driver returns the rows of plain statements in its own shape. */
export async function isTrue(db: Database, condition: SQL): Promise<boolean> {
  const [row] = await db.select({ holds: sql<boolean>`${condition}` }).from(sql`(select 1) as one`);
  return row?.holds === true;
}

function allTablesExist(): SQL {
  const names = Object.values(schema).map((table) => `keywright.${getTableName(table)}`);
  const checks = names.map((name) => sql`to_regclass(${name}) is not null`);
  return sql.join(checks, sql` and `);
}
