import { fileURLToPath } from "node:url";
import { desc, sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { bigint, pgSchema, text } from "drizzle-orm/pg-core";
import type { Connection, Database } from "./database.js";
import { isMissingTable } from "./faults.js";

const MIGRATIONS = fileURLToPath(new URL("../migrations", import.meta.url));
const LOCK = 7_359_824_301; // any number that is always the same

/** The table in which Drizzle's own tools note what was applied. */
const applied = pgSchema("drizzle").table("__drizzle_migrations", {
  hash: text("hash").notNull(),
  createdAt: bigint("created_at", { mode: "number" }),
});

/**
 * Brings the tables up to date; quick when they are. Any number of processes may call it at once. Drizzle's own
 * migrator takes no lock, and of four on an empty database three fail.
 */
export async function migrate(connection: Connection): Promise<void> {
  if (await isMigrated(connection)) return;
  await connection.unhurried((db) =>
    db.transaction(async (tx) => {
      // Held to the end of the transaction, not of the session: a pooler may give the next statement another session.
      await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`);
      await tx.execute(sql`create schema if not exists drizzle`);
      await tx.execute(
        sql`create table if not exists ${applied} (id serial primary key, hash text not null, created_at bigint)`,
      );
      await applyAfter(tx, await newestApplied(tx));
    }),
  );
}

/** Whether every migration of this version has been applied. Rejects when the database does not answer. */
export async function isMigrated({ db }: Connection): Promise<boolean> {
  const newest = await newestApplied(db).catch((error: unknown) => {
    if (isMissingTable(error)) return null;
    throw error;
  });
  return newest !== null && migrations().every(({ folderMillis }) => folderMillis <= newest);
}

async function newestApplied(db: Database): Promise<number | null> {
  const [row] = await db
    .select({ createdAt: applied.createdAt })
    .from(applied)
    .orderBy(desc(applied.createdAt))
    .limit(1);
  return row?.createdAt ?? null;
}

async function applyAfter(db: Database, newest: number | null): Promise<void> {
  const pending = migrations().filter(({ folderMillis }) => newest === null || folderMillis > newest);
  for (const migration of pending) {
    for (const statement of migration.sql) await db.execute(sql.raw(statement));
    await db.insert(applied).values({ hash: migration.hash, createdAt: migration.folderMillis });
  }
}

function migrations() {
  return readMigrationFiles({ migrationsFolder: MIGRATIONS });
}
