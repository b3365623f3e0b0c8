import type { LockedRefreshToken } from "@keywright/db";
import * as db from "@keywright/db";
import type { Tokens } from "../contract/types.js";
import { hashToken, type Keys, randomToken, successorOf } from "../keys.js";
import type { AccessTokens } from "./access-tokens.js";
import type { RefreshOutcome, RefreshWork, TokenManager, TokenStart, TokenWork } from "./token-manager.js";

interface Rotation extends TokenStart {
  access: AccessTokens;
}

/**
 * The refresh tokens of both managers that Keywright brings, under any form of access token: 256 random bits, stored
 * hashed, exchanged for one derived successor. A retry whose answer was lost gets the same successor again, until that
 * was used or the grace period is over; after that the token is a stolen one (RFC 9700, 4.14.2).
 */
export function rotatingTokens(start: TokenStart, access: AccessTokens): TokenManager {
  const rotation: Rotation = { ...start, access };
  return {
    issue: (work, subject) => issue(work, access, subject),
    verify: (work, token) => access.verify(token, work.now()),
    refresh: (work, token) => refresh(work, rotation, token),
    revoke: (work, token) => revoke(work, token),
    // The rows belong to their session's and are gone with it.
    revokeAll: async () => {},
    jwks: access.jwks,
  };
}

async function issue(
  work: TokenWork,
  access: AccessTokens,
  subject: Parameters<AccessTokens["issue"]>[0],
): Promise<Tokens> {
  const now = work.now();
  const { id: sessionId, absoluteExpiresAt: expiresAt } = subject.session;
  const refreshToken = randomToken("kwr_");
  await db.createRefreshToken(work.db, { hash: hashToken(refreshToken), sessionId, createdAt: now, expiresAt });
  const { token: accessToken, expiresAt: accessExpiresAt } = await access.issue(subject, now);
  return { accessToken, accessExpiresAt, refreshToken, refreshExpiresAt: expiresAt };
}

async function refresh(work: RefreshWork, rotation: Rotation, presented: string): Promise<RefreshOutcome> {
  const found = await db.lockRefreshToken(work.db, hashToken(presented));
  if (!found) return { status: "refused", reason: "TOKEN_INVALID" };
  const { sessionId, expiresAt, rotatedAt } = found.token;
  if (expiresAt <= work.now()) return { status: "refused", reason: "TOKEN_EXPIRED" };
  const subject = await work.findSession(sessionId);
  if (!subject) return { status: "refused", reason: "TOKEN_INVALID" };
  if (isReused(work, rotation, found)) return { status: "reused", sessionId };
  const successor = knownSuccessor(rotation.keys, presented, found) ?? successorOf(presented, rotation.keys.current);
  if (rotatedAt === null) await storeSuccessor(work, found, successor);
  const { token: accessToken, expiresAt: accessExpiresAt } = await rotation.access.issue(subject, work.now());
  const tokens = { accessToken, accessExpiresAt, refreshToken: successor, refreshExpiresAt: expiresAt };
  return { status: "refreshed", sessionId, tokens };
}

/** Nothing is written: the token's row goes with the session, which ends. */
async function revoke(work: TokenWork, token: string): Promise<{ userId: string; sessionId: string } | null> {
  const found = await db.findRefreshSession(work.db, hashToken(token));
  return found && found.expiresAt > work.now() ? { userId: found.userId, sessionId: found.sessionId } : null;
}

/** The successor that was given out before, whichever of the two secrets it was derived with. */
function knownSuccessor(keys: Keys, presented: string, { token }: LockedRefreshToken): string | null {
  const candidates = keys.all.map((key) => successorOf(presented, key));
  return candidates.find((candidate) => hashToken(candidate) === token.successorHash) ?? null;
}

async function storeSuccessor(work: TokenWork, { token }: LockedRefreshToken, successor: string): Promise<void> {
  const now = work.now();
  const hash = hashToken(successor);
  const { sessionId, expiresAt } = token;
  await db.createRefreshToken(work.db, { hash, sessionId, createdAt: now, expiresAt });
  await db.markRotated(work.db, token.hash, { hash, at: now });
}

function isReused(work: TokenWork, { settings }: Rotation, { token, successorRotatedAt }: LockedRefreshToken): boolean {
  if (token.rotatedAt === null) return false;
  const graceMs = settings.tokens.refreshGraceSeconds * 1000;
  return successorRotatedAt !== null || work.now().getTime() - token.rotatedAt.getTime() > graceMs;
}
