import { eq } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Database } from "../database.js";
import { refreshTokens, sessions } from "../schema/index.js";

export interface RefreshTokenRow {
  hash: string;
  sessionId: string;
  expiresAt: Date;
  createdAt: Date;
}

export interface LockedRefreshToken {
  token: RefreshTokenRow & { rotatedAt: Date | null; successorHash: string | null };
  /** Whether the successor was itself used; null when there is none yet. */
  successorRotatedAt: Date | null;
}

export async function createRefreshToken(db: Database, row: RefreshTokenRow): Promise<void> {
  await db.insert(refreshTokens).values(row);
}

/**
 * Finds a refresh token and locks its session, which is the whole chain: of racing calls each sees what the one
 * before it has done. Must run in a transaction.
 */
export async function lockRefreshToken(db: Database, hash: string): Promise<LockedRefreshToken | null> {
  // Under an alias: a lock must not name a schema.
  const locked = alias(sessions, "locked");
  const [session] = await db
    .select({ id: locked.id })
    .from(locked)
    .innerJoin(refreshTokens, eq(refreshTokens.sessionId, locked.id))
    .where(eq(refreshTokens.hash, hash))
    .for("update", { of: locked });
  if (!session) return null;
  // A statement of its own: the first one's snapshot is older than the lock that it waited for.
  const successors = alias(refreshTokens, "successors");
  const [row] = await db
    .select({ token: refreshTokens, successorRotatedAt: successors.rotatedAt })
    .from(refreshTokens)
    .leftJoin(successors, eq(successors.hash, refreshTokens.successorHash))
    .where(eq(refreshTokens.hash, hash));
  return row ?? null;
}

export async function markRotated(db: Database, hash: string, successor: { hash: string; at: Date }): Promise<void> {
  await db
    .update(refreshTokens)
    .set({ rotatedAt: successor.at, successorHash: successor.hash })
    .where(eq(refreshTokens.hash, hash));
}

/** The session that a refresh token belongs to, with nothing locked. */
export async function findRefreshSession(
  db: Database,
  hash: string,
): Promise<{ sessionId: string; userId: string; expiresAt: Date } | null> {
  const [row] = await db
    .select({ sessionId: sessions.id, userId: sessions.userId, expiresAt: refreshTokens.expiresAt })
    .from(refreshTokens)
    .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
    .where(eq(refreshTokens.hash, hash));
  return row ?? null;
}
