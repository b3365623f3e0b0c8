import { setTimeout as wait } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { Connection, Database } from "./database.js";
import { isDeadlock, isLockTimeout } from "./faults.js";
import { areApplied, findApplied, isTrue, type Migration, noteApplied, prepareJournal } from "./journal.js";

const LOCK = 7_359_824_301; // any number that is always the same
const LOCK_ATTEMPTS = 180; // each up to two seconds and a pause: about ten minutes

const builtConcurrently = /^create (?:unique )?index concurrently (?:if not exists )?"([^"]+)"/i;

/**
 * Applies what is missing, for any number of processes at once: one of them works, and the others wait for it. Calls
 * that are served meanwhile are held up for two seconds at most. Throws a sentence when the tables cannot be made.
 */
export async function applyMigrations(connection: Connection, migrations: Migration[]): Promise<void> {
  if (await areApplied(connection.db, migrations)) return;
  await refuseFormer(connection);
  await underLock(connection, async (db) => {
    await prepareJournal(db);
    const applied = await findApplied(db);
    for (const migration of migrations.filter(({ hash }) => !applied.has(hash))) await apply(db, migration);
  });
  if (await areApplied(connection.db, migrations)) return;
  throw new Error(
    "The schema keywright lacks tables that its migrations have made: restore them from a backup, or drop the schema to begin anew.",
  );
}

/** Version 0.1 kept its tables in `public`. An app's own `public.users` has not our columns and is not meant. */
async function refuseFormer({ db, engine }: Connection): Promise<void> {
  const isFormer = sql`(select count(*) = 2 from pg_attribute where (attrelid, attname) in (
    (to_regclass('public.users')::oid, 'credential_version'), (to_regclass('public.outbox')::oid, 'minted_at')))`;
  if (!(await isTrue(db, isFormer))) return;
  throw new Error(
    engine === "pglite"
      ? "The embedded database was made by Keywright 0.1, which this version takes nothing over from: move its folder away (.keywright/data, unless DATABASE_URL names another) to begin anew."
      : "This database has the tables of Keywright 0.1 in its schema public, which this version takes nothing over from: to begin anew, let DATABASE_URL name a new database, or drop the tables users, passwords, sessions, refresh_tokens, secrets, audit_events, outbox and rate_limits there.",
  );
}

/**
 * The lock belongs to a transaction, since a pooler may give the next statement of a session to another one. It is
 * never waited for in a statement: building an index concurrently waits for all statements, and so for that one.
 */
async function underLock(connection: Connection, work: (db: Database) => Promise<void>): Promise<void> {
  // The embedded database has one process, and one connection.
  if (connection.engine === "pglite") return connection.unhurried(work);
  const workIfFirst = async (tx: Database) => {
    if (!(await isTrue(tx, sql`pg_try_advisory_xact_lock(${LOCK})`))) return false;
    // The last statement, since it keeps no snapshot: an index is not built before the others' older snapshots are gone.
    await tx.execute(sql`set local idle_in_transaction_session_timeout = 0`);
    await connection.unhurried(work);
    return true;
  };
  await connection.unhurried(async (keeper) => {
    while (!(await keeper.transaction(workIfFirst))) await wait(100 + Math.random() * 400);
  });
}

async function apply(db: Database, migration: Migration): Promise<void> {
  if (migration.statements.some((statement) => /\bconcurrently\b/i.test(statement))) {
    return applyConcurrently(db, migration);
  }
  await patiently(() =>
    db.transaction(async (tx) => {
      // Behind whatever waits for a table, all calls that need it wait, too.
      await tx.execute(sql`set local lock_timeout = '2s'`);
      for (const statement of migration.statements) await tx.execute(sql.raw(statement));
      await noteApplied(tx, migration);
    }),
  );
}

/** Not in a transaction, where PostgreSQL refuses it. What an interrupted try has left is looked at first. */
async function applyConcurrently(db: Database, migration: Migration): Promise<void> {
  for (const statement of migration.statements) {
    await patiently(async () => {
      if (!(await isBuilt(db, statement))) await db.execute(sql.raw(statement));
    });
  }
  await noteApplied(db, migration);
}

/** An index whose building was interrupted is kept up to date and never used: it is dropped. */
async function isBuilt(db: Database, statement: string): Promise<boolean> {
  const [, name] = builtConcurrently.exec(statement) ?? [];
  if (name === undefined) return false;
  const index = `keywright."${name}"`;
  const isValid = (valid: boolean) =>
    isTrue(db, sql`exists (select from pg_index where indexrelid = to_regclass(${index}) and indisvalid = ${valid})`);
  if (await isValid(false)) await db.execute(sql.raw(`drop index concurrently ${index}`));
  return isValid(true);
}

/** Tries again, never in step with others, while somebody (a backup, a report) has a table locked. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isLockTimeout(error) && !isDeadlock(error)) throw error;
      if (attempt === LOCK_ATTEMPTS) throw lockedFor();
    }
    await wait(500 + Math.random() * 1_500);
  }
}

function lockedFor(): Error {
  return new Error(
    "A migration has waited ten minutes for a table that another session keeps locked: end that session (a backup, a report), then start again.",
  );
}
