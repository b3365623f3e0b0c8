import { and, eq, isNull, ne, or, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Database } from "../database.js";
import { passwords, sessions, usernameHolds, users } from "../schema/index.js";

export interface UserRow {
  id: string;
  username: string | null;
  email: string | null;
  emailVerifiedAt: Date | null;
  firstName: string;
  lastName: string;
  profile: Record<string, unknown>;
  /** By an operator, or because the account deactivated itself. */
  isDisabled: boolean;
  archivedAt: Date | null;
  credentialVersion: number;
  createdAt: Date;
  lastLoginAt: Date | null;
  hasPassword: boolean;
}

/** The unique names of an account, folded. */
export interface UserKeys {
  emailKey: string | null;
  usernameKey: string | null;
}

export type NewUser = UserRow & UserKeys;

/** The columns that may leave this package; never the hash. */
export const userColumns = {
  id: users.id,
  username: users.username,
  email: users.email,
  emailVerifiedAt: users.emailVerifiedAt,
  firstName: users.firstName,
  lastName: users.lastName,
  profile: users.profile,
  isDisabled: sql<boolean>`(${users.isDisabled} or ${users.deactivatedAt} is not null)`,
  archivedAt: users.archivedAt,
  credentialVersion: users.credentialVersion,
  createdAt: users.createdAt,
  lastLoginAt: users.lastLoginAt,
  hasPassword: sql<boolean>`exists (select 1 from ${passwords} where ${passwords.userId} = ${users.id})`,
};

/** The account with one of these names and its password hash, in one statement; both null if there is none. */
export async function findCredentials(
  db: Database,
  keys: UserKeys,
): Promise<{ user: UserRow; hash: string | null } | null> {
  const [row] = await db
    .select({ user: userColumns, hash: passwords.hash })
    .from(users)
    .leftJoin(passwords, eq(passwords.userId, users.id))
    .where(hasOneOf(keys))
    .limit(1);
  return row ?? null;
}

export async function findUserById(db: Database, id: string): Promise<UserRow | null> {
  const [row] = await db.select(userColumns).from(users).where(eq(users.id, id)).limit(1);
  return row ?? null;
}

export async function findUserByEmail(db: Database, emailKey: string): Promise<UserRow | null> {
  const [row] = await db.select(userColumns).from(users).where(eq(users.emailKey, emailKey)).limit(1);
  return row ?? null;
}

/** Which of these names are taken by an account other than `exceptId`, or held for one. */
export async function findTaken(
  db: Database,
  keys: UserKeys,
  exceptId?: string,
): Promise<{ email: boolean; username: boolean }> {
  const isOther = (id: PgColumn) => (exceptId === undefined ? undefined : ne(id, exceptId));
  const held = db
    .select({ emailKey: sql<string | null>`null::text`, usernameKey: sql<string | null>`${usernameHolds.usernameKey}` })
    .from(usernameHolds)
    .where(and(eq(usernameHolds.usernameKey, keys.usernameKey ?? ""), isOther(usernameHolds.userId)));
  const rows = await db
    .select({ emailKey: users.emailKey, usernameKey: users.usernameKey })
    .from(users)
    .where(and(hasOneOf(keys), isOther(users.id)))
    .unionAll(held)
    .limit(3);
  return {
    email: keys.emailKey !== null && rows.some((row) => row.emailKey === keys.emailKey),
    username: keys.usernameKey !== null && rows.some((row) => row.usernameKey === keys.usernameKey),
  };
}

/** False if a name is taken: of two racing registrations, the unique index lets one through. */
export async function createUser(db: Database, { hasPassword: _derived, ...user }: NewUser): Promise<boolean> {
  const rows = await db.insert(users).values(user).onConflictDoNothing().returning({ id: users.id });
  return rows.length === 1;
}

/** What a login records, and how it recognizes its device. */
export interface LoginMark {
  now: Date;
  ip: string | null;
  userAgent: string | null;
}

/**
 * Records a login and restores an archived account. Null if a credential changed since `credentialVersion` was read:
 * the password that was checked is no longer the account's. `wasArchived`: this login has restored it, and no other at
 * the same time. `hasSessionLikeIt`: the account has a session from the same program at the same address.
 */
export async function recordLogin(
  db: Database,
  user: { id: string; credentialVersion: number },
  mark: LoginMark,
): Promise<{ user: UserRow; wasArchived: boolean; hasSessionLikeIt: boolean } | null> {
  const before = db
    .select({ id: users.id, archivedAt: users.archivedAt })
    .from(users)
    .where(and(eq(users.id, user.id), eq(users.credentialVersion, user.credentialVersion), isEnabled()))
    .for("no key update")
    .as("before");
  const [row] = await db
    .update(users)
    .set({ lastLoginAt: mark.now, archivedAt: null })
    .from(before)
    .where(eq(users.id, before.id))
    .returning({
      user: userColumns,
      wasArchived: sql<boolean>`${before.archivedAt} is not null`,
      hasSessionLikeIt: hasSessionLikeIt(db, mark),
    });
  return row ?? null;
}

/** Whether the updated account has a session from the same program at the same address. */
export function hasSessionLikeIt(db: Database, { ip, userAgent }: LoginMark): SQL<boolean> {
  const alike = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, users.id), eq(sessions.ip, ip ?? ""), eq(sessions.userAgent, userAgent ?? "")));
  return sql<boolean>`exists ${alike}`;
}

/** Null if the account no longer has that address. `wasVerified`: it had been verified before. */
export async function verifyEmail(
  db: Database,
  user: { id: string; emailKey: string },
  now: Date,
): Promise<{ user: UserRow; wasVerified: boolean } | null> {
  return await proveEmail(db, user, { now });
}

/**
 * Marks the account's address as verified, unless it is no longer that one, and changes what else the proof changes.
 * Whether it had been verified is told by the row before, which is locked: two proofs may come within a millisecond.
 */
export async function proveEmail(
  db: Database,
  user: { id: string; emailKey: string },
  { now, more = {} }: { now: Date; more?: { credentialVersion?: SQL } },
): Promise<{ user: UserRow; wasVerified: boolean } | null> {
  const before = db
    .select({ id: users.id, verifiedAt: users.emailVerifiedAt })
    .from(users)
    .where(and(eq(users.id, user.id), eq(users.emailKey, user.emailKey)))
    .for("no key update")
    .as("before");
  const emailVerifiedAt = sql`coalesce(${before.verifiedAt}, ${sql.param(now, users.emailVerifiedAt)})`;
  const [row] = await db
    .update(users)
    .set({ emailVerifiedAt, ...more })
    .from(before)
    .where(eq(users.id, before.id))
    .returning({ user: userColumns, wasVerified: sql<boolean>`${before.verifiedAt} is not null` });
  return row ?? null;
}

/** The account can be used: it was neither disabled by an operator nor deactivated by its owner. */
export function isEnabled(): SQL | undefined {
  return and(eq(users.isDisabled, false), isNull(users.deactivatedAt));
}

function hasOneOf({ emailKey, usernameKey }: UserKeys): SQL | undefined {
  return (
    or(
      emailKey === null ? undefined : eq(users.emailKey, emailKey),
      usernameKey === null ? undefined : eq(users.usernameKey, usernameKey),
    ) ?? sql`false`
  );
}
