import { and, eq, isNotNull, isNull, lte, notExists, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { identities, users } from "../schema/index.js";
import type { IdentityKey } from "./identities.js";
import { oldest } from "./purge.js";
import { isEnabled } from "./users.js";

/**
 * Removes the account of an identity if nobody has ever signed in to it, since its address was never verified, and that
 * address is not `emailKey`. Returns its id, or null.
 */
export async function deletePendingUser(db: Database, key: IdentityKey, emailKey: string): Promise<string | null> {
  const ownerId = db
    .select({ id: identities.userId })
    .from(identities)
    .where(and(eq(identities.issuer, key.issuer), eq(identities.subject, key.subject)));
  const isOther = sql`${users.emailKey} is distinct from ${emailKey}`;
  const [row] = await db
    .delete(users)
    .where(and(eq(users.id, ownerId), isNull(users.emailVerifiedAt), isNull(users.lastLoginAt), isEnabled(), isOther))
    .returning({ id: users.id });
  return row?.id ?? null;
}

/** Removes up to `limit` accounts created before `before` that never verified their address; returns their ids. */
export async function deleteUnverifiedUsers(
  db: Database,
  { before, limit }: { before: Date; limit: number },
): Promise<string[]> {
  // With an identity it can be signed in to, whatever its address is worth.
  const hasIdentity = db.select({ id: identities.id }).from(identities).where(eq(identities.userId, users.id));
  const isUnverified = and(isNull(users.emailVerifiedAt), isNotNull(users.email), notExists(hasIdentity));
  const isStale = and(isUnverified, lte(users.createdAt, before));
  const rows = await db
    .delete(users)
    .where(oldest(users.createdAt, { isOver: isStale, limit }))
    .returning({ id: users.id });
  return rows.map(({ id }) => id);
}
