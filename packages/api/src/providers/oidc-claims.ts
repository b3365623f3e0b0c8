import { z } from "zod";
import { refused } from "./call-provider.js";
import type { ProviderIdentity, ProviderTokens } from "./provider.js";

const text = z.string().optional().catch(undefined);

/** What we read of an ID token or of user info. Only `iss` and `sub` identify. */
export interface OidcClaims {
  sub: string;
  email?: string | undefined;
  email_verified?: unknown;
  given_name?: string | undefined;
  family_name?: string | undefined;
  name?: string | undefined;
  preferred_username?: string | undefined;
  /** Seconds since 1970. */
  auth_time?: number | undefined;
  [claim: string]: unknown;
}

/** Wrong types of what does not identify are ignored. */
const oidcClaims = z.looseObject({
  sub: z.string().min(1).max(255),
  email: text,
  given_name: text,
  family_name: text,
  name: text,
  preferred_username: text,
  auth_time: z.number().optional().catch(undefined),
}) satisfies z.ZodType<OidcClaims>;

/** Throws a fault if there is no subject. */
export function parseClaims(json: unknown): OidcClaims {
  const claims = oidcClaims.safeParse(json);
  if (!claims.success) throw refused("its answer does not say who it is about");
  return claims.data;
}

interface Reading {
  issuer: string;
  keyOf?(claims: OidcClaims): { issuer: string; subject: string };
  vouches(claims: OidcClaims): boolean;
}

export function identityOf(claims: OidcClaims, reading: Reading, tokens: ProviderTokens | null): ProviderIdentity {
  const { issuer, subject } = reading.keyOf?.(claims) ?? { issuer: reading.issuer, subject: claims.sub };
  return {
    issuer,
    subject,
    email: claims.email ?? null,
    isEmailVouched: claims.email !== undefined && reading.vouches(claims),
    username: claims.preferred_username ?? null,
    ...namesOf(claims),
    authenticatedAt: claims.auth_time === undefined ? null : new Date(claims.auth_time * 1000),
    tokens,
  };
}

function namesOf({ given_name, family_name, name }: OidcClaims): { firstName: string; lastName: string } {
  if (given_name !== undefined || family_name !== undefined) {
    return { firstName: given_name ?? "", lastName: family_name ?? "" };
  }
  return splitName(name ?? "");
}

/** For providers that know one name only: what comes before the last space, and what comes after it. */
export function splitName(name: string): { firstName: string; lastName: string } {
  const words = name.trim().split(/\s+/);
  const lastName = words.length > 1 ? (words.pop() ?? "") : "";
  return { firstName: words.join(" "), lastName };
}
