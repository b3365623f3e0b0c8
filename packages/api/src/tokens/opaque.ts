import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import type { KeySet } from "../keys.js";
import { type AccessTokens, claimsFor, expiryOf, longestAccessToken, readClaims } from "./access-tokens.js";
import { rotatingTokens } from "./rotating-tokens.js";
import type { AccessClaims, CreateTokenManager, TokenStart } from "./token-manager.js";

const prefix = "kwa_";
const cipher = "aes-256-gcm";
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;

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
      const token = seal(JSON.stringify(claimsFor(subject, { exp, isStateless })), keys.current);
      return { token, expiresAt: new Date(exp * 1000) };
    },

    async verify(token, now) {
      const claims = readToken(token, keys.all);
      return claims && claims.expiresAt <= now ? "expired" : claims;
    },

    jwks: () => ({ keys: [] }),
  };
}

function seal(text: string, key: KeySet): string {
  const salt = randomBytes(saltBytes);
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, keyOf(salt, key), nonce);
  const sealed = Buffer.concat([sealing.update(text, "utf8"), sealing.final()]);
  return prefix + Buffer.concat([salt, nonce, sealed, sealing.getAuthTag()]).toString("base64url");
}

function readToken(token: string, ring: KeySet[]): AccessClaims | null {
  if (!token.startsWith(prefix) || token.length > longestAccessToken) return null;
  const text = token.slice(prefix.length);
  const bytes = Buffer.from(text, "base64url");
  // Node skips characters that are not base64url: of all spellings of the same bytes, only one is the token.
  if (bytes.length <= saltBytes + nonceBytes + tagBytes || bytes.toString("base64url") !== text) return null;
  for (const key of ring) {
    const opened = open(bytes, key);
    if (opened !== null) return readClaims(opened);
  }
  return null;
}

function open(bytes: Buffer, key: KeySet): unknown {
  const salt = bytes.subarray(0, saltBytes);
  const nonce = bytes.subarray(saltBytes, saltBytes + nonceBytes);
  const opening = createDecipheriv(cipher, keyOf(salt, key), nonce, { authTagLength: tagBytes });
  opening.setAuthTag(bytes.subarray(-tagBytes));
  const sealed = bytes.subarray(saltBytes + nonceBytes, -tagBytes);
  try {
    return JSON.parse(Buffer.concat([opening.update(sealed), opening.final()]).toString("utf8"));
  } catch {
    return null;
  }
}

/** A separate key for each token: random nonces under one key are safe for 2³² tokens only (NIST SP 800-38D, 8.3). */
function keyOf(salt: Buffer, { accessSealKey }: KeySet): Buffer {
  return createHmac("sha256", accessSealKey).update(salt).digest();
}
