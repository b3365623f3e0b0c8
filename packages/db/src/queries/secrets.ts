import { and, eq } from "drizzle-orm";
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

/** Stores a new secret; the user's older ones of the same purpose are void. Must run in a transaction. */
export async function replaceSecret(db: Database, row: SecretRow): Promise<void> {
  await db.delete(secrets).where(and(eq(secrets.userId, row.userId), eq(secrets.purpose, row.purpose)));
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

export async function voidSecrets(db: Database, userId: string): Promise<void> {
  await db.delete(secrets).where(eq(secrets.userId, userId));
}
