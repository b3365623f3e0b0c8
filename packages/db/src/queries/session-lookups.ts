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

/** A session, and the account it belongs to. */
export interface SessionAndUser {
  session: SessionRow;
  user: UserRow;
}

/** Which of a session's keys it is looked up by. */
export type SessionKeyKind = "tokenHash" | "id" | "anyId";

/**
 * Sessions and users by keys of one kind, in one prepared join. A key is as PostgreSQL writes it: 64 hex digits, or a
 * UUID in lower case. Keys of no session are not in the answer; expired sessions are.
 */
export async function findSessionsAndUsers(
  db: Database,
  kind: SessionKeyKind,
  keys: readonly string[],
): Promise<Map<string, SessionAndUser>> {
  const texts = kind === "tokenHash" ? keys.map((hash) => `\\x${hash}`) : keys;
  const rows = await preparedFor(db, kind).execute({ keys: texts.join(",") });
  return new Map(rows.map(({ key, session, user }) => [key ?? "", { session, user }]));
}

type Prepared = ReturnType<typeof prepare>;

const prepared: Record<SessionKeyKind, WeakMap<Database, Prepared>> = {
  tokenHash: new WeakMap(),
  id: new WeakMap(),
  anyId: new WeakMap(),
};

function preparedFor(db: Database, kind: SessionKeyKind): Prepared {
  const known = prepared[kind].get(db) ?? prepare(db, kind);
  prepared[kind].set(db, known);
  return known;
}

const names = { tokenHash: "sessions_by_token_hash", id: "sessions_by_id", anyId: "sessions_by_any_id" } as const;

function prepare(db: Database, kind: SessionKeyKind) {
  const key = kind === "tokenHash" ? sessions.tokenHash : sessions.id;
  // As one text, which every driver and pooler takes alike.
  const keys = sql`string_to_array(${sql.placeholder("keys")}, ',')`;
  const isOne = kind === "tokenHash" ? sql`${key} = any(${keys}::bytea[])` : sql`${key} = any(${keys}::uuid[])`;
  return db
    .select({ key, session: sessionColumns, user: userColumns })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(kind === "id" ? isBearer(isOne) : isOne)
    .prepare(names[kind]);
}
