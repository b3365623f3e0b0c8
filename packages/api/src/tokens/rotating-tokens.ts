import { createHmac, randomUUID } from "node:crypto";
import type { RefreshChain } from "@keywright/db";
import * as db from "@keywright/db";
import type { Tokens } from "../contract/types.js";
import { hashToken } from "../keys.js";
import { ipKey } from "../limits/limits.js";
import type { AccessTokens } from "./access-tokens.js";
import { firstRefreshToken, type RefreshToken, readRefreshToken, successorOf } from "./refresh-token.js";
import type {
  IssuedTokens,
  RefreshOutcome,
  RefreshWork,
  TokenManager,
  TokenStart,
  TokenSubject,
  TokenWork,
} from "./token-manager.js";

interface Rotation extends TokenStart {
  access: AccessTokens;
}

const hourMs = 3_600_000;

/**
 * The refresh tokens of both of Keywright's managers, whatever the form of access token: each is exchanged for one
 * derived successor, with one row per chain. A retry whose answer was lost gets the same successor again, until that is
 * used or the grace period ends; after that, as long as the session lives, the token counts as stolen (RFC 9700,
 * 4.14.2).
 */
export function rotatingTokens(start: TokenStart, access: AccessTokens): TokenManager {
  const rotation: Rotation = { ...start, access };
  return {
    issue: (work, subject) => issue(work, rotation, subject),
    verify: (work, token, options) => access.verify(token, work.now(), options),
    refresh: (work, token) => refresh(work, rotation, token),
    revoke: (work, token) => revoke(work, rotation, token),
    // The row belongs to its session, and is deleted with it.
    revokeAll: async () => {},
    jwks: access.jwks,
  };
}

async function issue(work: TokenWork, rotation: Rotation, subject: TokenSubject): Promise<IssuedTokens> {
  const { id: sessionId } = subject.session;
  const refreshToken = firstRefreshToken(sessionId, rotation.keys.current);
  await db.createRefreshChain(work.db, { sessionId, currentHash: hashToken(refreshToken) });
  return pairOf(work, rotation, { subject, refreshToken });
}

async function refresh(work: RefreshWork, rotation: Rotation, presented: string): Promise<RefreshOutcome> {
  const token = readRefreshToken(presented, rotation.keys);
  const chain = token && (await db.lockRefreshChain(work.db, token));
  const place = chain && placeOf(token, chain);
  if (!place) return { status: "refused", reason: "TOKEN_INVALID" };
  const { sessionId } = chain;
  if (chain.expiresAt <= work.now()) return { status: "refused", reason: "TOKEN_EXPIRED" };
  const subject = await work.findSession(sessionId);
  if (!subject) return { status: "refused", reason: "TOKEN_INVALID" };
  if (isReused(work, rotation, { place, chain })) return { status: "reused", sessionId };
  const refreshToken =
    place === "current" ? await rotate(work, rotation, token) : knownSuccessor(rotation, token, chain);
  if (refreshToken === null) return { status: "refused", reason: "UNAVAILABLE" };
  const isShared = place === "previous" && (await noteShared(work, chain));
  return { status: "refreshed", sessionId, isShared, tokens: pairOf(work, rotation, { subject, refreshToken }) };
}

/** Writes nothing: the session ends, and the row is deleted with it. */
async function revoke(
  work: TokenWork,
  { keys }: Rotation,
  presented: string,
): Promise<{ userId: string; sessionId: string } | null> {
  const token = readRefreshToken(presented, keys);
  const chain = token && (await db.findRefreshChain(work.db, token));
  if (!chain || !placeOf(token, chain) || chain.expiresAt <= work.now()) return null;
  return { userId: chain.userId, sessionId: chain.sessionId };
}

type Place = "current" | "previous" | "older";

/**
 * A token's position in its chain; null if it was never in it. Only the stored hashes decide which token is valid, so
 * the secret alone cannot make one; the MAC identifies older tokens, which are no longer stored.
 */
function placeOf(token: RefreshToken, { generation, currentHash, last }: RefreshChain): Place | null {
  if (token.hash === currentHash) return "current";
  if (token.hash === last?.previousHash) return "previous";
  return token.isOurs && token.generation < generation ? "older" : null;
}

/** While a token is the previous one, its successor has not been used. */
function isReused(
  work: TokenWork,
  { settings }: Rotation,
  { place, chain: { last } }: { place: Place; chain: RefreshChain },
): boolean {
  if (place !== "previous" || last === null) return place === "older";
  return work.now().getTime() - last.at.getTime() > settings.tokens.refreshGraceHours * hourMs;
}

async function rotate(work: RefreshWork, { keys }: Rotation, token: RefreshToken): Promise<string> {
  const salt = randomUUID();
  const successor = successorOf(token, salt, keys.current);
  const hashes = { currentHash: hashToken(successor), previousHash: token.hash };
  const rotation = { ...hashes, at: work.now(), by: callerOf(work, salt), salt };
  await db.rotateRefreshChain(work.db, token.sessionId, rotation);
  return successor;
}

/**
 * The successor that was handed out before, whichever of the two secrets it was derived with. Null if an instance with
 * another secret derived it, as during a change of secrets: one derived here would not be stored anywhere.
 */
function knownSuccessor({ keys }: Rotation, token: RefreshToken, { currentHash, last }: RefreshChain): string | null {
  if (last === null) return null;
  const candidates = keys.all.map((key) => successorOf(token, last.salt, key));
  return candidates.find((candidate) => hashToken(candidate) === currentHash) ?? null;
}

/** True once per link: for a retry from somewhere other than the rotation. */
async function noteShared(work: RefreshWork, { sessionId, last, isShared }: RefreshChain): Promise<boolean> {
  if (last === null || isShared || last.by === callerOf(work, last.salt)) return false;
  await db.markRefreshChainShared(work.db, sessionId);
  return true;
}

/** Distinguishes callers without storing who they are. */
function callerOf({ from: { ip, userAgent } }: RefreshWork, salt: string): string {
  const network = ip === null ? "" : ipKey(ip);
  return createHmac("sha256", salt)
    .update(`${network}\n${userAgent ?? ""}`)
    .digest("hex");
}

/** Call the result after the commit: some forms of access token take time to sign. */
function pairOf(
  { now }: TokenWork,
  { access }: Rotation,
  { subject, refreshToken }: { subject: TokenSubject; refreshToken: string },
): () => Promise<Tokens> {
  return async () => {
    const { token: accessToken, expiresAt: accessExpiresAt } = await access.issue(subject, now());
    return { accessToken, accessExpiresAt, refreshToken, refreshExpiresAt: subject.session.expiresAt };
  };
}
