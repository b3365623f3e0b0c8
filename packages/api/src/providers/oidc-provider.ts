import { authorizationUrl } from "./authorization-url.js";
import { bearer, fetchJson, type ProviderCall, refused } from "./call-provider.js";
import { createDiscovery, type Endpoints } from "./discovery.js";
import { exchangeCode, refreshProviderTokens, revokeRefreshToken, type TokenEndpoint } from "./exchange-code.js";
import { type ProviderKeys, verifyIdToken } from "./id-token.js";
import { identityOf, type OidcClaims, parseClaims } from "./oidc-claims.js";
import type { AuthorizationRequest, CodeGrant, Provider, ProviderIdentity, ProviderOptions } from "./provider.js";
import { clientIdsOf } from "./provider.js";

/** What distinguishes one OpenID Connect provider from another. */
export interface OidcTraits {
  kind: string;
  id: string;
  name: string;
  /** Of the discovery document. */
  issuer: string;
  /** What the discovery document names instead, such as a pattern; then `isIssuer` must be given. */
  documentIssuer?: string;
  /** Default: only the issuer of the discovery document. */
  isIssuer?(issuer: string, claims: Record<string, unknown>): boolean;
  /** Whether one of its keys may sign for this issuer. Default: each of them. */
  isKeyOf?(key: Record<string, unknown>, claims: Record<string, unknown>): boolean;
  /** Default: the issuer of the discovery document, and `sub`. */
  keyOf?(claims: OidcClaims): { issuer: string; subject: string };
  /** What its flag is worth. */
  vouches(claims: OidcClaims): boolean;
  /** Default `openid email profile`. */
  scopes?: string[];
  /** Parameters of its own. */
  extra?: Record<string, string>;
  /** Parameters that make it ask for the password again. Default `prompt=login` and `max_age=0`. */
  provesFreshSignIn: boolean;
  allowsNoNonce?: boolean;
  /** Default true. If it does not return the nonce, only ID tokens from its token endpoint are accepted. */
  returnsNonce?: boolean;
  responseMode?: "query" | "form_post";
  /** Default true. */
  usesPkce?: boolean;
  authentication?: "basic" | "post";
  /** Whether it wants its refresh token revoked in the end; it must have a revocation endpoint (RFC 7009). */
  keepsRefreshToken?: boolean;
  /** A secret that is made for each call, such as a signed token. Default: the configured one. */
  clientSecret?(call: ProviderCall): Promise<string>;
  /** Asks the provider whether an access token was issued to us; only then may one be sent in. */
  isOurs?(call: ProviderCall, accessToken: string): Promise<boolean>;
  /** Instead, if it answers more than that. */
  identifyByAccessToken?: Provider["identifyByAccessToken"];
}

/** A public client has no secret. */
export interface OidcOptions extends Omit<ProviderOptions, "clientSecret"> {
  clientSecret?: string | undefined;
}

/** A provider that speaks OpenID Connect: endpoints and keys by discovery, the person from a verified ID token. */
export function createOidcProvider(traits: OidcTraits, options: OidcOptions): Provider {
  const discover = createDiscovery(traits);
  const scopes = options.scopes ?? traits.scopes ?? ["openid", "email", "profile"];
  const usesPkce = traits.usesPkce ?? true;
  const setting = { traits, options, discover, usesPkce };
  const { provesFreshSignIn, allowsNoNonce = false, returnsNonce = true, responseMode = "query" } = traits;
  const identifyByAccessToken = traits.identifyByAccessToken ?? ownTokens(setting);
  return {
    id: options.id ?? traits.id,
    kind: traits.kind,
    name: options.name ?? traits.name,
    responseMode,
    provesFreshSignIn,
    allowsNoNonce,
    redirectUri: options.redirectUri ?? null,
    async createAuthorizationUrl(call, request) {
      const { authorization } = await discover(call);
      const endpoint = { url: authorization, clientId: options.clientId, scopes, usesPkce };
      return authorizationUrl(
        { ...endpoint, extra: { ...options.parameters, ...parametersOf(traits, request) } },
        request,
      );
    },
    identifyByCode: (call, grant) => identifyByCode(call, setting, grant),
    async refreshTokens(call, refreshToken) {
      return await refreshProviderTokens(call, await tokenEndpointOf(call, setting), refreshToken);
    },
    ...(traits.keepsRefreshToken && { keepsRefreshToken: true, revokeToken: revoking(setting) }),
    ...(identifyByAccessToken && { identifyByAccessToken }),
    ...(returnsNonce && {
      async identifyByIdToken(call: ProviderCall, { idToken, nonce }: { idToken: string; nonce: string | null }) {
        const { keys } = await discover(call);
        const claims = await verified(call, idToken, { traits, clientIds: clientIdsOf(options), keys, nonce });
        return identityOf(claims, traits, null);
      },
    }),
  };
}

