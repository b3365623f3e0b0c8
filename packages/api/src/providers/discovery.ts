import { setTimeout } from "node:timers/promises";
import * as oauth from "oauth4webapi";
import { assertProviderUrl, isLoopback, type ProviderCall, unavailable } from "./call-provider.js";
import { type ProviderKeys, remoteKeys } from "./id-token.js";

/** Where an OpenID Connect provider answers. */
export interface Endpoints {
  authorization: string;
  token: string;
  userInfo: string | null;
  /** RFC 7009. */
  revocation: string | null;
  keys: ProviderKeys;
  authentication: "basic" | "post";
  namesIssuer: boolean;
}

const dayMs = 86_400_000;
/** After a failure. */
const retryMs = 60_000;
/** How long a person waits for a newer document while there is an older one. */
const patienceMs = 2_000;

/** Where the discovery document is, and what it must name as issuer if that is something else. */
export interface DiscoverySource {
  issuer: string;
  documentIssuer?: string | undefined;
}

/**
 * Reads a provider's discovery document when it is first needed, and once a day after that; the last good one is used
 * while the provider is away. Calls at once share one reading. Returns a function that throws a fault if there has never
 * been a document.
 */
export function createDiscovery(source: DiscoverySource): (call: ProviderCall) => Promise<Endpoints> {
  const state: State = { known: null, dueAt: 0, reading: null };
  return async (call) => {
    const { known } = state;
    const now = call.now.getTime();
    if (known && now < state.dueAt && now > state.dueAt - 2 * dayMs) return known;
    state.dueAt = now + retryMs;
    const reading = state.reading ?? renew(call, source, state);
    if (!known) return await reading;
    return await Promise.race([reading.catch(() => known), setTimeout(patienceMs, known, { ref: false })]);
  };
}

interface State {
  known: Endpoints | null;
  /** When to read it again. */
  dueAt: number;
  reading: Promise<Endpoints> | null;
}

function renew(call: ProviderCall, source: DiscoverySource, state: State): Promise<Endpoints> {
  const reading = read(call, source, state.known)
    .then((endpoints) => {
      state.dueAt = call.now.getTime() + dayMs;
      state.known = endpoints;
      return endpoints;
    })
    .finally(() => {
      state.reading = null;
    });
  state.reading = reading;
  return reading;
}

async function read(
  call: ProviderCall,
  { issuer, documentIssuer = issuer }: DiscoverySource,
  previous: Endpoints | null,
): Promise<Endpoints> {
  const address = assertProviderUrl(issuer);
  const response = await oauth.discoveryRequest(address, {
    [oauth.customFetch]: (url, { headers, method }) => call.fetch(url, { headers, method }),
    // `call.fetch` decides which addresses may be plain http.
    [oauth.allowInsecureRequests]: true,
  });
  const server = await oauth.processDiscoveryResponse(new URL(documentIssuer), response);
  const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  const keysUrl = endpointOf(address, server.jwks_uri);
  const isSameKeys = previous !== null && server.jwks_uri === keyAddresses.get(previous.keys);
  const keys = isSameKeys ? previous.keys : remoteKeys(keysUrl);
  keyAddresses.set(keys, keysUrl.href);
  return {
    authorization: endpointOf(address, server.authorization_endpoint).href,
    token: endpointOf(address, server.token_endpoint).href,
    userInfo: optionalEndpoint(address, server.userinfo_endpoint),
    revocation: optionalEndpoint(address, server.revocation_endpoint),
    keys,
    authentication: methods.includes("client_secret_basic") ? "basic" : "post",
    namesIssuer: server.authorization_response_iss_parameter_supported === true,
  };
}

/** Kept across readings, so that the keys need not be fetched again. */
const keyAddresses = new WeakMap<ProviderKeys, string>();

function optionalEndpoint(issuer: URL, text: string | undefined): string | null {
  return text === undefined ? null : endpointOf(issuer, text).href;
}

/** An issuer elsewhere must not send our requests to this machine. */
function endpointOf(issuer: URL, text: string | undefined): URL {
  if (text === undefined) throw unavailable("its discovery document lacks an endpoint");
  const url = assertProviderUrl(text);
  if (isLoopback(url) && !isLoopback(issuer)) throw unavailable("its discovery document points to this machine");
  return url;
}
