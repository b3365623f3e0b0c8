import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { exportJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { KeySet, Keys } from "../keys.js";

export interface AccessClaims {
  userId: string;
  sessionId: string;
  expiresAt: Date;
}

/** Signs and reads access tokens: JWTs (RFC 9068 profile) signed with Ed25519 (RFC 8037). */
export interface AccessTokens {
  issue(subject: { userId: string; sessionId: string; now: Date }): Promise<{ token: string; expiresAt: Date }>;
  /** `expired` only for tokens that were ours; null for everything else. */
  verify(token: string, now: Date): Promise<AccessClaims | "expired" | null>;
  /** The public keys, for services that check access tokens by themselves (RFC 7517). */
  jwks(): { keys: JWK[] };
}

interface SigningKey {
  id: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  jwk: JWK;
}

const type = "at+jwt";
/** Enough for the devices that are active within one access token's life; a verified signature does not change. */
const mostRemembered = 10_000;
const claimsSchema = z.object({ sub: z.uuid(), sid: z.uuid(), exp: z.number(), iat: z.number() });

export async function createAccessTokens(
  keys: Keys,
  { issuer, minutes }: { issuer: string; minutes: number },
): Promise<AccessTokens> {
  const ring = await Promise.all(keys.all.map(signingKeyOf));
  const [current] = ring;
  if (!current) throw new Error("There is no key to sign access tokens with.");
  const verified = new Map<string, AccessClaims>();

  return {
    async issue({ userId, sessionId, now }) {
      const issuedAt = Math.floor(now.getTime() / 1000);
      const expires = issuedAt + Math.round(minutes * 60);
      const token = await new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: "EdDSA", typ: type, kid: current.id })
        .setSubject(userId)
        .setIssuer(issuer)
        .setAudience(issuer)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expires)
        .sign(current.privateKey);
      return { token, expiresAt: new Date(expires * 1000) };
    },

    async verify(token, now) {
      const claims = verified.get(token) ?? (await readClaims(token, ring));
      if (!claims) return null;
      if (claims.expiresAt <= now) {
        verified.delete(token);
        return "expired";
      }
      if (verified.size >= mostRemembered) verified.clear();
      verified.set(token, claims);
      return claims;
    },

    jwks: () => ({ keys: ring.map(({ jwk }) => jwk) }),
  };
}

/**
 * Checks everything but the expiry, which is a matter of the injected clock, and the issuer: instances that share a
 * secret are one service, under however many addresses. The issuer is for other services.
 */
async function readClaims(token: string, ring: SigningKey[]): Promise<AccessClaims | null> {
  if (token.length > 2048) return null;
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
    return claimsOf(payload);
  } catch {
    return null;
  }
}

function claimsOf(payload: JWTPayload): AccessClaims | null {
  const parsed = claimsSchema.safeParse(payload);
  if (!parsed.success) return null;
  const { sub, sid, exp } = parsed.data;
  return { userId: sub, sessionId: sid, expiresAt: new Date(exp * 1000) };
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
