import { isUnavailable } from "@keywright/db";
import { isKeywrightError, KeywrightError } from "../../contract/reasons.js";
import type { Deps } from "../../deps.js";
import { hashToken } from "../../keys.js";
import { summarize } from "../../log.js";
import { knownErrorCode } from "../../providers/error-codes.js";
import type { Provider } from "../../providers/provider.js";
import type { MarkedAccount } from "../../sessions/device-mark.js";
import { validateSession } from "../../sessions/sessions.js";
import type { Actor, Visitor } from "../../who.js";
import { reauthenticateByProvider } from "../auth/reauthenticate.js";
import type { StartedSession } from "../start-session.js";
import { issueTicket } from "./complete.js";
import { connectIdentity } from "./connections.js";
import { type Flow, type FlowCookie, findOwnFlow, flowSuffix, takeFlow } from "./flow.js";
import { issueGrant, ticketSeconds } from "./grants.js";
import { identifyByCode, type SocialProof } from "./identify.js";
import { allowedAddress } from "./return-to.js";
import { newcomerOf, signInWithIdentity } from "./sign-in.js";

/** A browser that comes back from a provider. */
export interface Callback {
  provider: string;
  parameters: URLSearchParams;
  /** The value of a flow's cookie. */
  cookieOf(suffix: string): string | null;
  /** The account that has signed in on this browser before. */
  devices: MarkedAccount[];
}

/** Where the browser is sent, and what it gets. */
export interface CallbackAnswer {
  location: URL;
  started: StartedSession | null;
  /** The flow's cookie, if it is needed for longer. */
  cookie: FlowCookie | null;
  /** Which flow's cookie is of no use any more. */
  ended: string | null;
}

/**
 * Finishes a round trip. Refusals come back as `error=REASON` in the address that the flow was begun with; without a
 * flow of this browser, in the front end's, and nowhere that the request names.
 */
export async function finishRoundTrip(deps: Deps, who: Visitor, callback: Callback): Promise<CallbackAnswer> {
  const provider = deps.providers.list.find(({ id }) => id === callback.provider);
  const states = callback.parameters.getAll("state");
  const [state] = states;
  if (!provider) return refusal(deps.appUrl, "SOCIAL_NOT_CONFIGURED");
  if (!state || states.length > 1) return refusal(deps.appUrl, "TOKEN_INVALID");
  const suffix = flowSuffix(state);
  const claim = { provider: provider.id, state, browserToken: callback.cookieOf(suffix) };
  try {
    const flow = await takeFlow(deps, claim);
    const answer = await finishFlow(deps, who, { provider, flow, callback });
    return { ...answer, ended: answer.cookie || claim.browserToken === null ? null : suffix };
  } catch (error) {
    const reason = reasonOf(deps, who, error);
    const own = isUnavailable(error) ? null : await findOwnFlow(deps, claim);
    if (!own) return refusal(deps.appUrl, reason);
    // Another callback of the same flow is signing this browser in, or has done so.
    if (reason === "TOKEN_INVALID") return answerOf(placeOf(deps, own));
    return { ...refusal(placeOf(deps, own), reason), ended: suffix };
  }
}

async function finishFlow(
  deps: Deps,
  who: Visitor,
  { provider, flow, callback }: { provider: Provider; flow: Flow; callback: Callback },
): Promise<CallbackAnswer> {
  const place = placeOf(deps, flow);
  try {
    const response = readResponse(deps, who, { provider, parameters: callback.parameters });
    const proof = await identifyByCode(deps, who, { provider, flow, response });
    if (flow.codeChallenge !== null) return answerOf(await withHandoff(deps, { flow, proof, place }));
    if (flow.purpose === "login") return await signIn(deps, who, { proof, flow, place, callback });
    const actor = await starterOf(deps, who, flow);
    if (flow.purpose === "connect") await connectIdentity(deps, actor, proof);
    else await reauthenticateByProvider(deps, actor, proof);
    return answerOf(place);
  } catch (error) {
    return refusal(place, reasonOf(deps, who, error));
  }
}

