import { AsyncResource } from "node:async_hooks";
import { type Database, isEmbedded, isTransaction } from "./database.js";
import { isRefusedValue } from "./faults.js";
import {
  findSessionsAndUsers,
  type SessionAndUser,
  type SessionKey,
  type SessionKeyKind,
} from "./queries/session-lookups.js";
import { createRoad, together } from "./together.js";

type Find = (key: string) => Promise<SessionAndUser | null>;

/** What a caller's context holds, such as a trace, is not the others'. */
const outside = new AsyncResource("keywright.look-up");

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
  const known = finders.get(db) ?? createFinders(db);
  finders.set(db, known);
  return known;
}

function createFinders(db: Database): Record<SessionKeyKind, Find> {
  const road = createRoad();
  const finder = (kind: SessionKeyKind): Find => {
    const findAll = (keys: readonly string[]) => findSessionsAndUsers(db, kind, keys);
    if (isAlone(db)) return async (key) => (await findAll([key])).get(key) ?? null;
    const travel = (keys: readonly string[]) => outside.runInAsyncScope(findAll, null, keys);
    return together(travel, { road, isOfOneKey: isRefusedValue });
  };
  return { tokenHash: finder("tokenHash"), id: finder("id"), anyId: finder("anyId") };
}

/**
 * What a transaction sees is its own. And the embedded database has one connection, whose guard must see who asks: a
 * look-up from within a transaction would wait for its end, and it for the look-up.
 */
function isAlone(db: Database): boolean {
  return isTransaction(db) || isEmbedded(db);
}
