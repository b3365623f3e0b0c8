import type { Connection } from "./database.js";
import { isForbidden, isReadOnly } from "./faults.js";
import { inspect, unmigratable, unusable } from "./inspect.js";
import { findState, listPending, type Migration, readMigrations } from "./journal.js";
import { migrationFiles } from "./migrations.js";
import { applyMigrations } from "./migrator.js";

let known: Migration[] | undefined;

/**
 * Creates Keywright's tables or brings them up to date; quick if they already are. Any number of processes may call it
 * at once. Throws an `Error` with advice for a database that cannot be used: in another encoding than UTF8, without a
 * right that is needed, or with the tables of Keywright 0.1.
 */
export async function migrate(connection: Connection): Promise<void> {
  const facts = await inspect(connection);
  const fault = unusable(facts);
  if (fault !== null) throw new Error(fault);
  await applyMigrations(connection, ownMigrations()).catch((error: unknown) => {
    throw isForbidden(error) ? new Error(unmigratable(facts)) : error;
  });
}

/** Whether calls can be served; if not, why. */
export type Readiness = "ready" | "not migrated" | "read-only";

/**
 * Whether the tables exist, every migration of this version has been applied (those of newer versions do no harm), and
 * the database takes writes. Rejects if it does not answer.
 */
export async function findReadiness({ db, link }: Connection): Promise<Readiness> {
  const state = await findState(db, ownMigrations()).catch((error: unknown) => {
    // None of several hosts takes writes.
    if (isReadOnly(error)) return { isApplied: true, isReadOnly: true };
    throw error;
  });
  // The connections may lead to a server that has been replaced.
  if (state.isReadOnly) link?.renew();
  if (!state.isApplied) return "not migrated";
  return state.isReadOnly ? "read-only" : "ready";
}

/** Whether the tables exist and every migration of this version has been applied. Rejects if there is no answer. */
export async function isMigrated({ db }: Connection): Promise<boolean> {
  const { isApplied } = await findState(db, ownMigrations());
  return isApplied;
}

/** The names of this version's migrations that were not applied yet. Rejects if the database does not answer. */
export async function pendingMigrations({ db }: Connection): Promise<string[]> {
  return await listPending(db, ownMigrations());
}

function ownMigrations(): Migration[] {
  known ??= readMigrations(migrationFiles);
  return known;
}
