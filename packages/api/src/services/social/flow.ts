import { randomBytes } from "node:crypto";
import type { SocialFlowRow } from "@keywright/db";
import * as db from "@keywright/db";
import { z } from "zod";
import type { SocialStartInput } from "../../contract/input-types.js";
import { socialPurposes } from "../../contract/lists.js";
import { fieldError, KeywrightError } from "../../contract/reasons.js";
import type { Deps } from "../../deps.js";
import { hashToken } from "../../keys.js";
import { createFlowSecrets } from "../../providers/authorization-url.js";
import type { Provider } from "../../providers/provider.js";
import { seal, unseal } from "../../sealing.js";
import type { Actor, Visitor } from "../../who.js";
import { assertFresh } from "../freshness.js";
import { asking } from "./asking.js";
import { sealKey } from "./grants.js";
import { assertMayConnect } from "./may-connect.js";
import { parseReturnTo } from "./return-to.js";

/** How long a person may take at the provider. */
const flowMinutes = 10;

const details = z.object({
  purpose: z.enum(socialPurposes),
  nonce: z.string(),
  codeVerifier: z.string(),
  returnTo: z.string(),
  codeChallenge: z.string().nullable(),
  remember: z.boolean(),
  deviceName: z.string().nullable(),
  sessionId: z.string().nullable(),
  startedAt: z.coerce.date(),
}) satisfies z.ZodType<FlowDetails>;

interface FlowDetails {
  purpose: (typeof socialPurposes)[number];
  nonce: string;
  codeVerifier: string;
  returnTo: string;
  codeChallenge: string | null;
  remember: boolean;
  deviceName: string | null;
  /** Of whoever began it; null to sign in. */
  sessionId: string | null;
  startedAt: Date;
}

/** A round trip to a provider. */
export interface Flow extends FlowDetails {
  state: string;
  /** Who began it; null to sign in. */
  userId: string | null;
}

/** The cookie that binds a flow to its browser. Each flow has its own, so that two tabs can sign in at once. */
export interface FlowCookie {
  suffix: string;
  token: string;
  /** The provider's response is another site's POST. */
  isCrossSite: boolean;
  seconds: number;
}

/**
 * Begins a round trip: `state`, nonce and code verifier are stored here, encrypted with the `state`, which only its
 * browser has. Throws `SOCIAL_NOT_CONFIGURED`, `VALIDATION`, `PROVIDER_UNAVAILABLE`; to connect or to authenticate
 * again, also `NOT_AUTHENTICATED`, `EMAIL_NOT_VERIFIED` and `REAUTHENTICATION_REQUIRED`.
 */
export async function startSocial(
  deps: Deps,
  who: Visitor & Partial<Actor>,
  input: SocialStartInput,
): Promise<{ authorizationUrl: string; cookie: FlowCookie | null }> {
  const { purpose = "login", codeChallenge = null } = input;
  const provider = deps.providers.get(input.provider);
  const returnTo = parseReturnTo(deps, input.returnTo).href;
  assertMayStart(deps, who, { purpose, provider });
  const { state, ...secrets } = await createFlowSecrets();
  const redirectUri = deps.providers.redirectUriOf(provider);
  const request = { state, ...secrets, redirectUri, isFresh: purpose === "reauthenticate" };
  const url = await asking(deps, who, {
    provider,
    refusal: "PROVIDER_UNAVAILABLE",
    work: (call) => provider.createAuthorizationUrl(call, request),
  });
  const isSignedIn = purpose !== "login";
  const flow = {
    ...secrets,
    purpose,
    returnTo,
    codeChallenge,
    remember: input.remember ?? true,
    deviceName: input.deviceName ?? null,
    sessionId: isSignedIn ? (who.session?.id ?? null) : null,
    startedAt: deps.now(),
  };
  const cookie = codeChallenge === null ? newCookie(state, provider) : null;
  await saveFlow(deps, who, {
    hash: hashToken(state),
    provider: provider.id,
    browserHash: cookie && hashToken(cookie.token),
    userId: isSignedIn ? (who.user?.id ?? null) : null,
    sealed: seal(sealKey(state), JSON.stringify(flow)),
    usedAt: null,
    expiresAt: new Date(deps.now().getTime() + flowMinutes * 60_000),
  });
  return { authorizationUrl: url.href, cookie };
}

/** Throws `NOT_AUTHENTICATED` if the account of whoever begins it has just been deleted. */
async function saveFlow(deps: Deps, _who: Visitor, row: SocialFlowRow): Promise<void> {
  try {
    await db.createSocialFlow(deps.db, row);
  } catch (error) {
    if (row.userId === null || db.violatedConstraint(error) === null) throw error;
    throw new KeywrightError("NOT_AUTHENTICATED");
  }
}

function assertMayStart(
  deps: Deps,
  who: Visitor & Partial<Actor>,
  { purpose, provider }: { purpose: Flow["purpose"]; provider: Provider },
): void {
  if (purpose === "login") return;
  if (!who.user || !who.session) throw new KeywrightError("NOT_AUTHENTICATED");
  const actor = { ...who, user: who.user, session: who.session };
  if (purpose === "connect") {
    assertMayConnect(deps, actor);
    assertFresh(deps, actor);
  } else if (!provider.provesFreshSignIn) {
    // Without this proof the round trip would show only that the browser is still known there.
    throw new KeywrightError("VALIDATION", { fields: fieldError("provider", "INVALID") });
  }
}

function newCookie(state: string, { responseMode }: Provider): FlowCookie {
  const token = randomBytes(32).toString("base64url");
  return { suffix: flowSuffix(state), token, isCrossSite: responseMode === "form_post", seconds: flowMinutes * 60 };
}

/** Tells the cookies of several flows apart. */
export function flowSuffix(state: string): string {
  return hashToken(state).slice(0, 12);
}

/** What a callback presents. */
export interface FlowClaim {
  provider: string;
  state: string;
  /** The flow's cookie, if the browser has it. */
  browserToken: string | null;
}

/** Takes a flow; of two callers, one gets it. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`. */
export async function takeFlow(deps: Deps, { provider, state, browserToken }: FlowClaim): Promise<Flow> {
  const browserHash = browserToken === null ? null : hashToken(browserToken);
  const row = await db.consumeSocialFlow(deps.db, { hash: hashToken(state), provider, browserHash }, deps.now());
  if (row) return openFlow(row, state);
  const known = await db.findSocialFlow(deps.db, hashToken(state));
  const isLate = known !== null && known.usedAt === null && isOf(known, { provider, browserHash });
  throw new KeywrightError(isLate && known.expiresAt <= deps.now() ? "TOKEN_EXPIRED" : "TOKEN_INVALID");
}

/** A flow of this browser, used or not; null for everybody else. */
export async function findOwnFlow(deps: Deps, { provider, state, browserToken }: FlowClaim): Promise<Flow | null> {
  if (browserToken === null) return null;
  const row = await db.findSocialFlow(deps.db, hashToken(state));
  return row?.browserHash && isOf(row, { provider, browserHash: hashToken(browserToken) })
    ? openFlow(row, state)
    : null;
}

function isOf(
  row: SocialFlowRow,
  { provider, browserHash }: { provider: string; browserHash: string | null },
): boolean {
  return row.provider === provider && (row.browserHash === null || row.browserHash === browserHash);
}

function openFlow(row: SocialFlowRow, state: string): Flow {
  const text = unseal(sealKey(state), row.sealed);
  if (text === null) throw new KeywrightError("TOKEN_INVALID");
  return { ...details.parse(JSON.parse(text)), state, userId: row.userId };
}
