import { randomBytes } from "node:crypto";
import type { AccessClaims, CreateTokenManager, TokenSubject, TokenWork } from "@keywright/api";

interface Chain {
  userId: string;
  sessionId: string;
  expiresAt: Date;
  /** Refresh tokens, newest last. */
  links: string[];
}

/** A token manager as another app might write it: its own form of tokens in its own store, which it looks up. */
export function createOwnTokens(traits: { revokesAtLogout?: boolean } = {}) {
  const chains = new Set<Chain>();
  const accesses = new Map<string, AccessClaims>();
  const randomText = () => randomBytes(24).toString("hex");
  const chainOf = (token: string) => [...chains].find(({ links }) => links.includes(token));

  function pairFor(work: TokenWork, chain: Chain) {
    const accessToken = `own-${randomText()}`;
    const accessExpiresAt = new Date(work.now().getTime() + 300_000);
    const { userId, sessionId } = chain;
    accesses.set(accessToken, { userId, sessionId, expiresAt: accessExpiresAt });
    return {
      accessToken,
      accessExpiresAt,
      refreshToken: chain.links.at(-1) ?? "",
      refreshExpiresAt: chain.expiresAt,
    };
  }

  const create: CreateTokenManager = () => ({
    ...traits,
    async issue(work, { session, user }: TokenSubject) {
      const chain = { userId: user.id, sessionId: session.id, expiresAt: session.expiresAt, links: [randomText()] };
      chains.add(chain);
      return pairFor(work, chain);
    },
    async verify(work, token, { acceptExpired = false } = {}) {
      const claims = accesses.get(token) ?? null;
      return claims && claims.expiresAt <= work.now() && !acceptExpired ? "expired" : claims;
    },
    async refresh(work, token) {
      const chain = chainOf(token);
      if (!chain) return { status: "refused", reason: "TOKEN_INVALID" };
      const age = chain.links.length - 1 - chain.links.indexOf(token);
      if (age > 1) return { status: "reused", sessionId: chain.sessionId };
      if (age === 0) chain.links.push(randomText());
      return { status: "refreshed", sessionId: chain.sessionId, tokens: async () => pairFor(work, chain) };
    },
    async revoke(_work, token) {
      const chain = chainOf(token);
      return chain ? { userId: chain.userId, sessionId: chain.sessionId } : null;
    },
    async revokeAll(_work, of) {
      for (const chain of chains) {
        const isMeant = "userId" in of ? chain.userId === of.userId : of.sessionIds.includes(chain.sessionId);
        if (isMeant) chains.delete(chain);
      }
    },
  });

  return { create, kept: (sessionId: string) => [...chains].some((chain) => chain.sessionId === sessionId) };
}
