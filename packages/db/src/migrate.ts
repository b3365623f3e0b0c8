import { fileURLToPath } from "node:url";
import type { Connection } from "./database.js";
import { areApplied, readMigrations } from "./journal.js";
import { applyMigrations } from "./migrator.js";

const MIGRATIONS = fileURLToPath(new URL("../migrations", import.meta.url));

/**
 * Makes Keywright's tables, or brings them up to date; quick when they are. Any number of processes may call it at
 * once. Throws a sentence for a database that holds the tables of Keywright 0.1.
 */
export async function migrate(connection: Connection): Promise<void> {
  await applyMigrations(connection, readMigrations(MIGRATIONS));
}

/**
 * Whether the tables are there and every migration of this version has been applied; those of newer versions do no
 * harm. Rejects when the database does not answer.
 */
export async function isMigrated({ db }: Connection): Promise<boolean> {
  return await areApplied(db, readMigrations(MIGRATIONS));
}
