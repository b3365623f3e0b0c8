import { and, eq, gte, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { identities, passwords, users } from "../schema/index.js";
import { passwordKind } from "../schema/users.js";
import { allIdentityColumns, type NewIdentity } from "./identities.js";
import type { UserRow } from "./users.js";

export interface PasswordRow {
  userId: string;
  hash: string;
  updatedAt: Date;
}

/**
 * Stores the hash if the user exists; one statement either way, so that a taken address costs the same as a free one.
 */
export async function createPassword(db: Database, { userId, hash, updatedAt }: PasswordRow): Promise<void> {
  await db.insert(passwords).select(
    db
      .select({
        userId: users.id,
        hash: sql<string>`${hash}`.as("hash"),
        updatedAt: sql<Date>`${sql.param(updatedAt, passwords.updatedAt)}::timestamptz`.as("updated_at"),
      })
      .from(users)
      .where(eq(users.id, userId)),
  );
}

/** Null for an account without a password. */
export async function findPasswordHash(db: Database, userId: string): Promise<string | null> {
  const [row] = await db.select({ hash: passwords.hash }).from(passwords).where(eq(passwords.userId, userId)).limit(1);
  return row?.hash ?? null;
}

/** When the account's password was chosen, or last hashed anew; null without one. */
export async function findPasswordMoment(db: Database, userId: string): Promise<Date | null> {
  const [row] = await db
    .select({ at: passwords.updatedAt })
    .from(passwords)
    .where(eq(passwords.userId, userId))
    .limit(1);
  return row?.at ?? null;
}

export async function savePassword(db: Database, row: PasswordRow): Promise<void> {
  await db
    .insert(passwords)
    .values(row)
    .onConflictDoUpdate({ target: passwords.userId, set: { hash: row.hash, updatedAt: row.updatedAt } });
}

/** Stores a stronger hash of the same password; never replaces one that another call has set in the meantime. */
export async function replacePasswordHash(db: Database, row: PasswordRow, oldHash: string): Promise<void> {
  await db
    .update(passwords)
    .set({ hash: row.hash, updatedAt: row.updatedAt })
    .where(and(eq(passwords.userId, row.userId), eq(passwords.hash, oldHash)));
}

/**
 * Removes the account's password and its identities, or with `since` those that were connected since then. Returns these
 * identities, whose tokens the providers may want back.
 */
export async function deleteWaysIn(db: Database, userId: string, since?: Date): Promise<NewIdentity[]> {
  const isOver = since === undefined ? undefined : gte(identities.createdAt, since);
  const deleted = db
    .$with("deleted")
    .as(db.delete(passwords).where(eq(passwords.userId, userId)).returning({ userId: passwords.userId }));
  return await db
    .with(deleted)
    .delete(identities)
    .where(and(eq(identities.userId, userId), isOver))
    .returning(allIdentityColumns);
}

/** Removes the identities that came with the account's address and were connected before it was verified. Returns them. */
export async function deleteUnprovedIdentities(
  db: Database,
  { id, email, emailVerifiedAt }: Pick<UserRow, "id" | "email" | "emailVerifiedAt">,
): Promise<NewIdentity[]> {
  const isEarlier = sql`${identities.createdAt} < ${sql.param(emailVerifiedAt, identities.createdAt)}`;
  return await db
    .delete(identities)
    .where(and(eq(identities.userId, id), isEarlier, sql`lower(${identities.email}) = lower(${email})`))
    .returning(allIdentityColumns);
}

/** What a kind of hash says about all hashes of that kind. */
export interface PasswordKind {
  pepperId: string | null;
  cost: number;
}

/**
 * The kinds of the stored hashes: a few, however many hashes there are. Each step of the recursion jumps to the next kind
 * in the index.
 */
export async function listPasswordKinds(db: Database): Promise<PasswordKind[]> {
  const kind = passwordKind(passwords.hash);
  const next = (after: SQL) =>
    sql`(select ${kind} from ${passwords} where ${kind} > ${after} order by ${kind} limit 1)`;
  const rows = await db.select({ kind: sql<string>`kind` }).from(
    sql`(with recursive steps(kind) as (select ${next(sql`''`)}
          union all select ${next(sql`steps.kind`)} from steps where steps.kind is not null)
        select kind from steps where kind is not null limit 1000) as kinds`,
  );
  return rows.map(({ kind }) => {
    const [, , pepperId, cost] = /^\$kw1(p\$(.{8}))?\$2b\$(\d\d)$/.exec(kind) ?? [];
    return { pepperId: pepperId ?? null, cost: Number(cost) };
  });
}
