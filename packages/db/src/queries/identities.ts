import { and, asc, count, eq, inArray, isNotNull, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { identities, users } from "../schema/index.js";
import { hasSessionLikeIt, isEnabled, type LoginMark, type NewUser, type UserRow, userColumns } from "./users.js";

/** Who somebody is at a provider. */
export interface IdentityKey {
  issuer: string;
  subject: string;
}

export interface IdentityRow extends IdentityKey {
  id: string;
  userId: string;
  provider: string;
  email: string | null;
  createdAt: Date;
  lastUsedAt: Date;
}

/** With the provider's tokens, encrypted; null if they are not kept. */
export type NewIdentity = IdentityRow & { sealedTokens: Uint8Array | null };

const identityColumns = {
  id: identities.id,
  userId: identities.userId,
  provider: identities.provider,
  issuer: identities.issuer,
  subject: identities.subject,
  email: identities.email,
  createdAt: identities.createdAt,
  lastUsedAt: identities.lastUsedAt,
};

/** With what is kept of the provider's tokens. */
export const allIdentityColumns = { ...identityColumns, sealedTokens: identities.sealedTokens };

/** A sign-in by identity, as it was recorded. */
export interface IdentityLogin {
  user: UserRow;
  wasArchived: boolean;
  /** Whether the account had signed in before. */
  isFirst: boolean;
  /** The account has a session from the same program at the same address. */
  hasSessionLikeIt: boolean;
}

interface IdentityMark extends LoginMark {
  mustBeVerified: boolean;
  /** Replace those that are stored; null leaves them. */
  sealedTokens: Uint8Array | null;
}

/**
 * Records a sign-in by identity, and restores an archived account, in one statement. Null if nobody has the identity, or
 * if the account is disabled, or unverified although `mustBeVerified`; then it locks nothing.
 */
export async function recordIdentityLogin(
  db: Database,
  key: IdentityKey,
  mark: IdentityMark,
): Promise<IdentityLogin | null> {
  const { now, mustBeVerified, sealedTokens } = mark;
  const mayEnter = and(isEnabled(), mustBeVerified ? isNotNull(users.emailVerifiedAt) : undefined);
  const before = db.$with("before").as(
    db
      .select({ id: users.id, archivedAt: users.archivedAt, lastLoginAt: users.lastLoginAt })
      .from(users)
      .innerJoin(identities, eq(identities.userId, users.id))
      .where(and(isIdentity(key), mayEnter))
      .for("no key update"),
  );
  const used = db.$with("used").as(
    db
      .update(identities)
      .set({ lastUsedAt: now, ...(sealedTokens && { sealedTokens }) })
      .where(and(isIdentity(key), inArray(identities.userId, db.select({ id: before.id }).from(before))))
      .returning({ id: identities.id }),
  );
  const [row] = await db
    .with(before, used)
    .update(users)
    .set({ lastLoginAt: now, archivedAt: null })
    .from(before)
    .where(eq(users.id, before.id))
    .returning({
      user: userColumns,
      wasArchived: sql<boolean>`${before.archivedAt} is not null`,
      isFirst: sql<boolean>`${before.lastLoginAt} is null`,
      hasSessionLikeIt: hasSessionLikeIt(db, mark),
    });
  return row ?? null;
}

/** The account that has the identity, and the account that has the address, in one statement. */
export async function findForIdentity(
  db: Database,
  key: IdentityKey,
  emailKey: string | null,
): Promise<{ owner: UserRow | null; holder: UserRow | null }> {
  const ownerId = db.select({ id: identities.userId }).from(identities).where(isIdentity(key));
  const isOwner = sql<boolean>`${users.id} = ${ownerId}`;
  const isHolder = emailKey === null ? undefined : eq(users.emailKey, emailKey);
  const rows = await db
    .select({ user: userColumns, isOwner: sql<boolean>`coalesce(${isOwner}, false)`, emailKey: users.emailKey })
    .from(users)
    .where(or(sql`${isOwner}`, isHolder))
    .limit(2);
  return {
    owner: rows.find((row) => row.isOwner)?.user ?? null,
    holder: rows.find((row) => emailKey !== null && row.emailKey === emailKey)?.user ?? null,
  };
}

/** The owner of an identity; null if nobody has it. */
export async function findIdentity(db: Database, key: IdentityKey): Promise<IdentityRow | null> {
  const [row] = await db.select(identityColumns).from(identities).where(isIdentity(key)).limit(1);
  return row ?? null;
}

/**
 * Creates an account together with its first identity, in one statement. False if its address is taken; a username that
 * is taken violates `users_username_key`, and an identity `identities_issuer_subject`.
 */
export async function createUserWithIdentity(
  db: Database,
  { hasPassword: _derived, ...user }: NewUser,
  identity: NewIdentity,
): Promise<boolean> {
  const ofAddress = { target: users.emailKey, where: isNotNull(users.emailKey) };
  const created = db
    .$with("created")
    .as(db.insert(users).values(user).onConflictDoNothing(ofAddress).returning({ id: users.id }));
  const row = db
    .select({
      id: sql`${identity.id}::uuid`.as("id"),
      userId: created.id,
      provider: sql`${identity.provider}::text`.as("provider"),
      issuer: sql`${identity.issuer}::text`.as("issuer"),
      subject: sql`${identity.subject}::text`.as("subject"),
      email: sql`${identity.email}::text`.as("email"),
      createdAt: sql`${sql.param(identity.createdAt, identities.createdAt)}::timestamptz`.as("created_at"),
      lastUsedAt: sql`${sql.param(identity.lastUsedAt, identities.lastUsedAt)}::timestamptz`.as("last_used_at"),
      sealedTokens: sql`${identity.sealedTokens}::bytea`.as("sealed_tokens"),
      tokensLeasedUntil: sql`null::timestamptz`.as("tokens_leased_until"),
    })
    .from(created);
  const rows = await db.with(created).insert(identities).select(row).returning({ id: identities.id });
  return rows.length === 1;
}

/** An identity that somebody has already violates `identities_issuer_subject`. */
export async function addIdentity(db: Database, identity: NewIdentity): Promise<void> {
  await db.insert(identities).values(identity);
}

/** False if somebody has the identity already. */
export async function createIdentity(db: Database, identity: NewIdentity): Promise<boolean> {
  const rows = await db.insert(identities).values(identity).onConflictDoNothing().returning({ id: identities.id });
  return rows.length === 1;
}

/** Up to `limit` identities of an account, the oldest first. */
export async function listIdentities(db: Database, userId: string, limit: number): Promise<IdentityRow[]> {
  return await db
    .select(identityColumns)
    .from(identities)
    .where(eq(identities.userId, userId))
    .orderBy(asc(identities.createdAt), asc(identities.id))
    .limit(limit);
}

export async function countIdentities(db: Database, userId: string): Promise<number> {
  const [row] = await db.select({ count: count() }).from(identities).where(eq(identities.userId, userId));
  return row?.count ?? 0;
}

/** One of the account's own; null if the id is unknown or belongs to somebody else. */
export async function deleteIdentity(db: Database, userId: string, id: string): Promise<NewIdentity | null> {
  const [row] = await db
    .delete(identities)
    .where(and(eq(identities.id, id), eq(identities.userId, userId)))
    .returning(allIdentityColumns);
  return row ?? null;
}

function isIdentity({ issuer, subject }: IdentityKey): SQL | undefined {
  return and(eq(identities.issuer, issuer), eq(identities.subject, subject));
}
