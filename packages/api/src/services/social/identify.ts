import { createHash, timingSafeEqual } from "node:crypto";
import * as db from "@keywright/db";
import { z } from "zod";
import type { SocialProofInput } from "../../contract/input-types.js";
import { fieldError, KeywrightError } from "../../contract/reasons.js";
import type { Deps } from "../../deps.js";
import { emailField, nameField, usernameField } from "../../inputs/fields.js";
import { hashToken } from "../../keys.js";
import { type ProviderCall, refused } from "../../providers/call-provider.js";
import { idTokenIdentity } from "../../providers/id-token.js";
import type { CodeGrant, Provider, ProviderIdentity, ProviderTokens } from "../../providers/provider.js";
import type { Visitor } from "../../who.js";
import { asking } from "./asking.js";
import { type Flow, takeFlow } from "./flow.js";
import { consumeHandoff, type KeptTokens, type VouchedIdentity } from "./grants.js";

/** A person, vouched for by a provider just now. */
export interface SocialProof {
  provider: Provider;
  identity: VouchedIdentity;
  /** Null unless the settings keep them. */
  tokens: KeptTokens | null;
  /** How the round trip was begun; null if there was none. */
  flow: Pick<Flow, "purpose" | "userId" | "startedAt" | "remember" | "deviceName"> | null;
}

/** Longer than an ID token is accepted. */
const idTokenMs = 2 * 3_600_000;

/**
 * Finds out who somebody is, in any of the ways that the provider offers. Makes at most one statement, and holds no
 * connection while it asks the provider. Throws `SOCIAL_NOT_CONFIGURED` (also for a way that the provider does not
 * offer), `TOKEN_INVALID` and `TOKEN_EXPIRED` (state, or hand-off code), `PROVIDER_REFUSED`, `PROVIDER_UNAVAILABLE`,
 * `PROVIDER_TOKEN_INVALID`, `VALIDATION`.
 */
export async function identify(
  deps: Deps,
  who: Visitor,
  { input, browserToken }: { input: SocialProofInput; browserToken: string | null },
): Promise<SocialProof> {
  const provider = deps.providers.get(input.provider);
  const { code, state, handoff, codeVerifier } = input;
  if (handoff !== undefined && codeVerifier !== undefined) {
    const proof = await redeemHandoff(deps, who, { handoff, codeVerifier });
    if (proof.provider.id !== provider.id) throw new KeywrightError("TOKEN_INVALID");
    return proof;
  }
  if (code === undefined || state === undefined) {
    return proofOf(deps, await identifyByToken(deps, who, { provider, input }), { provider, flow: null });
  }
  const flow = await takeFlow(deps, { provider: provider.id, state, browserToken });
  // Such a flow is bound to an app by its challenge, which this input does not answer.
  if (flow.codeChallenge !== null) throw new KeywrightError("TOKEN_INVALID");
  return await identifyByCode(deps, who, {
    provider,
    flow,
    response: { code, issuer: null, user: null, isWholeResponse: false },
  });
}

/** Exchanges the code of a flow that was just taken. Throws `PROVIDER_REFUSED`, `PROVIDER_UNAVAILABLE`. */
export async function identifyByCode(
  deps: Deps,
  who: Pick<Visitor, "requestId">,
  {
    provider,
    flow,
    response,
  }: { provider: Provider; flow: Flow; response: Pick<CodeGrant, "code" | "issuer" | "user" | "isWholeResponse"> },
): Promise<SocialProof> {
  const { state, nonce, codeVerifier } = flow;
  const redirectUri = deps.providers.redirectUriOf(provider);
  const grant = { ...response, state, nonce, codeVerifier, redirectUri };
  const identity = await asking(deps, who, {
    provider,
    refusal: "PROVIDER_REFUSED",
    work: async (call) => cleaned(await provider.identifyByCode(call, grant)),
  });
  return proofOf(deps, identity, { provider, flow });
}

