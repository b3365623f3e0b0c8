import { and, eq, or, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { refreshTokens, sessions } from "../schema/index.js";

/** The refresh tokens of one session. */
export interface RefreshChain {
  sessionId: string;
  userId: string;
  expiresAt: Date;
  generation: number;
  currentHash: string;
  /** Null until the first rotation. */
  last: { previousHash: string; at: Date; by: string; salt: string } | null;
  /** Whether two callers were found to use the last link. */
  isShared: boolean;
}

/** A presented refresh token, as far as it can be read without the database. */
export interface PresentedRefreshToken {
  sessionId: string;
  hash: string;
  /** Whether its MAC proves it ours. If not, it is looked up by its hash only, and locks nothing. */
  isOurs: boolean;
}

export interface RefreshRotation {
  currentHash: string;
  previousHash: string;
  at: Date;
  by: string;
  salt: string;
}

export async function createRefreshChain(db: Database, row: { sessionId: string; currentHash: string }): Promise<void> {
  await db.insert(refreshTokens).values({ ...row, generation: 0 });
}

/**
 * Finds the chain of a token and locks it with its session, so that each of several racing calls sees what the one
 * before it did. Must run in a transaction.
 */
export async function lockRefreshChain(db: Database, token: PresentedRefreshToken): Promise<RefreshChain | null> {
  // Both tables are locked, in this order: a row that changed while we waited for the lock is read again.
  const [row] = await chainOf(db, token).for("update");
  return row ? toChain(row) : null;
}

/** The chain of a token, without locking anything. */
export async function findRefreshChain(db: Database, token: PresentedRefreshToken): Promise<RefreshChain | null> {
  const [row] = await chainOf(db, token);
  return row ? toChain(row) : null;
}

/** Replaces the current token with its successor. */
export async function rotateRefreshChain(db: Database, sessionId: string, rotation: RefreshRotation): Promise<void> {
  const { currentHash, previousHash, at: rotatedAt, by: rotatedBy, salt: rotationSalt } = rotation;
  const generation = sql`${refreshTokens.generation} + 1`;
  await db
    .update(refreshTokens)
    .set({ generation, currentHash, previousHash, rotatedAt, rotatedBy, rotationSalt, isShared: false })
    .where(eq(refreshTokens.sessionId, sessionId));
}

/** Records that two callers use the last link, until the next one. */
export async function markRefreshChainShared(db: Database, sessionId: string): Promise<void> {
  await db.update(refreshTokens).set({ isShared: true }).where(eq(refreshTokens.sessionId, sessionId));
}

function chainOf(db: Database, { sessionId, hash, isOurs }: PresentedRefreshToken) {
  const isKnown = or(eq(refreshTokens.currentHash, hash), eq(refreshTokens.previousHash, hash));
  return db
    .select({ chain: refreshTokens, userId: sessions.userId, expiresAt: sessions.expiresAt })
    .from(sessions)
    .innerJoin(refreshTokens, eq(refreshTokens.sessionId, sessions.id))
    .where(and(eq(sessions.id, sessionId), isOurs ? undefined : isKnown));
}

function toChain({ chain, userId, expiresAt }: Awaited<ReturnType<typeof chainOf>>[number]): RefreshChain {
  const { sessionId, generation, currentHash, isShared } = chain;
  const { previousHash, rotatedAt: at, rotatedBy: by, rotationSalt: salt } = chain;
  const last = previousHash && at && by && salt ? { previousHash, at, by, salt } : null;
  return { sessionId, userId, expiresAt, generation, currentHash, last, isShared };
}
