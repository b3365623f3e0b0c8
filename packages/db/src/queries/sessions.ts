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

/** `tokenHash` for a cookie session, `id` for a bearer session. */
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

/**
 * Session and user in one prepared join, by a cookie's hash or a bearer's session id. An authenticated request costs
 * this alone, and `touchSession` as well once an hour per session. Expired sessions are returned as well.
 */
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

/**
 * How many sessions one sign-in ends at most, if an account is over its limit: one statement can record only so many
 * events.
 */
const maxEndedAtOnce = 1000;

/**
 * Stores a session and ends the account's oldest ones beyond `limit`, in one statement; returns the ids of the ended
 * ones. Each of several concurrent sign-ins counts what the others have committed: the lock on the account's row
 * serializes them.
 */
export async function createSession(
  db: Database,
  row: SessionRow & { tokenHash: string | null },
  limit: number,
): Promise<string[]> {
  const surplus = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(eq(sessions.userId, row.userId))
    .orderBy(desc(sessions.createdAt), desc(sessions.id))
    .offset(limit - 1)
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

/** Records a use of the session and extends it, up to its absolute limit; at most once per `everyMs`. */
export async function touchSession(
  db: Database,
  { id, ip, userAgent }: Pick<SessionRow, "id" | "ip" | "userAgent">,
  { now, expiresAt, everyMs }: { now: Date; expiresAt: Date; everyMs: number },
): Promise<void> {
  await db
    .update(sessions)
    .set({
      ip,
      userAgent,
      lastSeenAt: now,
      expiresAt: sql`least(${sessions.absoluteExpiresAt}, ${sql.param(expiresAt, sessions.expiresAt)})`,
    })
    .where(and(eq(sessions.id, id), lte(sessions.lastSeenAt, new Date(now.getTime() - everyMs))));
}

/** Ends one session and its refresh tokens. */
export async function deleteSession(db: Database, key: SessionKey): Promise<boolean> {
  const rows = await db
    .delete(sessions)
    .where("tokenHash" in key ? eq(sessions.tokenHash, key.tokenHash) : eq(sessions.id, key.id))
    .returning({ id: sessions.id });
  return rows.length > 0;
}

/** Ends a user's sessions, all or all but one; returns the ids of those that ended. */
export async function deleteUserSessions(db: Database, userId: string, keepId: string | null): Promise<string[]> {
  const rows = await db
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), keepId === null ? undefined : ne(sessions.id, keepId)))
    .returning({ id: sessions.id });
  return rows.map(({ id }) => id);
}

/** Ends one of a user's own sessions; false if the id is unknown or belongs to somebody else. */
export async function deleteOwnSession(db: Database, userId: string, id: string): Promise<boolean> {
  const rows = await db
    .delete(sessions)
    .where(and(eq(sessions.id, id), eq(sessions.userId, userId)))
    .returning({ id: sessions.id });
  return rows.length === 1;
}

/** Whether a session of the user's is there, expired or not. */
export async function hasSession(db: Database, userId: string, id: string): Promise<boolean> {
  const rows = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.id, id), eq(sessions.userId, userId)));
  return rows.length === 1;
}

/** Records that the password was given again. False if the session ended or the password was changed meanwhile. */
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

/** Up to `limit` unexpired sessions, the most recently used first. */
export async function listUserSessions(
  db: Database,
  userId: string,
  { now, limit }: { now: Date; limit: number },
): Promise<SessionRow[]> {
  return await db
    .select(sessionColumns)
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.createdAt))
    .limit(limit);
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
