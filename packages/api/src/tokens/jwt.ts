import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { exportJWK, type JWK, jwtVerify, SignJWT } from "jose";
import type { KeySet } from "../keys.js";
import { type AccessTokens, claimsFor, expiryOf, longestAccessToken, readClaims } from "./access-tokens.js";
import { rotatingTokens } from "./rotating-tokens.js";
import type { AccessClaims, CreateTokenManager, TokenStart } from "./token-manager.js";

interface SigningKey {
  id: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  jwk: JWK;
}

const type = "at+jwt";
/** Enough for all devices active within one access token's life; a verified signature does not change. */
const maxRemembered = 10_000;

/**
 * The default: access tokens are JWTs (RFC 9068 profile) signed with Ed25519 (RFC 8037), which services verify with the
 * published keys. Whoever holds one can read it; with `tokens.statelessAccess` that includes the person's names and
 * address.
 */
export function jwtTokens(): CreateTokenManager {
  return async (start) => rotatingTokens(start, await createAccessTokens(start));
}

async function createAccessTokens({ keys, settings, issuer }: TokenStart): Promise<AccessTokens> {
  const { accessMinutes, statelessAccess: isStateless } = settings.tokens;
  const ring = await Promise.all(keys.all.map(signingKeyOf));
  const [current] = ring;
  if (!current) throw new Error("There is no key to sign access tokens with.");
  const verified = new Map<string, AccessClaims>();

  return {
    async issue(subject, now) {
      const exp = expiryOf(now, accessMinutes);
      const token = await new SignJWT(claimsFor(subject, { exp, isStateless }))
        .setProtectedHeader({ alg: "EdDSA", typ: type, kid: current.id })
        .setIssuer(issuer)
        .setAudience(issuer)
        .setIssuedAt(Math.floor(now.getTime() / 1000))
        .sign(current.privateKey);
      return { token, expiresAt: new Date(exp * 1000) };
    },

    async verify(token, now) {
      const claims = verified.get(token) ?? (await readToken(token, ring));
      if (!claims) return null;
      if (claims.expiresAt <= now) {
        verified.delete(token);
        return "expired";
      }
      if (verified.size >= maxRemembered) verified.clear();
      verified.set(token, claims);
      return claims;
    },

    jwks: () => ({ keys: ring.map(({ jwk }) => jwk) }),
  };
}

/**
 * Checks everything except the expiry, which depends on the injected clock, and the issuer: instances that share a
 * secret are one service, under any number of addresses. The issuer is meant for other services.
 */
async function readToken(token: string, ring: SigningKey[]): Promise<AccessClaims | null> {
  if (token.length > longestAccessToken) return null;
  const keyOf = ({ kid }: { kid?: string }) => {
    const key = ring.find(({ id }) => id === kid);
    if (!key) throw new Error("unknown key");
    return key.publicKey;
  };
  try {
    const { payload } = await jwtVerify(token, keyOf, {
      algorithms: ["EdDSA"],
      typ: type,
      requiredClaims: ["sub", "sid", "exp", "iat"],
      currentDate: new Date(0),
    });
    return readClaims(payload);
  } catch {
    return null;
  }
}

/** RFC 8410: the fixed PKCS #8 wrapping of a 32-byte Ed25519 seed. */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

async function signingKeyOf({ accessSeed }: KeySet): Promise<SigningKey> {
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, accessSeed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  const jwk = await exportJWK(publicKey);
  const id = createHash("sha256").update(String(jwk.x)).digest("base64url").slice(0, 16);
  return { id, privateKey, publicKey, jwk: { ...jwk, kid: id, alg: "EdDSA", use: "sig" } };
}
