import { setTimeout as wait } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { Connection, Database } from "./database.js";
import { isLockTimeout, isRepeatable } from "./faults.js";
import { areApplied, findApplied, isTrue, type Migration, noteApplied, prepareJournal } from "./journal.js";

const LOCK = 7_359_824_301; // arbitrary, but must never change
const LOCK_ATTEMPTS = 180; // up to two seconds each, plus a pause: about ten minutes

const builtConcurrently = /^create (?:unique )?index concurrently (?:if not exists )?"([^"]+)"/i;

/**
 * Applies what is missing. Any number of processes may call it at once: one does the work, the others wait. Calls
 * served meanwhile are delayed by two seconds at most. Throws an `Error` with advice if the tables cannot be created.
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
    "The schema keywright lacks tables that its migrations created: restore them from a backup, or drop the schema to start over.",
  );
}

/**
 * Version 0.1 kept its tables in `public`. An app's own `public.users` lacks our columns and is not mistaken for ours.
 */
async function refuseFormer({ db, engine }: Connection): Promise<void> {
  const isFormer = sql`(select count(*) = 2 from pg_attribute where (attrelid, attname) in (
    (to_regclass('public.users')::oid, 'credential_version'), (to_regclass('public.outbox')::oid, 'minted_at')))`;
  if (!(await isTrue(db, isFormer))) return;
  throw new Error(
    engine === "pglite"
      ? "The embedded database was created by Keywright 0.1, and this version cannot import it: move its folder away (.keywright/data, unless DATABASE_URL names another) to start over."
      : "This database has the tables of Keywright 0.1 in its schema public, and this version cannot import them: to start over, point DATABASE_URL at a new database, or drop the tables users, passwords, sessions, refresh_tokens, secrets, audit_events, outbox and rate_limits there.",
  );
}

/**
 * The lock belongs to a transaction, since a pooler may run the next statement of a session on another connection. No
 * statement ever waits for it: `create index concurrently` waits for all running statements, and so would wait for that
 * one.
 */
async function underLock(connection: Connection, work: (db: Database) => Promise<void>): Promise<void> {
  // The embedded database is open in one process, on one connection.
  if (connection.engine === "pglite") return connection.unhurried(work);
  const workIfFirst = async (tx: Database) => {
    if (!(await isTrue(tx, sql`pg_try_advisory_xact_lock(${LOCK})`))) return false;
    // Must be the last statement, because it keeps no snapshot: an index build waits for all older snapshots to go.
    await tx.execute(sql`set local idle_in_transaction_session_timeout = 0`);
    await connection.unhurried(work);
    return true;
  };
  await connection.unhurried(async (keeper) => {
    const isDone = () => keeper.transaction(workIfFirst).catch(notYet);
    while (!(await isDone())) await wait(100 + Math.random() * 400);
  });
}

function notYet(error: unknown): false {
  if (isRepeatable(error)) return false;
  throw error;
}

async function apply(db: Database, migration: Migration): Promise<void> {
  if (migration.statements.some((statement) => /\bconcurrently\b/i.test(statement))) {
    return applyConcurrently(db, migration);
  }
  await patiently(() =>
    db.transaction(async (tx) => {
      // While this waits for a table, every call that needs the table queues behind it.
      await tx.execute(sql`set local lock_timeout = '2s'`);
      for (const statement of migration.statements) await tx.execute(sql.raw(statement));
      await noteApplied(tx, migration);
    }),
  );
}

/** Not in a transaction, where PostgreSQL refuses it. First checks what an interrupted attempt left behind. */
async function applyConcurrently(db: Database, migration: Migration): Promise<void> {
  for (const statement of migration.statements) {
    await patiently(async () => {
      if (!(await isBuilt(db, statement))) await db.execute(sql.raw(statement));
    });
  }
  await noteApplied(db, migration);
}

/** An index whose build was interrupted is maintained but never used, so it is dropped. */
async function isBuilt(db: Database, statement: string): Promise<boolean> {
  const [, name] = builtConcurrently.exec(statement) ?? [];
  if (name === undefined) return false;
  const index = `keywright."${name}"`;
  const isValid = (valid: boolean) =>
    isTrue(db, sql`exists (select from pg_index where indexrelid = to_regclass(${index}) and indisvalid = ${valid})`);
  if (await isValid(false)) await db.execute(sql.raw(`drop index concurrently ${index}`));
  return isValid(true);
}

/** Retries, at random intervals, while another session (a backup, a report) holds a lock on a table. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isLockTimeout(error) && !isRepeatable(error)) throw error;
      if (attempt === LOCK_ATTEMPTS) throw lockedFor();
    }
    await wait(500 + Math.random() * 1_500);
  }
}

function lockedFor(): Error {
  return new Error(
    "A migration has waited ten minutes for a table that another session has locked: end that session (a backup, a report), then start again.",
  );
}
