import type { SessionKey, SessionRow, UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { type Adapter, type DatabaseSession, Lucia, TimeSpan } from "lucia";
import type { Deps } from "../deps.js";
import type { CookiePolicy } from "./cookie-policy.js";

declare module "lucia" {
  interface Register {
    Lucia: Lucia<{ row: SessionRow }, { row: UserRow }>;
    /** `ended`: where a new session notes which ones it ended. */
    DatabaseSessionAttributes: { row: SessionRow; ended?: string[] };
    DatabaseUserAttributes: { row: UserRow };
  }
}

/** A session and its account, both alive. */
export interface LiveSession {
  session: SessionRow;
  user: UserRow;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Null for a session that is unknown or has ended, and for one whose account cannot be used. One statement. */
export async function validateSession(deps: Deps, key: SessionKey): Promise<LiveSession | null> {
  const { session, user } = await luciaFor(deps).validateSession(idOf(key));
  if (!session || user.row.isDisabled || user.row.archivedAt) return null;
  const now = deps.now();
  if (now.getTime() - session.row.lastSeenAt.getTime() < hourMs) return { session: session.row, user: user.row };
  // A bearer session does not slide: it lives as long as its refresh tokens, however seldom the phone is used.
  const expiresAt = "id" in key ? session.row.absoluteExpiresAt : idleExpiry(deps, now);
  await db.touchSession(deps.db, session.row.id, { now, expiresAt, everyMs: hourMs });
  return { session: { ...session.row, lastSeenAt: now }, user: user.row };
}

/**
 * Stores a session. `tokenHash` is null for bearer sessions: they are found by their id, which is in the access token.
 * The account's oldest sessions beyond `session.maxPerAccount` end, and their refresh tokens; their ids.
 */
export async function saveSession(deps: Deps, row: SessionRow, tokenHash: string | null): Promise<string[]> {
  const key = tokenHash === null ? { id: row.id } : { tokenHash };
  const ended: string[] = [];
  await luciaFor(deps).createSession(row.userId, { row, ended }, { sessionId: idOf(key) });
  if (ended.length > 0) await deps.tokenManager.revokeAll(deps, { sessionIds: ended });
  return ended;
}

/** Ends one session, and its refresh tokens with it. */
export async function endSession(deps: Deps, key: SessionKey): Promise<void> {
  await luciaFor(deps).invalidateSession(idOf(key));
  if ("id" in key) await deps.tokenManager.revokeAll(deps, { sessionIds: [key.id] });
}

/** Which of a user's sessions end. */
export type EndedSessions = "all" | { allBut: string } | { only: string };

/** Ends sessions of a user, and their refresh tokens; the ids of those that were alive. */
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

/** Removes sessions that have run out, and their refresh tokens; how many there were among the `seen`, at most `most`. */
export async function endExpiredSessions(deps: Deps, most: number): Promise<{ removed: number; seen: number }> {
  return await db.purgeSessions(deps.db, { now: deps.now(), most });
}

/** The sessions of a user that are alive; never more than `session.maxPerAccount`. */
export async function listSessions(deps: Deps, userId: string): Promise<SessionRow[]> {
  const most = deps.settings.session.maxPerAccount;
  return await db.listUserSessions(deps.db, userId, { now: deps.now(), most });
}

/** Not used for so long, a session ends. */
export function idleExpiry(deps: Deps, now: Date): Date {
  return new Date(now.getTime() + deps.settings.session.idleDays * dayMs);
}

/** The scheme's name may have any letter case (RFC 9110, 11.1); Lucia knows one. */
export function readBearerToken(policy: CookiePolicy, header: string): string | null {
  return cookiesOf(policy).readBearerToken(header.replace(/^\s*bearer /i, "Bearer "));
}

const luciaByDeps = new WeakMap<Deps, Lucia<{ row: SessionRow }, { row: UserRow }>>();
const luciaByPolicy = new WeakMap<CookiePolicy, Lucia<{ row: SessionRow }, { row: UserRow }>>();

/** One for each `deps`: it has their database handle and their clock. A transaction has `deps` of its own. */
function luciaFor(deps: Deps) {
  const known = luciaByDeps.get(deps);
  if (known) return known;
  const lucia = createLucia(deps.cookies, adapterFor(deps));
  luciaByDeps.set(deps, lucia);
  return lucia;
}

/** Cookies need no database. */
function cookiesOf(policy: CookiePolicy) {
  const known = luciaByPolicy.get(policy);
  if (known) return known;
  const lucia = createLucia(policy, noAdapter);
  luciaByPolicy.set(policy, lucia);
  return lucia;
}

function createLucia(policy: CookiePolicy, adapter: Adapter) {
  return new Lucia(adapter, {
    sessionExpiresIn: new TimeSpan(30, "d"),
    sessionCookie: policy.session,
    getSessionAttributes: ({ row }) => ({ row }),
    getUserAttributes: ({ row }) => ({ row }),
  });
}

/** Lucia's name for a session is the hash of a cookie's token (64 hex digits), or a bearer session's own id. */
function idOf(key: SessionKey): string {
  return "tokenHash" in key ? key.tokenHash : key.id;
}

function keyOf(id: string): SessionKey {
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
    // Lucia slides at half-life, without an absolute limit, and would write on every call near one. Ours is hourly.
    async updateSessionExpiration() {},
    async deleteSession(id) {
      await db.deleteSession(deps.db, keyOf(id));
    },
    async deleteUserSessions(userId) {
      await db.deleteUserSessions(deps.db, userId, null);
    },
    async deleteExpiredSessions() {
      while ((await endExpiredSessions(deps, 1_000)).seen > 0);
    },
  };
}

/** Lucia reads the system's clock. The expiry is shifted by what ours differs, so that there is one clock after all. */
function toLucia(deps: Deps, id: string, row: SessionRow): DatabaseSession {
  const skewMs = Date.now() - deps.now().getTime();
  return { id, userId: row.userId, expiresAt: new Date(row.expiresAt.getTime() + skewMs), attributes: { row } };
}

const noAdapter: Adapter = {
  getSessionAndUser: async () => [null, null],
  getUserSessions: async () => [],
  setSession: async () => {},
  updateSessionExpiration: async () => {},
  deleteSession: async () => {},
  deleteUserSessions: async () => {},
  deleteExpiredSessions: async () => {},
};
