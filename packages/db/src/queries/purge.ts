import { and, inArray, lte, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Database } from "../database.js";
import { auditEvents, outbox, rateLimits, secrets, sessions } from "../schema/index.js";
import type { Settlement } from "./outbox.js";

// Each removes one batch, of at most `most` rows, and tells how many it was; what somebody else has locked is left.

/** Sessions that ran out before `before`; their refresh tokens go with them. */
export async function purgeSessions(db: Database, { before, most }: { before: Date; most: number }): Promise<number> {
  return await purge(db, { key: sessions.id, isOver: lte(sessions.expiresAt, before), most });
}

/** One-time secrets that ran out before `before`. */
export async function purgeSecrets(db: Database, { before, most }: { before: Date; most: number }): Promise<number> {
  return await purge(db, { key: secrets.hash, isOver: lte(secrets.expiresAt, before), most });
}

/** Mails that were settled in one of these ways before `before`. */
export async function purgeMails(
  db: Database,
  { status, before, most }: { status: Settlement[]; before: Date; most: number },
): Promise<number> {
  // A mail is settled after it was due: the index on that finds the old ones among all that were sent lately.
  const wasDue = lte(outbox.nextAttemptAt, before);
  const isOver = and(inArray(outbox.status, status), wasDue, lte(outbox.settledAt, before));
  return await purge(db, { key: outbox.id, isOver, most });
}

/** What happened before `before`. */
export async function purgeAuditEvents(
  db: Database,
  { before, most }: { before: Date; most: number },
): Promise<number> {
  return await purge(db, { key: auditEvents.id, isOver: lte(auditEvents.at, before), most });
}

/** Counts whose window is over. By the machine's clock, which `createCounter`'s library writes them with. */
export async function purgeRateLimits(db: Database, most: number, now = new Date()): Promise<number> {
  return await purge(db, { key: rateLimits.key, isOver: lte(rateLimits.expire, now), most });
}

async function purge(
  db: Database,
  { key, isOver, most }: { key: PgColumn; isOver: SQL | undefined; most: number },
): Promise<number> {
  const over = db.select({ key }).from(key.table).where(isOver).limit(most).for("update", { skipLocked: true });
  // An array is made once; the planner may run a subquery behind `in` again for each row, and lock more each time.
  const rows = await db.delete(key.table).where(sql`${key} = any(array${over})`).returning({ key });
  return rows.length;
}
