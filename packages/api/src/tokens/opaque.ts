import type { KeySet } from "../keys.js";
import { seal, unseal } from "../sealing.js";
import { type AccessTokens, claimsFor, isOfFuture, longestAccessToken, readClaims } from "./access-tokens.js";
import { rotatingTokens } from "./rotating-tokens.js";
import type { CreateTokenManager, TokenStart } from "./token-manager.js";

const prefix = "kwa_";

/**
 * Access tokens that nobody else can read, not even their holder: the claims encrypted with AES-256-GCM. There is no
 * key to publish; other services call `auth.verifyToken`.
 */
export function opaqueTokens(): CreateTokenManager {
  return (start) => rotatingTokens(start, createAccessTokens(start));
}

function createAccessTokens({ keys, settings }: TokenStart): AccessTokens {
  return {
    async issue(subject, now) {
      const claims = claimsFor(subject, now, settings.tokens);
      const sealed = seal(keys.current.accessSealKey, JSON.stringify(claims));
      return { token: prefix + Buffer.from(sealed).toString("base64url"), expiresAt: new Date(claims.exp * 1000) };
    },

    async verify(token, now, { acceptExpired = false } = {}) {
      const opened = openToken(token, keys.all);
      const claims = opened === null ? null : readClaims(parsed(opened), settings.tokens);
      if (claims === null || isOfFuture(claims, now, settings.tokens)) return null;
      return claims.expiresAt <= now && !acceptExpired ? "expired" : claims;
    },

    jwks: () => ({ keys: [] }),
  };
}

function openToken(token: string, ring: KeySet[]): string | null {
  if (!token.startsWith(prefix) || token.length > longestAccessToken) return null;
  const text = token.slice(prefix.length);
  const bytes = Buffer.from(text, "base64url");
  // Node skips characters that are not base64url: of all spellings of the same bytes, only one is the token.
  if (bytes.toString("base64url") !== text) return null;
  for (const { accessSealKey } of ring) {
    const opened = unseal(accessSealKey, bytes);
    if (opened !== null) return opened;
  }
  return null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
