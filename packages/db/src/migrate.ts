import { fileURLToPath } from "node:url";
import type { Connection } from "./database.js";
import { areApplied, readMigrations } from "./journal.js";
import { applyMigrations } from "./migrator.js";

const MIGRATIONS = fileURLToPath(new URL("../migrations", import.meta.url));

/**
 * Creates Keywright's tables or brings them up to date; quick if they already are. Any number of processes may call it
 * at once. Throws an `Error` with advice for a database that holds the tables of Keywright 0.1.
 */
export async function migrate(connection: Connection): Promise<void> {
  await applyMigrations(connection, readMigrations(MIGRATIONS));
}

/**
 * Whether the tables exist and every migration of this version has been applied; migrations of newer versions do no
 * harm. Rejects if the database does not answer.
 */
export async function isMigrated({ db }: Connection): Promise<boolean> {
  return await areApplied(db, readMigrations(MIGRATIONS));
}
