import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
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

/**
 * `tokenHash` for a cookie session, `id` for a bearer session; `anyId` for either, if we know ourselves which session it
 * is.
 */
export type SessionKey = { tokenHash: string } | { id: string } | { anyId: string };

/** The condition that a session has this key. */
export function isSession(key: SessionKey): SQL | undefined {
  if ("tokenHash" in key) return eq(sessions.tokenHash, key.tokenHash);
  return "id" in key ? isBearer(eq(sessions.id, key.id)) : eq(sessions.id, key.anyId);
}

/** The id of a cookie's session is not secret: no token may stand for it. */
function isBearer(isIt: SQL): SQL | undefined {
  return and(isIt, isNull(sessions.tokenHash));
}

export const sessionColumns = {
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
 * this alone, and `touchSession` as well once an hour per session. Expired sessions are returned,
 * too.
 */
export async function findSessionAndUser(
  db: Database,
  key: SessionKey,
): Promise<{ session: SessionRow; user: UserRow } | null> {
  const lookups = lookupsOf(db);
  const [row] =
    "tokenHash" in key
      ? await lookups.byTokenHash.execute({ key: key.tokenHash })
      : "id" in key
        ? await lookups.byId.execute({ key: key.id })
        : await lookups.byAnyId.execute({ key: key.anyId });
  return row ?? null;
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
      .where(isBearer(eq(sessions.id, sql.placeholder("key"))))
      .prepare("session_by_id"),
    byAnyId: join()
      .where(eq(sessions.id, sql.placeholder("key")))
      .prepare("session_by_any_id"),
  };
}
