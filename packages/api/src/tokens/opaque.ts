import type { KeySet } from "../keys.js";
import { seal, unseal } from "../sealing.js";
import { type AccessTokens, claimsFor, expiryOf, longestAccessToken, readClaims } from "./access-tokens.js";
import { rotatingTokens } from "./rotating-tokens.js";
import type { AccessClaims, CreateTokenManager, TokenStart } from "./token-manager.js";

const prefix = "kwa_";

/**
 * Access tokens that nobody else can read, not even their holder: the claims encrypted with AES-256-GCM. There is no
 * key to publish; other services call `auth.verifyToken`.
 */
export function opaqueTokens(): CreateTokenManager {
  return (start) => rotatingTokens(start, createAccessTokens(start));
}

function createAccessTokens({ keys, settings }: TokenStart): AccessTokens {
  const { accessMinutes, statelessAccess: isStateless } = settings.tokens;
  return {
    async issue(subject, now) {
      const exp = expiryOf(now, accessMinutes);
      const claims = JSON.stringify(claimsFor(subject, { exp, isStateless }));
      const token = prefix + Buffer.from(seal(keys.current.accessSealKey, claims)).toString("base64url");
      return { token, expiresAt: new Date(exp * 1000) };
    },

    async verify(token, now) {
      const claims = readToken(token, keys.all);
      return claims && claims.expiresAt <= now ? "expired" : claims;
    },

    jwks: () => ({ keys: [] }),
  };
}

function readToken(token: string, ring: KeySet[]): AccessClaims | null {
  if (!token.startsWith(prefix) || token.length > longestAccessToken) return null;
  const text = token.slice(prefix.length);
  const bytes = Buffer.from(text, "base64url");
  // Node skips characters that are not base64url: of all spellings of the same bytes, only one is the token.
  if (bytes.toString("base64url") !== text) return null;
  for (const { accessSealKey } of ring) {
    const opened = unseal(accessSealKey, bytes);
    if (opened !== null) return readClaims(parsed(opened));
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