/** RFC 6749, 4.1.2; RFC 9207. Throws `PROVIDER_REFUSED`. */
function readResponse(
  deps: Deps,
  who: Visitor,
  { provider, parameters }: { provider: Provider; parameters: URLSearchParams },
) {
  const [codes, issuers] = [parameters.getAll("code"), parameters.getAll("iss")];
  const [code] = codes;
  if (code && codes.length === 1 && issuers.length <= 1 && !parameters.has("error")) {
    return { code, issuer: issuers[0] ?? null, user: parameters.get("user"), isWholeResponse: true };
  }
  const why = knownErrorCode(parameters.get("error")) ?? "no code";
  deps.log({ level: "info", message: `The provider ${provider.id} refused: ${why}.`, requestId: who.requestId });
  throw new KeywrightError("PROVIDER_REFUSED");
}

/** For the app: useless without the verifier that only it has. */
async function withHandoff(
  deps: Deps,
  { flow, proof, place }: { flow: Flow; proof: SocialProof; place: URL },
): Promise<URL> {
  const { purpose, userId, startedAt, remember, deviceName, codeChallenge } = flow;
  const handoff = await issueGrant(deps, "handoff", {
    provider: proof.provider.id,
    identity: proof.identity,
    tokens: proof.tokens,
    codeChallenge: codeChallenge ?? "",
    ...{ purpose, userId, startedAt, remember, deviceName },
  });
  return withParameters(place, { handoff });
}

async function signIn(
  deps: Deps,
  who: Visitor,
  { proof, flow, place, callback }: { proof: SocialProof; flow: Flow; place: URL; callback: Callback },
): Promise<CallbackAnswer> {
  const newcomer = newcomerOf(proof, { devices: callback.devices });
  const outcome = await signInWithIdentity(deps, who, newcomer);
  if (outcome.status === "signed_in") return { ...answerOf(place), started: outcome.started };
  if (outcome.status === "verification_sent") return answerOf(withParameters(place, { status: outcome.status }));
  const suffix = flowSuffix(flow.state);
  const token = callback.cookieOf(suffix) ?? "";
  // Bound to this browser, so that the address alone is of no use to anybody.
  const ticket = await issueTicket(deps, newcomer, { suffix, hash: hashToken(token) });
  const location = withParameters(place, { status: outcome.status, missing: outcome.missing.join(","), ticket });
  const isCrossSite = proof.provider.responseMode === "form_post";
  return { ...answerOf(location), cookie: { suffix, token, isCrossSite, seconds: ticketSeconds } };
}

/** Throws `NOT_AUTHENTICATED` if whoever began the flow is not signed in any more. */
async function starterOf(deps: Deps, who: Visitor, { sessionId, userId }: Flow): Promise<Actor> {
  // The cookie does not come with another site's POST.
  const key = who.presented ?? (sessionId === null ? null : { anyId: sessionId });
  const live = key && (await validateSession(deps, key, who));
  if (live?.session.id !== sessionId || live.user.id !== userId) throw new KeywrightError("NOT_AUTHENTICATED");
  return { ...who, ...live };
}

function placeOf(deps: Deps, { returnTo }: Flow): URL {
  return allowedAddress(deps, returnTo) ?? deps.appUrl;
}

function reasonOf(deps: Deps, who: Visitor, error: unknown): string {
  if (isKeywrightError(error)) return error.reason;
  const summary = { requestId: who.requestId, error: summarize(error) };
  deps.log({ level: "error", message: "A callback of a provider failed.", ...summary });
  return isUnavailable(error) ? "UNAVAILABLE" : "INTERNAL";
}

function refusal(place: URL, reason: string): CallbackAnswer {
  return answerOf(withParameters(place, { error: reason }));
}

function answerOf(location: URL): CallbackAnswer {
  return { location, started: null, cookie: null, ended: null };
}

function withParameters(place: URL, parameters: Record<string, string>): URL {
  const url = new URL(place);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}
