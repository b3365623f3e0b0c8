import type { Batch, Purged, SessionKey, SessionRow, UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { type Adapter, type DatabaseSession, Lucia, type Session, TimeSpan, type User } from "lucia";
import type { Deps } from "../deps.js";
import type { Visitor } from "../who.js";

declare module "lucia" {
  interface Register {
    Lucia: Lucia<SessionAttributes, UserAttributes>;
    /** `ended`: where a new session records which ones it ended. */
    DatabaseSessionAttributes: { row: SessionRow; ended?: string[] };
    DatabaseUserAttributes: { row: UserRow };
  }
}

/** A session and its account, both alive. */
export interface LiveSession {
  session: SessionRow;
  user: UserRow;
}

type SessionAttributes = Pick<Session, "id" | "userId" | "fresh" | "expiresAt"> & { row: SessionRow };
type UserAttributes = Pick<User, "id"> & { row: UserRow };

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Null if the session is unknown or has ended, or if its account cannot be used. One statement; two once an hour, when
 * the use is recorded. `from` is null if somebody other than the session's owner asks.
 */
export async function validateSession(
  deps: Deps,
  key: SessionKey,
  from: Pick<Visitor, "ip" | "userAgent"> | null,
): Promise<LiveSession | null> {
  const { session, user } = await luciaFor(deps).validateSession(idOf(key));
  if (!session || user.row.isDisabled || user.row.archivedAt) return null;
  const now = deps.now();
  if (now.getTime() - session.row.lastSeenAt.getTime() < hourMs) return { session: session.row, user: user.row };
  const idle = idleExpiry(deps, "id" in key ? "bearer" : "cookie", now);
  const expiresAt = new Date(Math.min(idle.getTime(), session.row.absoluteExpiresAt.getTime()));
  const seen = { ip: from?.ip ?? session.row.ip, userAgent: from?.userAgent ?? session.row.userAgent };
  await db.touchSession(deps.db, { ...seen, id: session.row.id }, { now, expiresAt, everyMs: hourMs });
  return { session: { ...session.row, ...seen, lastSeenAt: now, expiresAt }, user: user.row };
}

/** Whether the session has ended, which is asked without using it. */
export async function isSessionOver(deps: Deps, key: SessionKey): Promise<boolean> {
  return (await luciaFor(deps).validateSession(idOf(key))).session === null;
}

/**
 * Stores a session. `tokenHash` is null for bearer sessions, which are found by the id in the access token. The
 * account's oldest sessions beyond `session.maxPerAccount` end, with their refresh tokens; returns their ids.
 */
export async function saveSession(deps: Deps, row: SessionRow, tokenHash: string | null): Promise<string[]> {
  const key = tokenHash === null ? { id: row.id } : { tokenHash };
  const ended: string[] = [];
  await luciaFor(deps).createSession(row.userId, { row, ended }, { sessionId: idOf(key) });
  if (ended.length > 0) await deps.tokenManager.revokeAll(deps, { sessionIds: ended });
  return ended;
}

/** Ends one session and its refresh tokens. */
export async function endSession(deps: Deps, key: SessionKey): Promise<void> {
  await luciaFor(deps).invalidateSession(idOf(key));
  if ("id" in key) await deps.tokenManager.revokeAll(deps, { sessionIds: [key.id] });
}

/** Which of a user's sessions to end. */
export type EndedSessions = "all" | { allBut: string } | { only: string };

/** Ends sessions of a user, with their refresh tokens; returns the ids of those that were alive. */
export async function endSessions(deps: Deps, userId: string, ends: EndedSessions): Promise<string[]> {
  const sessionIds = await deleteSessions(deps, userId, ends);
  await deps.tokenManager.revokeAll(deps, ends === "all" ? { userId } : { sessionIds });
  return sessionIds;
}

async function deleteSessions(deps: Deps, userId: string, ends: EndedSessions): Promise<string[]> {
  if (ends === "all") return await db.deleteUserSessions(deps.db, userId, null);
  if ("allBut" in ends) return await db.deleteUserSessions(deps.db, userId, ends.allBut);
  return (await db.deleteOwnSession(deps.db, userId, ends.only)) ? [ends.only] : [];
}

/** Removes expired sessions and their refresh tokens: a batch. */
export async function endExpiredSessions(deps: Deps, batch: Batch): Promise<Purged> {
  return await db.purgeSessions(deps.db, { now: deps.now(), ...batch });
}

/** A user's live sessions; never more than `session.maxPerAccount`. */
export async function listSessions(deps: Deps, userId: string): Promise<SessionRow[]> {
  const limit = deps.settings.session.maxPerAccount;
  return await db.listUserSessions(deps.db, userId, { now: deps.now(), limit });
}

/** When an idle session expires, within its absolute limit. */
export function idleExpiry({ settings }: Deps, transport: Visitor["transport"], now: Date): Date {
  const days = transport === "bearer" ? settings.tokens.refreshIdleDays : settings.session.idleDays;
  return new Date(now.getTime() + days * dayMs);
}

const luciaByDeps = new WeakMap<Deps, Lucia<SessionAttributes, UserAttributes>>();

/** One per `deps`: it holds their database handle and clock. Each transaction has its own `deps`. */
function luciaFor(deps: Deps) {
  const known = luciaByDeps.get(deps);
  if (known) return known;
  const lucia = createLucia(deps);
  luciaByDeps.set(deps, lucia);
  return lucia;
}

function createLucia(deps: Deps) {
  return new Lucia(adapterFor(deps), {
    sessionExpiresIn: new TimeSpan(30, "d"),
    // With the keys that Lucia sets after spreading these: V8 takes 2 µs more to add one that is new.
    getSessionAttributes: ({ row }) => {
      return { row, id: row.id, userId: row.userId, fresh: false, expiresAt: row.expiresAt };
    },
    getUserAttributes: ({ row }) => ({ row, id: row.id }),
  });
}

/** Lucia's id for a session: the hash of a cookie's token (64 hex digits), a bearer session's own id, or `any` and an id. */
function idOf(key: SessionKey): string {
  if ("tokenHash" in key) return key.tokenHash;
  return "id" in key ? key.id : `any ${key.anyId}`;
}

function keyOf(id: string): SessionKey {
  if (id.startsWith("any ")) return { anyId: id.slice(4) };
  return id.length === 64 ? { tokenHash: id } : { id };
}

function adapterFor(deps: Deps): Adapter {
  return {
    async getSessionAndUser(id) {
      const found = await db.findSessionAndUser(deps.db, keyOf(id));
      if (!found) return [null, null];
      const { session, user } = found;
      return [toLucia(deps, id, session), { id: user.id, attributes: { row: user } }];
    },
    async getUserSessions(userId) {
      const rows = await listSessions(deps, userId);
      return rows.map((row) => toLucia(deps, row.id, row));
    },
    async setSession({ id, attributes: { row, ended } }) {
      const key = keyOf(id);
      const tokenHash = "tokenHash" in key ? key.tokenHash : null;
      const ids = await db.createSession(deps.db, { ...row, tokenHash }, deps.settings.session.maxPerAccount);
      ended?.push(...ids);
    },
    // Lucia extends at half-life, without an absolute limit, and would write on every call near one. Ours is hourly.
    async updateSessionExpiration() {},
    async deleteSession(id) {
      await db.deleteSession(deps.db, keyOf(id));
    },
    async deleteUserSessions(userId) {
      await db.deleteUserSessions(deps.db, userId, null);
    },
    async deleteExpiredSessions() {
      while ((await endExpiredSessions(deps, { limit: 1_000 })).seen > 0);
    },
  };
}

/**
 * Lucia reads the system clock. The expiry is shifted by its difference to ours, so that in effect there is one clock.
 */
function toLucia(deps: Deps, id: string, row: SessionRow): DatabaseSession {
  const skewMs = Date.now() - deps.now().getTime();
  return { id, userId: row.userId, expiresAt: new Date(row.expiresAt.getTime() + skewMs), attributes: { row } };
}
