import { createHash } from "node:crypto";
import * as errors from "jose/errors";
import { createRemoteJWKSet, customFetch } from "jose/jwks/remote";
import { decodeJwt } from "jose/jwt/decode";
import { type JWTVerifyGetKey, jwtVerify } from "jose/jwt/verify";
import { z } from "zod";
import { boundedFetch, type ProviderCall, refused } from "./call-provider.js";

/** What an ID token must be. */
export interface ExpectedIdToken {
  /** Whether the issuer is the provider's; asked before any key is looked up. */
  isIssuer(issuer: string, claims: Record<string, unknown>): boolean;
  /** Ours; the token must be for one of them. */
  clientIds: string[];
  keys: ProviderKeys;
  /** Whether a key of the set may sign for this issuer. Default: every key. */
  isKeyOf?: ((key: Record<string, unknown>, claims: Record<string, unknown>) => boolean) | undefined;
  /** Null if none was asked for. */
  nonce: string | null;
}

/** A provider's public keys, and the set as it was last fetched. */
export interface ProviderKeys extends JWTVerifyGetKey {
  jwks(): { keys: Record<string, unknown>[] } | undefined;
}

/** Signatures of public keys only: a symmetric one could be made with a key that everybody can read. */
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
/** Sign-ins are recent; a token that is older was kept by somebody. */
const maxAgeSeconds = 3600;
const toleranceSeconds = 30;
const maxLength = 16_384;
const keysMs = 5_000;

interface IdClaims {
  iss: string;
  sub: string;
  aud: string | string[];
  azp?: string | undefined;
  exp: number;
  nonce?: string | undefined;
  [claim: string]: unknown;
}

const idClaims = z.looseObject({
  iss: z.string(),
  sub: z.string().min(1).max(255),
  aud: z.union([z.string(), z.array(z.string()).min(1)]),
  azp: z.string().optional(),
  exp: z.number(),
  nonce: z.string().optional(),
}) satisfies z.ZodType<IdClaims>;

/**
 * Verifies an ID token (OpenID Connect Core, 3.1.3.7): issuer, signature, algorithm, audience, authorized party, times
 * and nonce, which may be its SHA-256 in hex, as Apple's SDK sends it. Throws a fault.
 */
export async function verifyIdToken(call: ProviderCall, token: string, expected: ExpectedIdToken): Promise<IdClaims> {
  const { isIssuer, clientIds, nonce } = expected;
  if (token.length > maxLength) throw refused("its ID token is too long");
  const unverified = unverifiedClaims(token);
  if (typeof unverified.iss !== "string" || !isIssuer(unverified.iss, unverified)) {
    throw refused("its ID token is from another issuer");
  }
  const claims = idClaims.safeParse(await verifiedClaims(call, token, expected));
  if (!claims.success) throw refused("its ID token lacks a claim");
  const { aud, azp } = claims.data;
  const isShared = Array.isArray(aud) && aud.length > 1;
  if (azp === undefined ? isShared : !clientIds.includes(azp)) throw refused("its ID token is for another client");
  if (nonce !== null && !isNonce(claims.data.nonce, nonce)) throw refused("its ID token has another nonce");
  return claims.data;
}

function unverifiedClaims(token: string): Record<string, unknown> {
  try {
    return decodeJwt(token);
  } catch {
    throw refused("its ID token is not a token");
  }
}

async function verifiedClaims(call: ProviderCall, token: string, expected: ExpectedIdToken): Promise<unknown> {
  const { keys, isKeyOf } = expected;
  const { payload, protectedHeader } = await verifiedToken(call, token, expected);
  if (!isKeyOf) return payload;
  const key = keys.jwks()?.keys.find(({ kid }) => kid === protectedHeader.kid);
  if (!key || !isKeyOf(key, payload)) throw refused("its ID token is signed with another issuer's key");
  return payload;
}

async function verifiedToken({ now }: ProviderCall, token: string, { clientIds, keys }: ExpectedIdToken) {
  try {
    return await jwtVerify(token, keys, {
      algorithms,
      audience: clientIds,
      requiredClaims: ["iss", "sub", "aud", "exp", "iat"],
      maxTokenAge: maxAgeSeconds,
      clockTolerance: toleranceSeconds,
      currentDate: now,
    });
  } catch (error) {
    // Everything about the token itself is a refusal; that the keys cannot be fetched is an outage.
    const isOutage = !(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout;
    if (isOutage || error instanceof errors.JWKSInvalid || error.code === "ERR_JOSE_GENERIC") throw error;
    throw refused(`its ID token is not valid (${error.code})`);
  }
}

function isNonce(claimed: string | undefined, nonce: string): boolean {
  return claimed === nonce || claimed === createHash("sha256").update(nonce).digest("hex");
}

/**
 * The provider's public keys, fetched when they are first needed and again for a key that is unknown, at most twice a
 * minute: made-up key ids must not make us call the provider.
 */
export function remoteKeys(url: URL): ProviderKeys {
  return createRemoteJWKSet(url, {
    timeoutDuration: keysMs,
    cooldownDuration: 30_000,
    cacheMaxAge: 600_000,
    [customFetch]: (address, { headers, method, signal }) => boundedFetch(signal)(address, { headers, method }),
  });
}

/**
 * What a used ID token is remembered by. Without the signature, of which there can be more than one for the same token.
 */
export function idTokenIdentity(token: string): string {
  const end = token.lastIndexOf(".");
  return end === -1 ? token : token.slice(0, end);
}
