import { createHmac, randomBytes } from "node:crypto";
import * as db from "@keywright/db";
import { z } from "zod";
import { socialPurposes } from "../../contract/lists.js";
import { KeywrightError } from "../../contract/reasons.js";
import type { Deps } from "../../deps.js";
import { hashToken } from "../../keys.js";
import { seal, unseal } from "../../sealing.js";

/** A person as a provider vouched for them, with everything that we would not store left out. */
export interface VouchedIdentity {
  issuer: string;
  subject: string;
  email: string | null;
  isEmailVouched: boolean;
  username: string | null;
  firstName: string;
  lastName: string;
  authenticatedAt: Date | null;
}

/** What a provider gave besides; null if it is not to be kept. */
export interface KeptTokens {
  /** Null if only the refresh token is kept, to be revoked in the end. */
  accessToken: string | null;
  refreshToken: string | null;
  expiresAt: Date | null;
}

/** How a sign-in was begun. */
interface Choices {
  provider: string;
  remember: boolean;
  deviceName: string | null;
  identity: VouchedIdentity;
  tokens: KeptTokens | null;
}

interface Payloads {
  /** For the app that began the flow. */
  handoff: Choices & {
    purpose: (typeof socialPurposes)[number];
    userId: string | null;
    startedAt: Date;
    codeChallenge: string;
  };
  /** For a sign-up that lacks something; in a redirect, with the flow whose cookie the browser must have. */
  ticket: Choices & { browser: { suffix: string; hash: string } | null };
}

export const keptTokens = z.object({
  accessToken: z.string().nullable(),
  refreshToken: z.string().nullable(),
  expiresAt: z.coerce.date().nullable(),
}) satisfies z.ZodType<KeptTokens>;

const choices = {
  tokens: keptTokens.nullable(),
  provider: z.string(),
  remember: z.boolean(),
  deviceName: z.string().nullable(),
  identity: z.object({
    issuer: z.string(),
    subject: z.string(),
    email: z.string().nullable(),
    isEmailVouched: z.boolean(),
    username: z.string().nullable(),
    firstName: z.string(),
    lastName: z.string(),
    authenticatedAt: z.coerce.date().nullable(),
  }),
};

const payloads = {
  handoff: z.object({
    ...choices,
    purpose: z.enum(socialPurposes),
    userId: z.string().nullable(),
    startedAt: z.coerce.date(),
    codeChallenge: z.string(),
  }),
  ticket: z.object({ ...choices, browser: z.object({ suffix: z.string(), hash: z.string() }).nullable() }),
} satisfies { [Kind in keyof Payloads]: z.ZodType<Payloads[Kind]> };

const lifetimesMs = { handoff: 60_000, ticket: 30 * 60_000 };
/** How long a ticket is good. */
export const ticketSeconds = lifetimesMs.ticket / 1000;
const prefixes = { handoff: "kwh_", ticket: "kwt_" };

/** Makes a one-time code. What it stands for is stored encrypted with the code, of which only the hash is stored. */
export async function issueGrant<Kind extends keyof Payloads>(
  deps: Deps,
  kind: Kind,
  payload: Payloads[Kind],
): Promise<string> {
  const token = prefixes[kind] + randomBytes(32).toString("base64url");
  const expiresAt = new Date(deps.now().getTime() + lifetimesMs[kind]);
  const sealed = seal(sealKey(token), JSON.stringify(payload));
  await db.createSocialGrant(deps.db, { hash: hashToken(token), kind, sealed, expiresAt });
  return token;
}

/** Consumes a hand-off code; of two callers, one gets it. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`. */
export async function consumeHandoff(deps: Deps, token: string): Promise<Payloads["handoff"]> {
  return payloads.handoff.parse(open(deps, token, await db.consumeSocialGrant(deps.db, "handoff", hashToken(token))));
}

/** Looks a ticket up without consuming it. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`. */
export async function findTicket(deps: Deps, token: string): Promise<Payloads["ticket"]> {
  return payloads.ticket.parse(open(deps, token, await db.findSocialGrant(deps.db, "ticket", hashToken(token))));
}

/** Consumes a ticket; of two callers, one gets it. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`. */
export async function consumeTicket(deps: Deps, token: string): Promise<Payloads["ticket"]> {
  return payloads.ticket.parse(open(deps, token, await db.consumeSocialGrant(deps.db, "ticket", hashToken(token))));
}

function open(deps: Deps, token: string, grant: { sealed: Uint8Array | null; expiresAt: Date } | null): unknown {
  const text = grant?.sealed ? unseal(sealKey(token), grant.sealed) : null;
  if (!grant || text === null) throw new KeywrightError("TOKEN_INVALID");
  if (grant.expiresAt <= deps.now()) throw new KeywrightError("TOKEN_EXPIRED");
  return JSON.parse(text);
}

/** The key that only the holder of a random token has. */
export function sealKey(token: string): Buffer {
  return createHmac("sha256", "keywright social seal v1").update(token).digest();
}
