import type { LockedRefreshToken } from "@keywright/db";
import * as db from "@keywright/db";
import { type Deps, inTransaction } from "../deps.js";
import { KeywrightError, type Reason } from "../errors.js";
import { hashToken, successorOf } from "../keys.js";
import { endSession, validateSession } from "../sessions.js";
import type { Tokens, VerifiedToken } from "../types.js";
import type { Visitor } from "../who.js";
import { recordEvents } from "./audit.js";
import { noticeTo } from "./credentials.js";

type Refreshed = { refuse: Reason } | { successor: string; token: LockedRefreshToken };

/** Tells what an access token says, if its session is alive. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`. */
export async function verifyToken(deps: Deps, _who: Visitor, { token }: { token: string }): Promise<VerifiedToken> {
  const claims = await deps.accessTokens.verify(token, deps.now());
  if (claims === null) throw new KeywrightError("TOKEN_INVALID");
  if (claims === "expired") throw new KeywrightError("TOKEN_EXPIRED");
  if (!(await validateSession(deps, { id: claims.sessionId }))) throw new KeywrightError("TOKEN_INVALID");
  return { kind: "access", ...claims };
}

/**
 * Exchanges a refresh token for its successor. A retry whose answer was lost gets the same successor again, until that
 * was used or the grace period is over; after that the token is a stolen one, and the whole chain ends (RFC 9700,
 * 4.14.2). Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`.
 */
export async function refresh(deps: Deps, who: Visitor, input: { refreshToken: string }): Promise<Tokens> {
  // The end of a reused chain has to be committed, so the refusal is thrown only after the transaction.
  const result = await inTransaction(deps, (deps) => rotate(deps, who, input.refreshToken));
  if ("refuse" in result) deps.mailQueued();
  if ("refuse" in result) throw new KeywrightError(result.refuse);
  const { user, token } = result.token;
  const access = await deps.accessTokens.issue({ userId: user.id, sessionId: token.sessionId, now: deps.now() });
  return {
    accessToken: access.token,
    accessExpiresAt: access.expiresAt,
    refreshToken: result.successor,
    refreshExpiresAt: token.expiresAt,
  };
}

/** Ends the session that a refresh token belongs to; having the token is enough. Throws `TOKEN_INVALID`. */
export async function revokeToken(
  deps: Deps,
  who: Visitor,
  input: { refreshToken: string },
): Promise<{ revokedAt: Date }> {
  const revokedAt = deps.now();
  const isRevoked = await inTransaction(deps, async (deps) => {
    const found = await db.findRefreshSession(deps.db, hashToken(input.refreshToken));
    if (!found || found.expiresAt <= revokedAt) return false;
    await endSession(deps, { id: found.sessionId });
    const event = { kind: "session.ended" as const, userId: found.userId, sessionId: found.sessionId };
    await recordEvents(deps, who, { events: [event] });
    return true;
  });
  if (!isRevoked) throw new KeywrightError("TOKEN_INVALID");
  return { revokedAt };
}

async function rotate(deps: Deps, who: Visitor, presented: string): Promise<Refreshed> {
  const found = await db.lockRefreshToken(deps.db, hashToken(presented));
  if (!found || found.user.isDisabled || found.user.archivedAt) return { refuse: "TOKEN_INVALID" };
  if (found.token.expiresAt <= deps.now()) return { refuse: "TOKEN_EXPIRED" };
  const successor = knownSuccessor(deps, presented, found) ?? successorOf(presented, deps.keys.current);
  if (found.token.rotatedAt === null) {
    await storeSuccessor(deps, found, successor);
    return { successor, token: found };
  }
  if (!isReused(deps, found)) return { successor, token: found };
  await endSession(deps, { id: found.token.sessionId });
  const { sessionId } = found.token;
  const event = { kind: "refresh.reused" as const, userId: found.user.id, sessionId };
  await recordEvents(deps, who, { events: [event], mails: noticeTo(found.user, "refresh_reused_notice") });
  return { refuse: "TOKEN_INVALID" };
}

/** The successor that was given out before, whichever of the two secrets it was derived with. */
function knownSuccessor({ keys }: Deps, presented: string, { token }: LockedRefreshToken): string | null {
  const candidates = keys.all.map((key) => successorOf(presented, key));
  return candidates.find((candidate) => hashToken(candidate) === token.successorHash) ?? null;
}

async function storeSuccessor(deps: Deps, { token }: LockedRefreshToken, successor: string): Promise<void> {
  const now = deps.now();
  const hash = hashToken(successor);
  await db.createRefreshToken(deps.db, {
    hash,
    sessionId: token.sessionId,
    createdAt: now,
    expiresAt: token.expiresAt,
  });
  await db.markRotated(deps.db, token.hash, { hash, at: now });
}

function isReused(deps: Deps, { token, successorRotatedAt }: LockedRefreshToken): boolean {
  if (token.rotatedAt === null) return false;
  const graceMs = deps.settings.tokens.refreshGraceSeconds * 1000;
  return successorRotatedAt !== null || deps.now().getTime() - token.rotatedAt.getTime() > graceMs;
}
