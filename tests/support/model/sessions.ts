import type { CurrentSession, Tokens } from "@keywright/client";
import type { Person } from "./people.js";
import { serverTime, type Time } from "./time.js";

export interface Session {
  id: string;
  person: Person;
  createdAt: Date;
  expiresAt: Date;
  isOver: boolean;
  /** How often its refresh token was exchanged, as far as a client has shown that it got the successor. */
  generation: number;
  isBearer: boolean;
}

/** Odd, so that none of the client's own timers is as long. */
const accessMs = 299_987;
const sessionMs = 7 * 86_400_000 + 1_313;

/** The sessions of the simulated server, and the tokens that stand for them. */
export function createSessions(time: Time) {
  const sessions: Session[] = [];
  const now = () => serverTime(time);
  const isAlive = (session: Session) => !session.isOver && now() < session.expiresAt;
  const find = (id: string | null | undefined) =>
    sessions.find((session) => session.id === id && isAlive(session)) ?? null;
  return {
    all: sessions,
    find,
    start(person: Person, isBearer: boolean): Session {
      const id = `session-${sessions.length + 1}`;
      const expiresAt = new Date(now().getTime() + sessionMs);
      const session = { id, person, createdAt: now(), expiresAt, isOver: false, generation: 0, isBearer };
      sessions.push(session);
      return session;
    },
    byCookie: (token: string | undefined) => find(token?.replace(/^cookie-of-/, "")),
    /** Null if it is no access token of ours, has expired, or its session is over. */
    byAccessToken(token: string): Session | null {
      const [, id, expires] = /^access~([^~]+)~(\d+)$/.exec(token) ?? [];
      return now().getTime() < Number(expires ?? 0) ? find(id) : null;
    },
    /** Whether the token was good, if only its session were not over: whoever signs out may show it. */
    isSpent: (token: string) => {
      const session = sessions.find(({ id }) => id === /^access~([^~]+)~\d+$/.exec(token)?.[1]);
      return session !== undefined && !isAlive(session);
    },
    byRefreshToken: (token: string) => find(/^refresh~([^~]+)~\d+$/.exec(token)?.[1]),
    tokensOf(session: Session, generation: number): Tokens {
      const expiresMs = now().getTime() + accessMs;
      return {
        accessToken: `access~${session.id}~${expiresMs}`,
        accessExpiresAt: new Date(expiresMs),
        refreshToken: `refresh~${session.id}~${generation}`,
        refreshExpiresAt: session.expiresAt,
      };
    },
  };
}

/**
 * The generation of the successor: the same again while that is unused. Null for a token that was exchanged before, which
 * ends the session.
 */
export function nextGeneration(session: Session, refreshToken: string): number | null {
  const used = Number(/~(\d+)$/.exec(refreshToken)?.[1]);
  if (used < session.generation || used > session.generation + 1) {
    session.isOver = true;
    return null;
  }
  session.generation = used;
  return used + 1;
}

export function currentOf(session: Session): CurrentSession {
  const { id, createdAt, expiresAt, person } = session;
  const seen = { createdAt, lastSeenAt: createdAt, expiresAt, ip: "127.0.0.1", userAgent: null, deviceName: null };
  return { user: userOf(person), session: { id, ...seen, current: true } };
}

export function userOf({ id, name, email, firstName }: Person) {
  const times = { createdAt: new Date(0), lastLoginAt: new Date(0) };
  const flags = { emailVerified: true, archived: false, hasPassword: true, ...times };
  return { id, username: name.toLowerCase(), email, firstName, lastName: "", ...flags };
}
