import { and, eq, gt, gte, inArray, notInArray, or, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { secrets, users } from "../schema/index.js";

export interface SecretRow {
  hash: string;
  purpose: string;
  userId: string;
  email: string;
  payload: string | null;
  /** That of the mail that it is sent with. */
  sequence: number;
  createdAt: Date;
  expiresAt: Date;
}

/**
 * Stores a new secret and voids the user's older ones of the same purpose, or with `perMailbox` only those sent to the
 * same address. Returns false and stores nothing if there is one of a mail that was queued later. Must run in a transaction.
 */
export async function replaceSecret(
  db: Database,
  row: SecretRow,
  { perMailbox }: { perMailbox: boolean },
): Promise<boolean> {
  const sameMailbox = perMailbox ? eq(secrets.email, row.email) : undefined;
  const ofSameUse = and(eq(secrets.userId, row.userId), eq(secrets.purpose, row.purpose), sameMailbox);
  // Two transactions at once do not see each other's row. Not a lock on the user's row: whoever consumes a secret locks
  // that row after it.
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${row.purpose} ${row.userId}`}, 0))`);
  const newer = db.select({ hash: secrets.hash }).from(secrets);
  if ((await newer.where(and(ofSameUse, gt(secrets.sequence, row.sequence))).limit(1)).length > 0) return false;
  await db.delete(secrets).where(ofSameUse);
  await db.insert(secrets).values(row);
  return true;
}

/**
 * One statement, so that of two racing requests one wins. Expired secrets are returned, too: the caller tells them
 * apart. The account is locked before the secret, in the same order as every credential change, to avoid a deadlock;
 * and with it, by id, the account that has the secret's address, since it may lose that address.
 */
export async function consumeSecret(db: Database, purpose: string, hash: string): Promise<SecretRow | null> {
  const isIt = and(eq(secrets.hash, hash), eq(secrets.purpose, purpose));
  const userId = db.select({ id: secrets.userId }).from(secrets).where(isIt);
  const emailKey = db
    .select({ key: sql<string>`lower(${secrets.email})` })
    .from(secrets)
    .where(isIt);
  const owner = db.$with("owner").as(
    db
      .select({ id: users.id })
      .from(users)
      .where(or(sql`${users.id} = ${userId}`, sql`${users.emailKey} = ${emailKey}`))
      .orderBy(users.id)
      .for("no key update"),
  );
  const [row] = await db
    .with(owner)
    .delete(secrets)
    .where(and(isIt, inArray(secrets.userId, db.select({ id: owner.id }).from(owner))))
    .returning();
  return row ?? null;
}

/** Stores a secret beside the user's others. */
export async function createSecret(db: Database, row: Omit<SecretRow, "sequence">): Promise<void> {
  await db.insert(secrets).values(row).onConflictDoNothing();
}

/** Looks up a secret without consuming it. */
export async function findSecret(db: Database, hash: string): Promise<SecretRow | null> {
  const [row] = await db.select().from(secrets).where(eq(secrets.hash, hash)).limit(1);
  return row ?? null;
}

/**
 * Restores the full lifetime of a secret that could not be delivered yet; false if it was used or voided meanwhile, or is
 * for something else than the mail says.
 */
export async function prolongSecret(
  db: Database,
  { hash, purpose, userId, email, expiresAt }: Omit<SecretRow, "payload" | "sequence" | "createdAt">,
): Promise<boolean> {
  const isIt = and(eq(secrets.hash, hash), eq(secrets.purpose, purpose));
  const rows = await db
    .update(secrets)
    .set({ expiresAt })
    .where(and(isIt, eq(secrets.userId, userId), eq(secrets.email, email)))
    .returning({ hash: secrets.hash });
  return rows.length === 1;
}

/** Voids a user's secrets, except those for the purposes in `except`; with `since`, newer ones of those, too. */
export async function voidSecrets(
  db: Database,
  userId: string,
  { except, since }: { except: readonly string[]; since?: Date },
): Promise<void> {
  const isNewer = since && gte(secrets.createdAt, since);
  await db
    .delete(secrets)
    .where(and(eq(secrets.userId, userId), or(notInArray(secrets.purpose, [...except]), isNewer)));
}

/** Voids a user's secrets of one purpose. */
export async function voidSecretsOf(db: Database, userId: string, purpose: string): Promise<void> {
  await db.delete(secrets).where(and(eq(secrets.userId, userId), eq(secrets.purpose, purpose)));
}
