import { and, eq, isNull, ne, notExists, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Database } from "../database.js";
import { usernameHolds, users } from "../schema/index.js";
import { proveEmail, type UserRow, userColumns } from "./users.js";

export interface UserChanges {
  username?: string;
  usernameKey?: string;
  firstName?: string;
  lastName?: string;
  /** Merged into the stored fields, key by key. */
  profile?: Record<string, unknown>;
}

/**
 * Null when the account is gone, or the username is held for another one. A username that is taken violates
 * `users_username_key`.
 */
export async function updateUser(db: Database, id: string, changes: UserChanges): Promise<UserRow | null> {
  const { profile, ...columns } = changes;
  const merged = profile && sql`${users.profile} || ${JSON.stringify(profile)}::jsonb`;
  const [row] = await db
    .update(users)
    .set({ ...columns, ...(merged ? { profile: merged } : {}) })
    .where(and(eq(users.id, id), isNotHeld(db, id, columns.usernameKey)))
    .returning(userColumns);
  return row ?? null;
}

function isNotHeld(db: Database, id: string, usernameKey: string | undefined): SQL | undefined {
  if (usernameKey === undefined) return undefined;
  const ofOthers = and(eq(usernameHolds.usernameKey, usernameKey), ne(usernameHolds.userId, id));
  return notExists(db.select({ key: usernameHolds.usernameKey }).from(usernameHolds).where(ofOthers));
}

/** Whose credentials change, and what must still hold. */
export interface CredentialChange {
  userId: string;
  /** The version against which the caller was checked; if it has changed since, the change is refused. */
  version?: number;
  /** What else changes about the account. */
  state?: { archivedAt: Date } | { deactivatedAt: Date };
}

/**
 * Marks that a credential changed, so that logins in flight fail. Null if there is no such account, or it no longer
 * matches what the change expects.
 */
export async function raiseCredentialVersion(
  db: Database,
  { userId, version, state }: CredentialChange,
): Promise<UserRow | null> {
  const [row] = await db
    .update(users)
    .set({ credentialVersion: sql`${users.credentialVersion} + 1`, ...state })
    .where(and(eq(users.id, userId), version === undefined ? undefined : eq(users.credentialVersion, version)))
    .returning(userColumns);
  return row ?? null;
}

/**
 * Raises the credential version because the account's mailbox has proved a change, and marks the address as verified.
 * Null if the account no longer has that address. `wasVerified`: it had been verified before.
 */
export async function raiseByMailbox(
  db: Database,
  user: { id: string; emailKey: string },
  now: Date,
): Promise<{ user: UserRow; wasVerified: boolean } | null> {
  return await proveEmail(db, user, { now, more: { credentialVersion: sql`${users.credentialVersion} + 1` } });
}

/**
 * Gives the account another address, proved by its mailbox, and raises the credential version. Null if the account is
 * gone. `wasVerified`: the old address had been verified as well. With `reviveSince`, also undoes an archiving or a
 * deactivation by the account itself since then. A taken address violates `users_email_key`.
 */
export async function changeEmail(
  db: Database,
  { userId, email, emailKey, reviveSince }: { userId: string; email: string; emailKey: string; reviveSince?: Date },
  now: Date,
): Promise<{ user: UserRow; oldEmail: string | null; wasVerified: boolean } | null> {
  const before = db
    .select({ id: users.id, email: users.email, verifiedAt: users.emailVerifiedAt })
    .from(users)
    .where(eq(users.id, userId))
    .for("update")
    .as("before");
  const [row] = await db
    .update(users)
    .set({
      email,
      emailKey,
      emailVerifiedAt: now,
      credentialVersion: sql`${users.credentialVersion} + 1`,
      ...(reviveSince && {
        archivedAt: unlessSince(users.archivedAt, reviveSince),
        deactivatedAt: unlessSince(users.deactivatedAt, reviveSince),
      }),
    })
    .from(before)
    .where(eq(users.id, before.id))
    .returning({
      user: userColumns,
      oldEmail: sql<string | null>`${before.email}`,
      wasVerified: sql<boolean>`${before.verifiedAt} is not null`,
    });
  return row ?? null;
}

function unlessSince(column: PgColumn, since: Date): SQL {
  return sql`case when ${column} < ${sql.param(since, column)} then ${column} end`;
}

/**
 * Takes an address away from an account that registered but never verified it, since somebody else has now verified it,
 * and raises that account's credential version. Returns that account, or null.
 */
export async function releaseUnverifiedEmail(
  db: Database,
  emailKey: string,
  exceptUserId: string,
): Promise<UserRow | null> {
  const [row] = await db
    .update(users)
    .set({ email: null, emailKey: null, credentialVersion: sql`${users.credentialVersion} + 1` })
    .where(and(eq(users.emailKey, emailKey), isNull(users.emailVerifiedAt), ne(users.id, exceptUserId)))
    .returning(userColumns);
  return row ?? null;
}

/** Removes the account and all its data. False if it is gone, or its credentials changed meanwhile. */
export async function deleteUser(db: Database, { userId, version }: { userId: string; version: number }) {
  const rows = await db
    .delete(users)
    .where(and(eq(users.id, userId), eq(users.credentialVersion, version)))
    .returning({ id: users.id });
  return rows.length === 1;
}
