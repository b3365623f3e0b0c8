import { z } from "zod";
import type { AccessClaims, TokenSubject } from "./token-manager.js";

/** A form of access token that stores nothing in the database. `rotatingTokens` turns it into a token manager. */
export interface AccessTokens {
  issue(subject: TokenSubject, now: Date): Promise<{ token: string; expiresAt: Date }>;
  /** `expired` only for tokens that were ours, unless it is accepted; null for everything else. */
  verify(token: string, now: Date, options?: { acceptExpired?: boolean }): Promise<AccessClaims | "expired" | null>;
  /** The public keys, for services that verify access tokens themselves (RFC 7517). */
  jwks(): { keys: object[] };
}

/** Longer ones cannot be ours. */
export const longestAccessToken = 4096;
/** A request's headers may have 16 kB in all. A token that would become too long says only who it is for. */
const maxCarriedBytes = 2000;

const moment = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

/** Named columns only, as everywhere: what is not listed here is not exposed. */
const subjectSchema = z.object({
  user: z.object({
    id: z.uuid(),
    username: z.string().nullable(),
    email: z.string().nullable(),
    emailVerifiedAt: moment.nullable(),
    firstName: z.string(),
    lastName: z.string(),
    profile: z.record(z.string(), z.unknown()),
    isDisabled: z.boolean(),
    archivedAt: moment.nullable(),
    credentialVersion: z.int(),
    createdAt: moment,
    lastLoginAt: moment.nullable(),
    hasPassword: z.boolean(),
  }),
  session: z.object({
    id: z.uuid(),
    userId: z.uuid(),
    expiresAt: moment,
    absoluteExpiresAt: moment,
    createdAt: moment,
    lastSeenAt: moment,
    authenticatedAt: moment,
    isRemembered: z.boolean(),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
    deviceName: z.string().nullable(),
  }),
}) satisfies z.ZodType<TokenSubject>;

const claimsSchema = z.object({
  sub: z.uuid(),
  sid: z.uuid(),
  iat: z.number(),
  exp: z.number(),
  kw: subjectSchema.optional(),
});

/** The settings that matter to the content of an access token. */
export interface AccessRules {
  accessMinutes: number;
  statelessAccess: boolean;
}

/**
 * The claims that all forms of our access tokens contain, with times in whole seconds, as JWTs require; `kw` only if
 * `tokens.statelessAccess` is on.
 */
export function claimsFor(subject: TokenSubject, now: Date, { accessMinutes, statelessAccess }: AccessRules) {
  const iat = Math.floor(now.getTime() / 1000);
  const kw = statelessAccess ? z.encode(subjectSchema, subject) : null;
  const isCarried = kw !== null && Buffer.byteLength(JSON.stringify(kw)) <= maxCarriedBytes;
  const times = { iat, exp: iat + lifetimeOf({ accessMinutes }) };
  return { sub: subject.user.id, sid: subject.session.id, ...times, ...(isCarried ? { kw } : {}) };
}

/**
 * Null for anything that `claimsFor` did not write with these settings. A token that lives longer was made by somebody who
 * knows a secret that has leaked; or before `tokens.accessMinutes` was lowered, and then its client refreshes it.
 */
export function readClaims(payload: unknown, rules: Pick<AccessRules, "accessMinutes">): AccessClaims | null {
  const parsed = claimsSchema.safeParse(payload);
  if (!parsed.success) return null;
  const { sub, sid, iat, exp, kw } = parsed.data;
  if (exp - iat > lifetimeOf(rules)) return null;
  return { userId: sub, sessionId: sid, expiresAt: new Date(exp * 1000), carried: kw ?? null };
}

/** Much more than the clocks of two instances differ, and far less than a forged token would want. */
const toleranceMs = 86_400_000;

/** Whether it expires so late that nobody can have made it by now. */
export function isOfFuture(
  { expiresAt }: AccessClaims,
  now: Date,
  { accessMinutes }: Pick<AccessRules, "accessMinutes">,
): boolean {
  return expiresAt.getTime() - now.getTime() > accessMinutes * 60_000 + toleranceMs;
}

/** In seconds. */
function lifetimeOf({ accessMinutes }: Pick<AccessRules, "accessMinutes">): number {
  return Math.round(accessMinutes * 60);
}
