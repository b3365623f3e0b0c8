import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomUUID } from "node:crypto";
import type { JWK } from "jose";
import { SignJWT } from "jose/jwt/sign";
import { jwtVerify } from "jose/jwt/verify";
import { exportJWK } from "jose/key/export";
import type { KeySet } from "../keys.js";
import { type AccessTokens, claimsFor, isOfFuture, longestAccessToken, readClaims } from "./access-tokens.js";
import { rotatingTokens } from "./rotating-tokens.js";
import type { CreateTokenManager, TokenStart } from "./token-manager.js";
import { createVerifiedTokens } from "./verified-tokens.js";

interface SigningKey {
  id: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  jwk: JWK;
}

const type = "at+jwt";
/** The required claim for which Keywright has no more than one value: all clients are the app's own. */
const clientId = "keywright";

/**
 * The default: access tokens are JWTs (RFC 9068 profile) signed with Ed25519 (RFC 8037), which services verify with the
 * published keys. Whoever holds one can read it; with `tokens.statelessAccess` that includes the person's names and
 * address.
 */
export function jwtTokens(): CreateTokenManager {
  return async (start) => rotatingTokens(start, await createAccessTokens(start));
}

async function createAccessTokens({ keys, settings, issuer }: TokenStart): Promise<AccessTokens> {
  const ring = await Promise.all(keys.all.map(signingKeyOf));
  const [current] = ring;
  if (!current) throw new Error("There is no key to sign access tokens with.");
  const verified = createVerifiedTokens();

  return {
    async issue(subject, now) {
      const claims = claimsFor(subject, now, settings.tokens);
      const token = await new SignJWT({ ...claims, client_id: clientId })
        .setProtectedHeader({ alg: "EdDSA", typ: type, kid: current.id })
        .setIssuer(issuer)
        .setAudience(issuer)
        .setJti(randomUUID())
        .sign(current.privateKey);
      return { token, expiresAt: new Date(claims.exp * 1000) };
    },

    async verify(token, now, { acceptExpired = false } = {}) {
      if (token.length > longestAccessToken) return null;
      const known = verified.find(token);
      const claims = known ?? readClaims(await payloadOf(token, ring), settings.tokens);
      if (!claims || isOfFuture(claims, now, settings.tokens)) return null;
      if (claims.expiresAt <= now) return acceptExpired ? claims : "expired";
      if (!known) verified.add(token, claims, now);
      return claims;
    },

    jwks: () => ({ keys: ring.map(({ jwk }) => jwk) }),
  };
}

/**
 * Checks everything except the expiry, which depends on the injected clock, and the issuer: instances that share a
 * secret are one service, under any number of addresses. The issuer is meant for other services.
 */
async function payloadOf(token: string, ring: SigningKey[]): Promise<unknown> {
  if (!token.split(".").every(isCanonical)) return null;
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
    return payload;
  } catch {
    return null;
  }
}

/** Of all spellings of the same bytes, with spaces, padding or unused bits, only one is ours. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, "base64url").toString("base64url") === part;
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
