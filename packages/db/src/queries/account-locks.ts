import { eq, inArray } from "drizzle-orm";
import type { Database } from "../database.js";
import { users } from "../schema/index.js";

/**
 * Locks the account's credential version until the end of the transaction and returns it; null if the account is gone.
 * Waits for a change in progress, and for any other holder of the lock.
 */
export async function holdCredentials(db: Database, userId: string): Promise<number | null> {
  const [row] = await db
    .select({ version: users.credentialVersion })
    .from(users)
    .where(eq(users.id, userId))
    .for("no key update");
  return row?.version ?? null;
}

/** Locks several accounts, in the order of their ids: two that lock the same ones do not wait for each other. */
export async function holdUsers(db: Database, ids: readonly string[]): Promise<void> {
  await db
    .select({ id: users.id })
    .from(users)
    .where(inArray(users.id, [...ids]))
    .orderBy(users.id)
    .for("no key update");
}
