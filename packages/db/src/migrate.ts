import type { Connection } from "./database.js";
import { areApplied, listPending, type Migration, readMigrations } from "./journal.js";
import { migrationFiles } from "./migrations.js";
import { applyMigrations } from "./migrator.js";

let known: Migration[] | undefined;

/**
 * Creates Keywright's tables or brings them up to date; quick if they already are. Any number of processes may call it
 * at once. Throws an `Error` with advice for a database that holds the tables of Keywright 0.1.
 */
export async function migrate(connection: Connection): Promise<void> {
  await applyMigrations(connection, ownMigrations());
}

/**
 * Whether the tables exist and every migration of this version has been applied; migrations of newer versions do no
 * harm. Rejects if the database does not answer.
 */
export async function isMigrated({ db }: Connection): Promise<boolean> {
  return await areApplied(db, ownMigrations());
}

/** The names of this version's migrations that were not applied yet. Rejects if the database does not answer. */
export async function pendingMigrations({ db }: Connection): Promise<string[]> {
  return await listPending(db, ownMigrations());
}

function ownMigrations(): Migration[] {
  known ??= readMigrations(migrationFiles);
  return known;
}
