import { authorizationUrl } from "./authorization-url.js";
import { type ProviderCall, refused } from "./call-provider.js";
import { exchangeCode, refreshProviderTokens } from "./exchange-code.js";
import type { Provider, ProviderIdentity, ProviderOptions, ProviderTokens } from "./provider.js";

/** What distinguishes one OAuth 2 provider from another. */
export interface OAuth2Traits {
  kind: string;
  id: string;
  name: string;
  /** Whose subjects these are. */
  issuer: string;
  authorizationUrl: string;
  tokenUrl: string;
  scopes: string[];
  authentication: "basic" | "post";
  usesPkce: boolean;
  extra?: Record<string, string>;
  /** Asks the provider whose access token this is. */
  identify(call: ProviderCall, tokens: ProviderTokens): Promise<ProviderIdentity>;
  /** Asks the provider whether an access token was issued to us; only then may one be sent in. */
  isOurs?(call: ProviderCall, accessToken: string): Promise<boolean>;
}

/** A provider that speaks OAuth 2 without OpenID Connect: whose token it is has to be asked. */
export function createOAuth2Provider(traits: OAuth2Traits, options: ProviderOptions): Provider {
  const { isOurs, usesPkce, extra } = traits;
  const scopes = options.scopes ?? traits.scopes;
  const { clientId, clientSecret } = options;
  const tokenEndpoint = { issuer: traits.issuer, url: traits.tokenUrl, authentication: traits.authentication };
  return {
    id: options.id ?? traits.id,
    kind: traits.kind,
    name: options.name ?? traits.name,
    responseMode: "query",
    provesFreshSignIn: false,
    redirectUri: options.redirectUri ?? null,
    async createAuthorizationUrl(_call, request) {
      const endpoint = { url: traits.authorizationUrl, clientId, scopes, usesPkce };
      return authorizationUrl({ ...endpoint, extra: { ...options.parameters, ...extra } }, request);
    },
    async identifyByCode(call, grant) {
      const endpoint = { ...tokenEndpoint, clientId, clientSecret, usesPkce };
      const issuer = isSameOrigin(grant.issuer, traits.issuer) ? traits.issuer : grant.issuer;
      const { idToken: _unused, ...tokens } = await exchangeCode(call, endpoint, { ...grant, issuer });
      return await traits.identify(call, tokens);
    },
    refreshTokens: (call, refreshToken) => {
      return refreshProviderTokens(call, { ...tokenEndpoint, clientId, clientSecret, usesPkce }, refreshToken);
    },
    ...(isOurs && {
      async identifyByAccessToken(call: ProviderCall, accessToken: string) {
        // First, before anything that the token says is believed.
        if (!(await isOurs(call, accessToken))) throw refused("its access token is for another client");
        const identity = await traits.identify(call, { accessToken, refreshToken: null, expiresAt: null });
        return { ...identity, tokens: null };
      },
    }),
  };
}

/**
 * Without a discovery document nothing says how the provider names itself in its response (RFC 9207), if it does or begins
 * to: GitHub's name has a path. A name of another origin is somebody else's.
 */
function isSameOrigin(one: string | null, other: string): boolean {
  const origin = one === null ? undefined : URL.parse(one)?.origin;
  return origin !== undefined && origin === URL.parse(other)?.origin;
}