/** What an app gets for a hand-off code and the verifier that only it has. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`. */
export async function redeemHandoff(
  deps: Deps,
  _who: Visitor,
  { handoff, codeVerifier }: { handoff: string; codeVerifier: string },
): Promise<SocialProof> {
  const { identity, tokens, codeChallenge, provider, ...flow } = await consumeHandoff(deps, handoff);
  const isOwn = timingSafeEqual(
    createHash("sha256").update(codeVerifier).digest(),
    Buffer.from(codeChallenge, "base64url"),
  );
  if (!isOwn) throw new KeywrightError("TOKEN_INVALID");
  return { provider: deps.providers.get(provider), identity, tokens, flow };
}

async function identifyByToken(
  deps: Deps,
  who: Visitor,
  { provider, input }: { provider: Provider; input: SocialProofInput },
): Promise<Cleaned> {
  const { idToken, nonce = null } = input;
  if (idToken !== undefined && provider.identifyByIdToken && nonce === null && !provider.allowsNoNonce) {
    throw new KeywrightError("VALIDATION", { fields: fieldError("nonce", "REQUIRED") });
  }
  const work = workOf(provider, input);
  if (!work) throw new KeywrightError("SOCIAL_NOT_CONFIGURED");
  const identity = await asking(deps, who, {
    provider,
    refusal: "PROVIDER_TOKEN_INVALID",
    work: async (call) => cleaned(await work(call)),
  });
  if (idToken !== undefined) await assertUnused(deps, idToken);
  return identity;
}

function workOf(
  provider: Provider,
  { accessToken, tokenSecret, idToken, nonce }: SocialProofInput,
): ((call: ProviderCall) => Promise<ProviderIdentity>) | null {
  const { identifyByAccessToken, identifyByIdToken, identifyByOAuth1 } = provider;
  if (idToken !== undefined)
    return identifyByIdToken ? (call) => identifyByIdToken(call, { idToken, nonce: nonce ?? null }) : null;
  if (accessToken === undefined) return null;
  if (tokenSecret === undefined) {
    return identifyByAccessToken ? (call) => identifyByAccessToken(call, accessToken) : null;
  }
  return identifyByOAuth1 ? (call) => identifyByOAuth1(call, { accessToken, tokenSecret }) : null;
}

/** An ID token is good once: whoever finds it later in a log cannot sign in with it. */
async function assertUnused(deps: Deps, idToken: string): Promise<void> {
  const expiresAt = new Date(deps.now().getTime() + idTokenMs);
  const row = { hash: hashToken(idTokenIdentity(idToken)), kind: "id_token" as const, sealed: null, expiresAt };
  if (!(await db.createSocialGrant(deps.db, row))) throw new KeywrightError("PROVIDER_TOKEN_INVALID");
}

/** ASCII (OpenID Connect Core, 2). Other text may not be stored as it is, and then one subject could become another. */
const key = z.object({
  issuer: z.string().regex(/^[\x20-\x7e]{1,500}$/),
  subject: z.string().regex(/^[\x20-\x7e]{1,255}$/),
});
const details = z.object({
  email: emailField.nullable().catch(null),
  username: usernameField.nullable().catch(null),
  firstName: nameField.catch(""),
  lastName: nameField.catch(""),
});

/**
 * What a provider allows in an address or a name and we do not is left out. Throws a fault for an unusable subject, so
 * inside the exchange.
 */
function cleaned({ tokens, ...identity }: ProviderIdentity): Cleaned {
  if (!key.safeParse(identity).success) throw refused("its subject is not plain text");
  const parsed = details.parse(identity);
  const isEmailVouched = identity.isEmailVouched && parsed.email !== null;
  return { identity: { ...identity, ...parsed, isEmailVouched }, tokens };
}

interface Cleaned {
  identity: VouchedIdentity;
  tokens: ProviderTokens | null;
}

function proofOf(
  { settings }: Deps,
  { identity, tokens }: Cleaned,
  rest: Pick<SocialProof, "provider" | "flow">,
): SocialProof {
  return { ...rest, identity, tokens: settings.social.keepTokens ? tokens : revocable(rest.provider, tokens) };
}

/** What the provider wants back in the end, and nothing that the app could call it with. */
function revocable({ keepsRefreshToken }: Provider, tokens: ProviderTokens | null): KeptTokens | null {
  if (!keepsRefreshToken || !tokens?.refreshToken) return null;
  return { accessToken: null, refreshToken: tokens.refreshToken, expiresAt: null };
}
