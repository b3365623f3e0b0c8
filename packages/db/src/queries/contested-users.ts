import { and, eq, isNotNull, isNull } from "drizzle-orm";
import type { Database } from "../database.js";
import { users } from "../schema/index.js";

/**
 * Notes that somebody other than whoever registered the account wants to use its address. Does nothing if the address is
 * verified.
 */
export async function contestUser(db: Database, userId: string, now: Date): Promise<void> {
  await db
    .update(users)
    .set({ contestedAt: now })
    .where(and(eq(users.id, userId), isNull(users.emailVerifiedAt), isNull(users.contestedAt)));
}

/** Whether that has been noted. */
export async function isContested(db: Database, userId: string): Promise<boolean> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, userId), isNotNull(users.contestedAt)));
  return rows.length === 1;
}
