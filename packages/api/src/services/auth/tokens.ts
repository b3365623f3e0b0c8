import * as db from "@keywright/db";
import { KeywrightError } from "../../contract/reasons.js";
import type { Tokens, VerifiedToken } from "../../contract/types.js";
import { type Deps, inTransaction } from "../../deps.js";
import { endSession, endSessions, type LiveSession, validateSession } from "../../sessions/sessions.js";
import { type RefreshOutcome, tokensOf } from "../../tokens/token-manager.js";
import type { Visitor } from "../../who.js";
import { recordEvents } from "../audit.js";
import { noticeTo } from "../credentials.js";

/** The next attempt may reach another instance. */
const retrySeconds = 5;
/** How often the owner of a session is told that two use its refresh tokens. */
const sharedNoticeMs = 7 * 86_400_000;

/** Returns what an access token says, if its session is alive. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`. */
export async function verifyToken(deps: Deps, _who: Visitor, { token }: { token: string }): Promise<VerifiedToken> {
  const claims = await deps.tokenManager.verify(deps, token);
  if (claims === null) throw new KeywrightError("TOKEN_INVALID");
  if (claims === "expired") throw new KeywrightError("TOKEN_EXPIRED");
  const { userId, sessionId, expiresAt } = claims;
  const live = await validateSession(deps, { id: sessionId }, null);
  if (live?.user.id !== userId) throw new KeywrightError("TOKEN_INVALID");
  return { kind: "access", userId, sessionId, expiresAt };
}

/**
 * Exchanges a refresh token for its successor. If a token was already exchanged, it is treated as stolen: its session
 * ends, and the owner is notified. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`, `UNAVAILABLE`.
 */
export async function refresh(deps: Deps, who: Visitor, input: { refreshToken: string }): Promise<Tokens> {
  // Ending a reused chain must be committed, so the refusal is thrown only after the transaction.
  const outcome = await inTransaction(deps, (deps) => exchange(deps, who, input.refreshToken));
  if (outcome.status === "refreshed") return await tokensOf(outcome.tokens);
  if (outcome.status === "refused") throw refusalFor(outcome.reason);
  throw new KeywrightError("TOKEN_INVALID");
}

/** Ends the session that a refresh token belongs to; having the token is enough. Throws `TOKEN_INVALID`. */
export async function revokeToken(
  deps: Deps,
  who: Visitor,
  input: { refreshToken: string },
): Promise<{ revokedAt: Date }> {
  const revokedAt = deps.now();
  await inTransaction(deps, async (deps) => {
    const owner = await deps.tokenManager.revoke(deps, input.refreshToken);
    const ended = owner ? await endSessions(deps, owner.userId, { only: owner.sessionId }) : [];
    if (!owner || ended.length === 0) throw new KeywrightError("TOKEN_INVALID");
    const { userId, sessionId } = owner;
    await recordEvents(deps, who, { events: [{ kind: "session.ended", userId, sessionId }] });
  });
  return { revokedAt };
}

function refusalFor(reason: "TOKEN_INVALID" | "TOKEN_EXPIRED" | "UNAVAILABLE"): KeywrightError {
  return new KeywrightError(reason, reason === "UNAVAILABLE" ? { retryAfter: retrySeconds } : {});
}

async function exchange(deps: Deps, who: Visitor, refreshToken: string): Promise<RefreshOutcome> {
  const findSession = sessionsOnce(deps, who);
  const outcome = await deps.tokenManager.refresh({ ...deps, findSession, from: who }, refreshToken);
  if (outcome.status === "refused") return outcome;
  const live = await findSession(outcome.sessionId);
  // Whatever the manager says. Thrown, so that everything it wrote is rolled back.
  if (!live) throw new KeywrightError("TOKEN_INVALID");
  if (outcome.status === "reused") await endReused(deps, who, live);
  else if (outcome.isShared) await notifyShared(deps, who, live);
  return outcome;
}

async function endReused(deps: Deps, who: Visitor, { session, user }: LiveSession): Promise<void> {
  await endSession(deps, { id: session.id });
  const event = { kind: "refresh.reused" as const, userId: user.id, sessionId: session.id };
  await recordEvents(deps, who, { events: [event], mails: noticeTo(deps, user, "refresh_reused_notice") });
}

/**
 * Both may be the same phone, on a train and at home, so the session continues and its owner decides. Told once a week and
 * session: once for good would let a train in the first week hide a thief for the rest of it.
 */
async function notifyShared(deps: Deps, who: Visitor, { session, user }: LiveSession): Promise<void> {
  const event = { kind: "refresh.shared" as const, userId: user.id, sessionId: session.id };
  const since = new Date(deps.now().getTime() - sharedNoticeMs);
  if (await db.hasAuditEvent(deps.db, { ...event, since })) return;
  await recordEvents(deps, who, { events: [event], mails: noticeTo(deps, user, "refresh_shared_notice") });
}

/** The manager looks the session up, and so do we afterwards: one statement for both. */
function sessionsOnce(deps: Deps, who: Visitor) {
  const found = new Map<string, Promise<LiveSession | null>>();
  return (id: string): Promise<LiveSession | null> => {
    const live = found.get(id) ?? validateSession(deps, { id }, who);
    found.set(id, live);
    return live;
  };
}
