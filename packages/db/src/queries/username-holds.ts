import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { usernameHolds, users } from "../schema/index.js";

/**
 * Until the end of the transaction, others who want the same username wait. Take it before any row is locked: whether a
 * username is free is then seen by a later statement.
 */
export async function lockUsername(db: Database, usernameKey: string): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`username ${usernameKey}`}, 0))`);
}

/**
 * Keeps a username from everybody but the account that has the address, unless that account has this username. One
 * statement, whether or not there is such an account.
 */
export async function holdUsername(
  db: Database,
  { usernameKey, emailKey, now }: { usernameKey: string; emailKey: string; now: Date },
): Promise<void> {
  const held = db
    .select({
      usernameKey: sql<string>`${usernameKey}::text`.as("username_key"),
      userId: users.id,
      createdAt: sql<Date>`${sql.param(now, usernameHolds.createdAt)}::timestamptz`.as("created_at"),
    })
    .from(users)
    .where(and(eq(users.emailKey, emailKey), sql`${users.usernameKey} is distinct from ${usernameKey}`));
  await db.insert(usernameHolds).select(held).onConflictDoNothing();
}
