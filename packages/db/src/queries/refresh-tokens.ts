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
  isShared: boolean;
}

/** A token that somebody shows, as far as it can be read without the database. */
export interface PresentedRefreshToken {
  sessionId: string;
  hash: string;
  /** Whether it is known to be ours. One that is not is looked up by its hash only, and locks nothing. */
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
 * Finds the chain of a token, and locks it with its session: of racing calls each sees what the one before it has
 * done. Must run in a transaction.
 */
export async function lockRefreshChain(db: Database, token: PresentedRefreshToken): Promise<RefreshChain | null> {
  // Both tables are locked, in this order: a row that changed while the lock was waited for is read again.
  const [row] = await chainOf(db, token).for("update");
  return row ? toChain(row) : null;
}

/** The chain of a token, with nothing locked. */
export async function findRefreshChain(db: Database, token: PresentedRefreshToken): Promise<RefreshChain | null> {
  const [row] = await chainOf(db, token);
  return row ? toChain(row) : null;
}

/** Puts the successor in the place of the current token. */
export async function rotateRefreshChain(db: Database, sessionId: string, rotation: RefreshRotation): Promise<void> {
  const { currentHash, previousHash, at: rotatedAt, by: rotatedBy, salt: rotationSalt } = rotation;
  const generation = sql`${refreshTokens.generation} + 1`;
  await db
    .update(refreshTokens)
    .set({ generation, currentHash, previousHash, rotatedAt, rotatedBy, rotationSalt })
    .where(eq(refreshTokens.sessionId, sessionId));
}

/** Notes that the owner was told that somebody else uses the chain, too. */
export async function markRefreshChainShared(db: Database, sessionId: string): Promise<void> {
  await db.update(refreshTokens).set({ isShared: true }).where(eq(refreshTokens.sessionId, sessionId));
}

function chainOf(db: Database, { sessionId, hash, isOurs }: PresentedRefreshToken) {
  const isKnown = or(eq(refreshTokens.currentHash, hash), eq(refreshTokens.previousHash, hash));
  return db
    .select({ chain: refreshTokens, userId: sessions.userId, expiresAt: sessions.absoluteExpiresAt })
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
