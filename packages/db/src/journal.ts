import { getTableName, type SQL, sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { text } from "drizzle-orm/pg-core";
import type { Database } from "./database.js";
import { isMissingTable } from "./faults.js";
import { keywright, moment } from "./schema/columns.js";
import * as schema from "./schema/index.js";

/** One file of migrations, as drizzle-kit wrote it. */
export interface Migration {
  /** SHA-256 of its text. */
  hash: string;
  statements: string[];
  writtenAt: Date;
}

/**
 * What was applied, told by hash. An app's own migrations have their journal elsewhere: in one journal two projects
 * would each take the other's newest date for their own and skip what is older.
 */
const journal = keywright.table("migrations", {
  hash: text("hash").primaryKey(),
  writtenAt: moment("written_at").notNull(),
});

const read = new Map<string, Migration[]>();

/** The migrations of a folder in their order; the files are read once in a process. */
export function readMigrations(migrationsFolder: string): Migration[] {
  const known = read.get(migrationsFolder);
  if (known) return known;
  const migrations = readMigrationFiles({ migrationsFolder }).map(({ hash, sql, folderMillis }) => ({
    hash,
    statements: sql.map((statement) => statement.trim()).filter((statement) => statement !== ""),
    writtenAt: new Date(folderMillis),
  }));
  read.set(migrationsFolder, migrations);
  return migrations;
}

/** Makes the schema and the journal where they are absent: a user that owns the schema may lack the right to make one. */
export async function prepareJournal(db: Database): Promise<void> {
  if (!(await isTrue(db, sql`to_regnamespace('keywright') is not null`)))
    await db.execute(sql`create schema keywright`);
  if (await isTrue(db, sql`to_regclass('keywright.migrations') is not null`)) return;
  await db.execute(sql`create table keywright.migrations (hash text primary key, written_at timestamptz(3) not null)`);
}

/** The hashes of what was applied; those of newer versions are among them while versions change. */
export async function findApplied(db: Database): Promise<Set<string>> {
  const rows = await db.select({ hash: journal.hash }).from(journal);
  return new Set(rows.map(({ hash }) => hash));
}

export async function noteApplied(db: Database, { hash, writtenAt }: Migration): Promise<void> {
  await db.insert(journal).values({ hash, writtenAt });
}

/** Whether all of these were applied and the tables are there. Rejects when the database does not answer. */
export async function areApplied(db: Database, migrations: Migration[]): Promise<boolean> {
  const rows = await db
    .select({ hash: journal.hash })
    .from(journal)
    .where(allTablesExist())
    .catch((error: unknown) => {
      if (isMissingTable(error)) return [];
      throw error;
    });
  const applied = new Set(rows.map(({ hash }) => hash));
  return migrations.every(({ hash }) => applied.has(hash));
}

/** Whether a condition holds; the drivers give the rows of plain statements in shapes of their own. */
export async function isTrue(db: Database, condition: SQL): Promise<boolean> {
  const [row] = await db.select({ holds: sql<boolean>`${condition}` }).from(sql`(select 1) as one`);
  return row?.holds === true;
}

function allTablesExist(): SQL {
  const names = Object.values(schema).map((table) => `keywright.${getTableName(table)}`);
  const checks = names.map((name) => sql`to_regclass(${name}) is not null`);
  return sql.join(checks, sql` and `);
}
