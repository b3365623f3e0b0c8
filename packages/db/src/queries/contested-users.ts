import { and, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { users } from "../schema/index.js";
import { isEnabled, type UserRow, userColumns } from "./users.js";

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

export interface ClaimedNames {
  username: string | null;
  usernameKey: string | null;
  firstName: string;
  lastName: string;
}

/**
 * Marks an unverified address as verified, gives the account other names, empties the app's fields, and raises the
 * credential version. A username that is taken violates `users_username_key`. Null if no account has the address, or it was already verified: of two callers at once,
 * one gets the account.
 */
export async function claimUnverifiedUser(
  db: Database,
  { emailKey, ...names }: ClaimedNames & { emailKey: string },
  now: Date,
): Promise<UserRow | null> {
  const [row] = await db
    .update(users)
    .set({
      emailVerifiedAt: now,
      ...names,
      profile: {},
      archivedAt: null,
      credentialVersion: sql`${users.credentialVersion} + 1`,
    })
    .where(and(eq(users.emailKey, emailKey), isNull(users.emailVerifiedAt), isEnabled()))
    .returning(userColumns);
  return row ?? null;
}
