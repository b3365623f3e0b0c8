import { and, desc, eq, gt, inArray, lte, ne, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { sessions, users } from "../schema/index.js";
import { isSession, type SessionKey, type SessionRow, sessionColumns } from "./session-lookups.js";

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
  const rows = await db.delete(sessions).where(isSession(key)).returning({ id: sessions.id });
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
