import { and, eq, gt, lte, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Database } from "../database.js";
import { auditEvents, outbox, rateLimits, secrets, sessions } from "../schema/index.js";
import type { Settlement } from "./outbox.js";

// Each removes one batch, of at most `most` rows, the oldest first, and tells how many it was; what somebody else has
// locked is left. Each goes along an index that its order is of: where nothing is over, one page is read.

/**
 * Sessions that ran out before `now`; their refresh tokens go with them. `seen` are those that it has looked at: a
 * session that was used since it was last looked at is looked at again when it would run out as of now.
 */
export async function purgeSessions(
  db: Database,
  { now, most }: { now: Date; most: number },
): Promise<{ removed: number; seen: number }> {
  const due = oldest(sessions.nextCheckAt, { isOver: lte(sessions.nextCheckAt, now), most });
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

/** One-time secrets that ran out before `before`. */
export async function purgeSecrets(db: Database, { before, most }: Batch): Promise<number> {
  return await purge(db, secrets.expiresAt, { isOver: lte(secrets.expiresAt, before), most });
}

/** Mails that were settled in this way before `before`. */
export async function purgeMails(
  db: Database,
  { status, before, most }: Batch & { status: Settlement },
): Promise<number> {
  const isOver = and(eq(outbox.status, status), lte(outbox.settledAt, before));
  return await purge(db, outbox.settledAt, { isOver, most });
}

/** What happened before `before`. */
export async function purgeAuditEvents(db: Database, { before, most }: Batch): Promise<number> {
  return await purge(db, auditEvents.at, { isOver: lte(auditEvents.at, before), most });
}

/** Counts whose window is over. By the machine's clock, which `createCounter`'s library writes them with. */
export async function purgeRateLimits(db: Database, most: number, now = new Date()): Promise<number> {
  return await purge(db, rateLimits.expire, { isOver: lte(rateLimits.expire, now), most });
}

interface Batch {
  before: Date;
  most: number;
}

interface Over {
  isOver: SQL | undefined;
  most: number;
}

async function purge(db: Database, moment: PgColumn, over: Over): Promise<number> {
  const rows = await db.delete(moment.table).where(oldest(moment, over)).returning({ moment });
  return rows.length;
}

/**
 * Those that are over, the oldest first. By their place in the table, which cannot change while they are locked; and as
 * an array, which is made once: the planner may run a subquery behind `in` again for each row, and lock more each time.
 */
export function oldest(moment: PgColumn, { isOver, most }: Over): SQL {
  const { table } = moment;
  return sql`${table}.ctid = any(array(select ${table}.ctid from ${table} where ${isOver} order by ${moment}
    limit ${most} for update skip locked))`;
}
