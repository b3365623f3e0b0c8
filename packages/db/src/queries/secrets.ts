import { and, eq, gt, gte, ne, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { secrets } from "../schema/index.js";

export interface SecretRow {
  hash: string;
  purpose: string;
  userId: string;
  email: string;
  payload: string | null;
  createdAt: Date;
  expiresAt: Date;
}

/**
 * Stores a new secret; the user's older ones of the same purpose are void. False, and nothing stored, when there is a
 * newer one already. Must run in a transaction.
 */
export async function replaceSecret(db: Database, row: SecretRow): Promise<boolean> {
  const ofSameUse = and(eq(secrets.userId, row.userId), eq(secrets.purpose, row.purpose));
  // Of two at once neither sees the other's row. Not the user's row: whoever uses a secret up locks that one after it.
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${row.purpose} ${row.userId}`}, 0))`);
  const newer = db.select({ hash: secrets.hash }).from(secrets);
  if ((await newer.where(and(ofSameUse, gt(secrets.createdAt, row.createdAt))).limit(1)).length > 0) return false;
  await db.delete(secrets).where(ofSameUse);
  await db.insert(secrets).values(row);
  return true;
}

/** Stores a new secret beside the user's others of the same purpose. */
export async function addSecret(db: Database, row: SecretRow): Promise<void> {
  await db.insert(secrets).values(row);
}

/** One statement, so that of two racing requests one wins. Expired ones are returned: the caller tells them apart. */
export async function consumeSecret(db: Database, purpose: string, hash: string): Promise<SecretRow | null> {
  const [row] = await db
    .delete(secrets)
    .where(and(eq(secrets.hash, hash), eq(secrets.purpose, purpose)))
    .returning();
  return row ?? null;
}

/** Looks at a secret without using it up. */
export async function findSecret(db: Database, hash: string): Promise<SecretRow | null> {
  const [row] = await db.select().from(secrets).where(eq(secrets.hash, hash)).limit(1);
  return row ?? null;
}

/** Gives a secret that could not be delivered yet its full life again; false when it was used or voided meanwhile. */
export async function prolongSecret(db: Database, hash: string, expiresAt: Date): Promise<boolean> {
  const rows = await db
    .update(secrets)
    .set({ expiresAt })
    .where(eq(secrets.hash, hash))
    .returning({ hash: secrets.hash });
  return rows.length === 1;
}

/** Voids a user's secrets, but for those of the purpose `except`. */
export async function voidSecrets(db: Database, userId: string, except: string): Promise<void> {
  await db.delete(secrets).where(and(eq(secrets.userId, userId), ne(secrets.purpose, except)));
}

/** Voids a user's secrets of one purpose that are not older than `since`. */
export async function voidSecretsSince(
  db: Database,
  { userId, purpose, since }: { userId: string; purpose: string; since: Date },
): Promise<void> {
  const isOne = and(eq(secrets.userId, userId), eq(secrets.purpose, purpose), gte(secrets.createdAt, since));
  await db.delete(secrets).where(isOne);
}
