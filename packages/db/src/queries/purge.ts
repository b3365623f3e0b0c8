import { and, eq, gt, lte, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Database } from "../database.js";
import { auditEvents, outbox, rateLimits, secrets, sessions, usernameHolds } from "../schema/index.js";
import type { Settlement } from "./outbox.js";

// Each removes one batch of at most `limit` rows, oldest first, and skips rows that are locked. Each follows an index
// with the same order: if nothing has expired, it reads one page.

/** One of several batches. */
export interface Batch {
  limit: number;
  /**
   * Where the batch before it began. Until the next vacuum, the index still contains what has been removed, and after
   * millions of rows these are more pages than all the rest. From the beginning of the last batch rather than its end:
   * whoever first comes across a removed row marks it in the index, which is quick while its page is in memory.
   */
  from?: Date | null;
}

export interface Purged {
  removed: number;
  /** How many were examined. */
  seen: number;
  /** The moment of the first row that was removed: where the next batch begins. */
  first?: Date | null;
}

/**
 * Sessions that expired before `now`, with their refresh tokens. A session that was used since it was last examined is
 * examined again when it would expire as of now.
 */
export async function purgeSessions(db: Database, { now, ...batch }: Batch & { now: Date }): Promise<Purged> {
  const due = oldest(sessions.nextCheckAt, { isOver: isUntil(sessions.nextCheckAt, now), ...batch });
  const alive = await db
    .update(sessions)
    .set({ nextCheckAt: sql`${sessions.expiresAt}` })
    .where(and(due, gt(sessions.expiresAt, now)))
    .returning({ id: sessions.id });
  const over = await db
    .delete(sessions)
    .where(and(due, lte(sessions.expiresAt, now)))
    .returning({ moment: sessions.nextCheckAt });
  return { removed: over.length, seen: over.length + alive.length, first: firstOf(over, batch) };
}

/** One-time secrets that expired before `before`. */
export async function purgeSecrets(db: Database, { before, ...batch }: Before): Promise<Purged> {
  return await purge(db, secrets.expiresAt, { isOver: isUntil(secrets.expiresAt, before), ...batch });
}

/** Usernames that have been held since before `before`. */
export async function purgeUsernameHolds(db: Database, { before, ...batch }: Before): Promise<Purged> {
  return await purge(db, usernameHolds.createdAt, { isOver: isUntil(usernameHolds.createdAt, before), ...batch });
}

/** Mails that were settled with this status before `before`. */
export async function purgeMails(
  db: Database,
  { status, before, ...batch }: Before & { status: Settlement },
): Promise<Purged> {
  const isOver = and(eq(outbox.status, status), isUntil(outbox.settledAt, before));
  return await purge(db, outbox.settledAt, { isOver, ...batch });
}

/** Audit events from before `before`. */
export async function purgeAuditEvents(db: Database, { before, ...batch }: Before): Promise<Purged> {
  return await purge(db, auditEvents.at, { isOver: isUntil(auditEvents.at, before), ...batch });
}

/** Counters whose window has ended, by the machine's clock, as `createCounter` counts. */
export async function purgeRateLimits(db: Database, batch: Batch, now = new Date()): Promise<Purged> {
  return await purge(db, rateLimits.expire, { isOver: isUntil(rateLimits.expire, now), ...batch });
}

type Before = Batch & { before: Date };

interface Over extends Batch {
  isOver: SQL | undefined;
}

/** Removes the rows that are over. */
export async function purge(db: Database, moment: PgColumn, over: Over): Promise<Purged> {
  const rows = await db.delete(moment.table).where(oldest(moment, over)).returning({ moment });
  return { removed: rows.length, seen: rows.length, first: firstOf(rows, over) };
}

/** `returning` has no order. */
function firstOf(rows: { moment: unknown }[], { from = null }: Batch): Date | null {
  const times = rows.flatMap(({ moment }) => (moment instanceof Date ? moment.getTime() : []));
  return times.length === 0 ? from : new Date(Math.min(...times));
}

export function isUntil(moment: PgColumn, end: Date): SQL {
  return sql`${moment} <= ${unplanned(end, moment)}`;
}

/**
 * A moment that the planner does not see: near the beginning of an index it would look for the first row that is left,
 * each time, among all those that have been removed.
 */
function unplanned(at: Date, moment: PgColumn): SQL {
  return sql`(select ${sql.param(at, moment)}::timestamptz)`;
}

/**
 * The oldest expired rows. Selected by `ctid`, which cannot change while they are locked; and as an array, which is
 * computed once: the planner may run a subquery after `in` again for each row, and lock more each time.
 */
export function oldest(moment: PgColumn, { isOver, limit, from = null }: Over): SQL {
  const { table } = moment;
  const isLater = from === null ? undefined : sql`${moment} >= ${unplanned(from, moment)}`;
  return sql`${table}.ctid = any(array(select ${table}.ctid from ${table} where ${and(isOver, isLater)} order by ${moment}
    limit ${limit} for update skip locked))`;
}
