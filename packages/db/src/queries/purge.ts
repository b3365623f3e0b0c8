import { and, eq, gt, lte, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Database } from "../database.js";
import { auditEvents, outbox, rateLimits, secrets, sessions, usernameHolds } from "../schema/index.js";
import type { Settlement } from "./outbox.js";

// Each removes one batch of at most `limit` rows, oldest first, skips rows that are locked, and returns how many it
// removed. Each follows an index with the same order: if nothing has expired, it reads one page.

/**
 * Sessions that expired before `now`, with their refresh tokens. `seen` is how many it examined: a session that was
 * used since it was last examined is examined again when it would expire as of now.
 */
export async function purgeSessions(
  db: Database,
  { now, limit }: { now: Date; limit: number },
): Promise<{ removed: number; seen: number }> {
  const due = oldest(sessions.nextCheckAt, { isOver: lte(sessions.nextCheckAt, now), limit });
  const alive = await db
    .update(sessions)
    .set({ nextCheckAt: sql`${sessions.expiresAt}` })
    .where(and(due, gt(sessions.expiresAt, now)))
    .returning({ id: sessions.id });
  const over = await db
    .delete(sessions)
    .where(and(due, lte(sessions.expiresAt, now)))
    .returning({ id: sessions.id });
  return { removed: over.length, seen: over.length + alive.length };
}

/** One-time secrets that expired before `before`. */
export async function purgeSecrets(db: Database, { before, limit }: Batch): Promise<number> {
  return await purge(db, secrets.expiresAt, { isOver: lte(secrets.expiresAt, before), limit });
}

/** Usernames that have been held since before `before`. */
export async function purgeUsernameHolds(db: Database, { before, limit }: Batch): Promise<number> {
  return await purge(db, usernameHolds.createdAt, { isOver: lte(usernameHolds.createdAt, before), limit });
}

/** Mails that were settled with this status before `before`. */
export async function purgeMails(
  db: Database,
  { status, before, limit }: Batch & { status: Settlement },
): Promise<number> {
  const isOver = and(eq(outbox.status, status), lte(outbox.settledAt, before));
  return await purge(db, outbox.settledAt, { isOver, limit });
}

/** Audit events from before `before`. */
export async function purgeAuditEvents(db: Database, { before, limit }: Batch): Promise<number> {
  return await purge(db, auditEvents.at, { isOver: lte(auditEvents.at, before), limit });
}

/** Counters whose window has ended, by the machine's clock, as `createCounter` counts. */
export async function purgeRateLimits(db: Database, limit: number, now = new Date()): Promise<number> {
  return await purge(db, rateLimits.expire, { isOver: lte(rateLimits.expire, now), limit });
}

interface Batch {
  before: Date;
  limit: number;
}

interface Over {
  isOver: SQL | undefined;
  limit: number;
}

async function purge(db: Database, moment: PgColumn, over: Over): Promise<number> {
  const rows = await db.delete(moment.table).where(oldest(moment, over)).returning({ moment });
  return rows.length;
}

/**
 * The oldest expired rows. Selected by `ctid`, which cannot change while they are locked; and as an array, which is
 * computed once: the planner may run a subquery after `in` again for each row, and lock more each time.
 */
export function oldest(moment: PgColumn, { isOver, limit }: Over): SQL {
  const { table } = moment;
  return sql`${table}.ctid = any(array(select ${table}.ctid from ${table} where ${isOver} order by ${moment}
    limit ${limit} for update skip locked))`;
}
