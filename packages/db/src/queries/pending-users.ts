import { and, asc, eq, isNotNull, isNull, lte, notExists, type SQL, sql } from "drizzle-orm";
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
  const [row] = await db
    .delete(users)
    .where(isPending(db, key, emailKey))
    .returning({ id: users.id });
  return row?.id ?? null;
}

/**
 * Takes everything from such an account that anybody could sign in with, and its names: for one that cannot be removed.
 * Returns its id, or null.
 */
export async function emptyPendingUser(db: Database, key: IdentityKey, emailKey: string): Promise<string | null> {
  const nothing = { email: null, emailKey: null, username: null, usernameKey: null, firstName: "", lastName: "" };
  const [row] = await db
    .update(users)
    .set({ ...nothing, credentialVersion: sql`${users.credentialVersion} + 1` })
    .where(isPending(db, key, emailKey))
    .returning({ id: users.id });
  if (!row) return null;
  await db.delete(identities).where(eq(identities.userId, row.id));
  return row.id;
}

function isPending(db: Database, key: IdentityKey, emailKey: string): SQL | undefined {
  const ownerId = db
    .select({ id: identities.userId })
    .from(identities)
    .where(and(eq(identities.issuer, key.issuer), eq(identities.subject, key.subject)));
  const isOther = sql`${users.emailKey} is distinct from ${emailKey}`;
  return and(eq(users.id, ownerId), isNull(users.emailVerifiedAt), isNull(users.lastLoginAt), isEnabled(), isOther);
}

/** Accounts that never verified their address, oldest first. */
export interface StaleUsers {
  /** Created before this. */
  before: Date;
  /** Only what comes later than this account. */
  after: { id: string; createdAt: Date } | null;
  limit: number;
}

/** Removes them, or the `only` one of them; returns their ids. */
export async function deleteStaleUsers(db: Database, stale: StaleUsers, only?: string): Promise<string[]> {
  const isOver = and(isStale(db, stale), only === undefined ? undefined : eq(users.id, only));
  const rows = await db
    .delete(users)
    .where(oldest(users.createdAt, { isOver, limit: stale.limit }))
    .returning({ id: users.id });
  return rows.map(({ id }) => id);
}

export async function listStaleUsers(db: Database, stale: StaleUsers): Promise<{ id: string; createdAt: Date }[]> {
  return await db
    .select({ id: users.id, createdAt: users.createdAt })
    .from(users)
    .where(isStale(db, stale))
    .orderBy(asc(users.createdAt), asc(users.id))
    .limit(stale.limit);
}

function isStale(db: Database, { before, after }: StaleUsers): SQL | undefined {
  // With an identity it can be signed in to, whatever its address is worth.
  const hasIdentity = db.select({ id: identities.id }).from(identities).where(eq(identities.userId, users.id));
  const isUnverified = and(isNull(users.emailVerifiedAt), isNotNull(users.email), notExists(hasIdentity));
  const isLater =
    after &&
    sql`(${users.createdAt}, ${users.id}) > (${sql.param(after.createdAt, users.createdAt)}, ${after.id}::uuid)`;
  return and(isUnverified, lte(users.createdAt, before), isLater ?? undefined);
}

/** Raises at once what a deferred foreign key would raise at the commit, where no savepoint helps any more. */
export async function checkConstraints(db: Database): Promise<void> {
  await db.execute(sql`set constraints all immediate`);
}
