import { eq, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { rateLimits } from "../schema/index.js";

/** What a call is counted under, and how many a window allows. */
export interface CallCount {
  key: string;
  limit: number;
  windowMs: number;
  at: Date;
}

/**
 * Counts one call in one statement, so that concurrent calls cannot pass a limit together. A window that is over begins
 * anew.
 */
export async function countCall(db: Database, call: CallCount): Promise<{ used: number; endsAt: Date }> {
  const [row] = await firstCount(db, call);
  return { used: row?.points ?? 1, endsAt: row?.expire ?? call.at };
}

export async function uncountCall(db: Database, key: string): Promise<void> {
  const points = sql`greatest(${rateLimits.points} - 1, 0)`;
  await db.update(rateLimits).set({ points }).where(eq(rateLimits.key, key));
}

export async function forgetCalls(db: Database, key: string): Promise<void> {
  await db.delete(rateLimits).where(eq(rateLimits.key, key));
}

interface Window {
  now: Date;
  windowMs: number;
}

/** The statement that counts a call; with null it counts nothing. */
export function firstCount(db: Database, call: CallCount | null) {
  const window = { now: call?.at ?? new Date(0), windowMs: call?.windowMs ?? 0 };
  const row = db
    .select(rowOf(sql`${call?.key ?? ""}::text`, window))
    .from(sql`(select 1) as "once"`)
    .where(call === null ? sql`false` : undefined);
  return countOf(db, row.getSQL(), counted(window, null));
}

/** Inserts a first count, or adds to it. */
export function countOf(db: Database, row: SQL, further: ReturnType<typeof counted>) {
  return db.insert(rateLimits).select(row).onConflictDoUpdate(further).returning();
}

/** A first count, in the order of the table's columns, as Drizzle requires. */
export function rowOf(key: SQL, window: Window) {
  const expire = sql<Date>`${sql.param(endOf(window), rateLimits.expire)}::timestamptz`;
  return { key: sql<string>`${key}`.as("key"), points: sql<number>`1`.as("points"), expire: expire.as("expire") };
}

/** A further count. With a limit it stops one above. */
export function counted(window: Window, limit: number | null) {
  const isOver = isOverAt(window.now);
  const end = sql.param(endOf(window), rateLimits.expire);
  const next = sql`${rateLimits.points} + 1`;
  return {
    target: rateLimits.key,
    set: {
      points: sql`case when ${isOver} then 1 else ${limit === null ? next : sql`least(${next}, ${limit + 1})`} end`,
      expire: sql`case when ${isOver} then ${end} else ${rateLimits.expire} end`,
    },
  };
}

/** Whether a row's window has ended. */
export function isOverAt(now: Date): SQL {
  return sql`${rateLimits.expire} <= ${sql.param(now, rateLimits.expire)}`;
}

export function endOf({ now, windowMs }: Window): Date {
  return new Date(now.getTime() + windowMs);
}
