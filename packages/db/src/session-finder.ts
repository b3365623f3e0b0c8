import { type Database, isTransaction } from "./database.js";
import { isRefusedValue } from "./faults.js";
import {
  findSessionsAndUsers,
  type SessionAndUser,
  type SessionKey,
  type SessionKeyKind,
} from "./queries/session-lookups.js";
import { together } from "./together.js";

type Find = (key: string) => Promise<SessionAndUser | null>;

const finders = new WeakMap<Database, Record<SessionKeyKind, Find>>();

/**
 * Session and user, by a cookie's hash or a bearer's session id. An authenticated request costs this alone, or its share
 * of one statement for all of its moment, and `touchSession` as well once an hour per session. Expired sessions are
 * returned, too.
 */
export async function findSessionAndUser(db: Database, key: SessionKey): Promise<SessionAndUser | null> {
  const find = findersOf(db);
  if ("tokenHash" in key) return await find.tokenHash(key.tokenHash);
  return "id" in key ? await find.id(key.id.toLowerCase()) : await find.anyId(key.anyId.toLowerCase());
}

function findersOf(db: Database): Record<SessionKeyKind, Find> {
  const known = finders.get(db) ?? {
    tokenHash: finder(db, "tokenHash"),
    id: finder(db, "id"),
    anyId: finder(db, "anyId"),
  };
  finders.set(db, known);
  return known;
}

function finder(db: Database, kind: SessionKeyKind): Find {
  // What a transaction sees is its own.
  if (isTransaction(db)) return async (key) => (await findSessionsAndUsers(db, kind, [key])).get(key) ?? null;
  return together((keys) => findSessionsAndUsers(db, kind, keys), { isOfOneKey: isRefusedValue });
}