interface Setting {
  traits: OidcTraits;
  options: OidcOptions;
  discover: (call: ProviderCall) => Promise<Endpoints>;
  usesPkce: boolean;
}

async function tokenEndpointOf(
  call: ProviderCall,
  { traits, options, discover, usesPkce }: Setting,
): Promise<TokenEndpoint> {
  const endpoints = await discover(call);
  return {
    issuer: traits.issuer,
    url: endpoints.token,
    namesIssuer: endpoints.namesIssuer,
    clientId: options.clientId,
    clientSecret: (await traits.clientSecret?.(call)) ?? options.clientSecret ?? null,
    authentication: traits.authentication ?? endpoints.authentication,
    usesPkce,
  };
}

function revoking(setting: Setting): NonNullable<Provider["revokeToken"]> {
  return async (call, refreshToken) => {
    const { revocation: revocationUrl } = await setting.discover(call);
    if (revocationUrl === null) throw refused("it has no revocation endpoint");
    await revokeRefreshToken(call, { ...(await tokenEndpointOf(call, setting)), revocationUrl }, refreshToken);
  };
}

async function identifyByCode(call: ProviderCall, setting: Setting, grant: CodeGrant): Promise<ProviderIdentity> {
  const { traits, options, discover } = setting;
  const endpoints = await discover(call);
  const { idToken, ...tokens } = await exchangeCode(call, await tokenEndpointOf(call, setting), grant);
  if (idToken === null) throw refused("its token endpoint gave no ID token");
  const nonce = (traits.returnsNonce ?? true) ? grant.nonce : null;
  const expected = { traits, clientIds: [options.clientId], keys: endpoints.keys, nonce };
  const claims = await verified(call, idToken, expected);
  const info = await missingInfo(call, { claims, endpoints, accessToken: tokens.accessToken });
  if (info === null) return identityOf(claims, traits, tokens);
  const identity = identityOf({ ...info, ...claims, email: info.email }, traits, tokens);
  // A flag is about the address beside it.
  return { ...identity, isEmailVouched: identity.email !== null && traits.vouches(info) };
}

/** Who has an access token that the provider says it issued to us. */
function ownTokens({ traits, discover }: Setting): Provider["identifyByAccessToken"] {
  const { isOurs } = traits;
  if (!isOurs) return undefined;
  return async (call, accessToken) => {
    // First, before anything that the token says is believed.
    if (!(await isOurs(call, accessToken))) throw refused("its access token is for another client");
    const { userInfo } = await discover(call);
    if (userInfo === null) throw refused("it has no user info");
    const claims = parseClaims(await fetchJson(call, userInfo, { headers: bearer(accessToken) }));
    return identityOf(claims, traits, null);
  };
}

function parametersOf(traits: OidcTraits, { nonce, isFresh }: AuthorizationRequest): Record<string, string> {
  const { returnsNonce = true } = traits;
  return {
    ...(returnsNonce ? { nonce } : {}),
    ...(traits.responseMode === "form_post" ? { response_mode: "form_post" } : {}),
    ...(isFresh ? { prompt: "login", max_age: "0" } : {}),
    ...traits.extra,
  };
}

async function verified(
  call: ProviderCall,
  idToken: string,
  { traits, ...expected }: { traits: OidcTraits; clientIds: string[]; keys: ProviderKeys; nonce: string | null },
): Promise<OidcClaims> {
  const isIssuer = traits.isIssuer ?? ((issuer: string) => issuer === traits.issuer);
  return parseClaims(await verifyIdToken(call, idToken, { ...expected, isIssuer, isKeyOf: traits.isKeyOf }));
}

/** Many providers put the address into the user info only (OpenID Connect Core, 5.4), which must be of the same person. */
async function missingInfo(
  call: ProviderCall,
  { claims, endpoints, accessToken }: { claims: OidcClaims; endpoints: Endpoints; accessToken: string },
): Promise<OidcClaims | null> {
  if (claims.email !== undefined || endpoints.userInfo === null) return null;
  const info = parseClaims(await fetchJson(call, endpoints.userInfo, { headers: bearer(accessToken) }));
  if (info.sub !== claims.sub) throw refused("its user info is about somebody else");
  return info;
}
