import type { JWTVerifyGetKey } from "jose";
import { authorizationUrl } from "./authorization-url.js";
import { bearer, fetchJson, type ProviderCall, refused } from "./call-provider.js";
import { createDiscovery, type Endpoints } from "./discovery.js";
import { exchangeCode } from "./exchange-code.js";
import { verifyIdToken } from "./id-token.js";
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
  /** Default: only the issuer of the discovery document. */
  isIssuer?(issuer: string, claims: Record<string, unknown>): boolean;
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
  responseMode?: "query" | "form_post";
  /** Default true. */
  usesPkce?: boolean;
  authentication?: "basic" | "post";
  /** A secret that is made for each call, such as a signed token. Default: the configured one. */
  clientSecret?(call: ProviderCall): Promise<string>;
  identifyByAccessToken?: Provider["identifyByAccessToken"];
}

type OidcOptions = Omit<ProviderOptions, "clientSecret"> & { clientSecret?: string | undefined };

/** A provider that speaks OpenID Connect: endpoints and keys by discovery, the person from a verified ID token. */
export function createOidcProvider(traits: OidcTraits, options: OidcOptions): Provider {
  const discover = createDiscovery(traits.issuer);
  const scopes = options.scopes ?? traits.scopes ?? ["openid", "email", "profile"];
  const usesPkce = traits.usesPkce ?? true;
  return {
    id: options.id ?? traits.id,
    kind: traits.kind,
    name: options.name ?? traits.name,
    responseMode: traits.responseMode ?? "query",
    provesFreshSignIn: traits.provesFreshSignIn,
    allowsNoNonce: traits.allowsNoNonce ?? false,
    redirectUri: options.redirectUri ?? null,
    async createAuthorizationUrl(call, request) {
      const { authorization } = await discover(call);
      const endpoint = { url: authorization, clientId: options.clientId, scopes, usesPkce };
      return authorizationUrl({ ...endpoint, extra: parametersOf(traits, request) }, request);
    },
    identifyByCode: (call, grant) => identifyByCode(call, { traits, options, discover, usesPkce }, grant),
    async identifyByIdToken(call, { idToken, nonce }) {
      const { keys } = await discover(call);
      const claims = await verified(call, idToken, { traits, clientIds: clientIdsOf(options), keys, nonce });
      return identityOf(claims, traits, null);
    },
    ...(traits.identifyByAccessToken && { identifyByAccessToken: traits.identifyByAccessToken }),
  };
}

interface Setting {
  traits: OidcTraits;
  options: OidcOptions;
  discover: (call: ProviderCall) => Promise<Endpoints>;
  usesPkce: boolean;
}

async function identifyByCode(
  call: ProviderCall,
  { traits, options, discover, usesPkce }: Setting,
  grant: CodeGrant,
): Promise<ProviderIdentity> {
  const endpoints = await discover(call);
  const clientSecret = (await traits.clientSecret?.(call)) ?? options.clientSecret ?? null;
  const { idToken, ...tokens } = await exchangeCode(
    call,
    {
      issuer: traits.issuer,
      url: endpoints.token,
      namesIssuer: endpoints.namesIssuer,
      clientId: options.clientId,
      clientSecret,
      authentication: traits.authentication ?? endpoints.authentication,
      usesPkce,
    },
    grant,
  );
  if (idToken === null) throw refused("its token endpoint gave no ID token");
  const expected = { traits, clientIds: [options.clientId], keys: endpoints.keys, nonce: grant.nonce };
  const claims = await verified(call, idToken, expected);
  return identityOf(await completed(call, { claims, endpoints, accessToken: tokens.accessToken }), traits, tokens);
}

function parametersOf(traits: OidcTraits, { nonce, isFresh }: AuthorizationRequest): Record<string, string> {
  return {
    nonce,
    ...(traits.responseMode === "form_post" ? { response_mode: "form_post" } : {}),
    ...(isFresh ? { prompt: "login", max_age: "0" } : {}),
    ...traits.extra,
  };
}

async function verified(
  call: ProviderCall,
  idToken: string,
  { traits, ...expected }: { traits: OidcTraits; clientIds: string[]; keys: JWTVerifyGetKey; nonce: string | null },
): Promise<OidcClaims> {
  const isIssuer = traits.isIssuer ?? ((issuer: string) => issuer === traits.issuer);
  return parseClaims(await verifyIdToken(call, idToken, { ...expected, isIssuer }));
}

/** Many providers put the address into the user info only (OpenID Connect Core, 5.4), which must be of the same person. */
async function completed(
  call: ProviderCall,
  { claims, endpoints, accessToken }: { claims: OidcClaims; endpoints: Endpoints; accessToken: string },
): Promise<OidcClaims> {
  if (claims.email !== undefined || endpoints.userInfo === null) return claims;
  const info = parseClaims(await fetchJson(call, endpoints.userInfo, { headers: bearer(accessToken) }));
  if (info.sub !== claims.sub) throw refused("its user info is about somebody else");
  // The flag is about the address beside it.
  return { ...info, ...claims, email: info.email, email_verified: info.email_verified };
}
