import { eq, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { rateLimits } from "../schema/index.js";

/** Counts one call in one statement, so that concurrent calls cannot pass a limit together. A window that is over begins anew. */
export async function countCall(
  db: Database,
  { key, windowMs }: { key: string; windowMs: number },
  now: Date,
): Promise<{ used: number; endsAt: Date }> {
  const endsAt = new Date(now.getTime() + windowMs);
  const isOver = sql`${rateLimits.expire} <= ${sql.param(now, rateLimits.expire)}`;
  const set = {
    points: sql`case when ${isOver} then 1 else ${rateLimits.points} + 1 end`,
    expire: sql`case when ${isOver} then ${sql.param(endsAt, rateLimits.expire)} else ${rateLimits.expire} end`,
  };
  const values = { key, points: 1, expire: endsAt };
  const [row] = await db
    .insert(rateLimits)
    .values(values)
    .onConflictDoUpdate({ target: rateLimits.key, set })
    .returning();
  return { used: row?.points ?? 1, endsAt: row?.expire ?? endsAt };
}

export async function forgetCalls(db: Database, key: string): Promise<void> {
  await db.delete(rateLimits).where(eq(rateLimits.key, key));
}
