import { and, desc, eq, gt, inArray, lte, ne, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { sessions, users } from "../schema/index.js";
import { type UserRow, userColumns } from "./users.js";

export interface SessionRow {
  id: string;
  userId: string;
  expiresAt: Date;
  absoluteExpiresAt: Date;
  createdAt: Date;
  lastSeenAt: Date;
  authenticatedAt: Date;
  isRemembered: boolean;
  ip: string | null;
  userAgent: string | null;
  deviceName: string | null;
}

/** `tokenHash`: a cookie session's; `id`: a bearer session's. */
export type SessionKey = { tokenHash: string } | { id: string };

const sessionColumns = {
  id: sessions.id,
  userId: sessions.userId,
  expiresAt: sessions.expiresAt,
  absoluteExpiresAt: sessions.absoluteExpiresAt,
  createdAt: sessions.createdAt,
  lastSeenAt: sessions.lastSeenAt,
  authenticatedAt: sessions.authenticatedAt,
  isRemembered: sessions.isRemembered,
  ip: sessions.ip,
  userAgent: sessions.userAgent,
  deviceName: sessions.deviceName,
};

/** Session and user in one prepared join: all that an authenticated request costs. Expired ones are returned too. */
export async function findSessionAndUser(
  db: Database,
  key: SessionKey,
): Promise<{ session: SessionRow; user: UserRow } | null> {
  const lookups = lookupsOf(db);
  const [row] =
    "tokenHash" in key
      ? await lookups.byTokenHash.execute({ key: key.tokenHash })
      : await lookups.byId.execute({ key: key.id });
  return row ?? null;
}

/** What one sign-in ends, where an account has more sessions than it may: a statement takes so many events and no more. */
const maxEndedAtOnce = 1000;

/**
 * Stores a session and ends the account's oldest ones beyond `most`, in one statement; the ids of those. Of sign-ins at
 * once each counts what the others have committed: what holds them apart is the lock on the account's row.
 */
export async function createSession(
  db: Database,
  row: SessionRow & { tokenHash: string | null },
  most: number,
): Promise<string[]> {
  const surplus = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(eq(sessions.userId, row.userId))
    .orderBy(desc(sessions.createdAt), desc(sessions.id))
    .offset(most - 1)
    .limit(maxEndedAtOnce);
  const ended = db
    .$with("ended")
    .as(db.delete(sessions).where(inArray(sessions.id, surplus)).returning({ id: sessions.id }));
  const ids = sql<string | null>`(select string_agg(id::text, ',') from ${ended})`;
  const [stored] = await db
    .with(ended)
    .insert(sessions)
    .values({ ...row, nextCheckAt: row.expiresAt })
    .returning({ ids });
  return stored?.ids?.split(",") ?? [];
}

/** Notes that the session is in use and lets it slide, up to its absolute limit; once an `everyMs`, however many calls. */
export async function touchSession(
  db: Database,
  id: string,
  { now, expiresAt, everyMs }: { now: Date; expiresAt: Date; everyMs: number },
): Promise<void> {
  await db
    .update(sessions)
    .set({
      lastSeenAt: now,
      expiresAt: sql`least(${sessions.absoluteExpiresAt}, ${sql.param(expiresAt, sessions.expiresAt)})`,
    })
    .where(and(eq(sessions.id, id), lte(sessions.lastSeenAt, new Date(now.getTime() - everyMs))));
}

/** Ends one session; its refresh tokens go with it. */
export async function deleteSession(db: Database, key: SessionKey): Promise<boolean> {
  const rows = await db
    .delete(sessions)
    .where("tokenHash" in key ? eq(sessions.tokenHash, key.tokenHash) : eq(sessions.id, key.id))
    .returning({ id: sessions.id });
  return rows.length > 0;
}

/** Ends a user's sessions, all or all but one; the ids of those that were ended. */
export async function deleteUserSessions(db: Database, userId: string, keepId: string | null): Promise<string[]> {
  const rows = await db
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), keepId === null ? undefined : ne(sessions.id, keepId)))
    .returning({ id: sessions.id });
  return rows.map(({ id }) => id);
}

/** Ends one of a user's own sessions; false for an id that is unknown or somebody else's. */
export async function deleteOwnSession(db: Database, userId: string, id: string): Promise<boolean> {
  const rows = await db
    .delete(sessions)
    .where(and(eq(sessions.id, id), eq(sessions.userId, userId)))
    .returning({ id: sessions.id });
  return rows.length === 1;
}

/** Notes that the password was given again. False when the session ended, or the password was changed meanwhile. */
export async function markAuthenticated(
  db: Database,
  { id, user, now }: { id: string; user: { id: string; credentialVersion: number }; now: Date },
): Promise<boolean> {
  const rows = await db
    .update(sessions)
    .set({ authenticatedAt: now })
    .from(users)
    .where(
      and(
        eq(sessions.id, id),
        eq(users.id, sessions.userId),
        eq(users.id, user.id),
        eq(users.credentialVersion, user.credentialVersion),
      ),
    )
    .returning({ id: sessions.id });
  return rows.length === 1;
}

/** The sessions that have not run out, the one used last first, at most `most`. */
export async function listUserSessions(
  db: Database,
  userId: string,
  { now, most }: { now: Date; most: number },
): Promise<SessionRow[]> {
  return await db
    .select(sessionColumns)
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.createdAt))
    .limit(most);
}

const prepared = new WeakMap<Database, ReturnType<typeof prepareLookups>>();

function lookupsOf(db: Database) {
  const known = prepared.get(db);
  if (known) return known;
  const lookups = prepareLookups(db);
  prepared.set(db, lookups);
  return lookups;
}

function prepareLookups(db: Database) {
  const join = () =>
    db
      .select({ session: sessionColumns, user: userColumns })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId));
  return {
    byTokenHash: join()
      .where(eq(sessions.tokenHash, sql.param(sql.placeholder("key"), sessions.tokenHash)))
      .prepare("session_by_token_hash"),
    byId: join()
      .where(eq(sessions.id, sql.placeholder("key")))
      .prepare("session_by_id"),
  };
}
