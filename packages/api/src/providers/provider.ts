import type { SocialWay } from "../contract/types.js";
import type { ProviderCall } from "./call-provider.js";

/** A person as a provider knows them. */
export interface ProviderIdentity {
  /** Whose subjects these are: the OpenID Connect issuer, or the provider's base address. */
  issuer: string;
  /** Never changes and is never given to somebody else, unlike addresses and names (OpenID Connect Core, 5.7). */
  subject: string;
  email: string | null;
  /** Whether the provider has verified that the person reads mail at that address. */
  isEmailVouched: boolean;
  username: string | null;
  firstName: string;
  lastName: string;
  /** When the person last proved to the provider who they are (`auth_time`); null if it does not say. */
  authenticatedAt: Date | null;
  /** Null if this way of signing in yields none. */
  tokens: ProviderTokens | null;
}

export interface ProviderTokens {
  accessToken: string;
  refreshToken: string | null;
  expiresAt: Date | null;
}

/** Where a browser is sent. */
export interface AuthorizationRequest {
  state: string;
  nonce: string;
  codeVerifier: string;
  redirectUri: string;
  /** Ask the person to sign in again even if the provider still knows them. */
  isFresh: boolean;
}

/** What came back with the browser, and what the request had promised. */
export interface CodeGrant {
  code: string;
  /** RFC 9207; null if the response had none. */
  issuer: string | null;
  /** What Apple's form says of the person, the first time only, in JSON; not signed. */
  user: string | null;
  /** Whether the whole response is here; a front end that passes a code on leaves the issuer out. */
  isWholeResponse: boolean;
  state: string;
  nonce: string;
  codeVerifier: string;
  redirectUri: string;
}

/**
 * One provider as an app has configured it. Each is one file in this folder; everything that is peculiar to it stays
 * there. Every function throws `PROVIDER_UNAVAILABLE` if the provider does not answer properly; besides,
 * `identifyByCode` throws `PROVIDER_REFUSED`, and the other ways throw `PROVIDER_TOKEN_INVALID`.
 */
export interface Provider {
  /** In addresses and inputs; unique within the app. */
  id: string;
  /** Which of the built-in providers it is, or `openid-connect`. */
  kind: string;
  /** For buttons. */
  name: string;
  /** How it answers the redirect. `form_post` comes as another site's POST, without `SameSite=Lax` cookies. */
  responseMode: "query" | "form_post";
  /** Whether it says when a person last signed in, so that a round trip counts as fresh authentication. */
  provesFreshSignIn: boolean;
  /** Registered at the provider; default `PUBLIC_URL/oauth/ID/callback`. */
  redirectUri: string | null;
  createAuthorizationUrl(call: ProviderCall, request: AuthorizationRequest): Promise<URL>;
  identifyByCode(call: ProviderCall, grant: CodeGrant): Promise<ProviderIdentity>;
  /** Each only if the provider itself can say that the token was issued to this app. */
  identifyByAccessToken?(call: ProviderCall, accessToken: string): Promise<ProviderIdentity>;
  identifyByIdToken?(call: ProviderCall, token: { idToken: string; nonce: string | null }): Promise<ProviderIdentity>;
  identifyByOAuth1?(call: ProviderCall, token: { accessToken: string; tokenSecret: string }): Promise<ProviderIdentity>;
  /** New tokens for a refresh token; where the provider has none, its access tokens are good until they expire. */
  refreshTokens?(call: ProviderCall, refreshToken: string): Promise<ProviderTokens>;
  /** Ends what a refresh token allows. */
  revokeToken?(call: ProviderCall, refreshToken: string): Promise<void>;
  /** Whether its refresh token is kept in any case, because the provider wants it revoked in the end. */
  keepsRefreshToken?: boolean;
  /** Whether an ID token without a nonce is accepted. */
  allowsNoNonce?: boolean;
}

/** The ways in which a person can sign in with a provider. */
export function waysOf(provider: Provider): SocialWay[] {
  return [
    "code",
    ...(provider.identifyByAccessToken ? (["accessToken"] as const) : []),
    ...(provider.identifyByIdToken ? (["idToken"] as const) : []),
    ...(provider.identifyByOAuth1 ? (["oauth1"] as const) : []),
  ];
}

/** What every provider's options have. */
export interface ProviderOptions {
  /** In addresses, such as the one to register at the provider. Default: the provider's own name in lower case. */
  id?: string | undefined;
  /** For buttons. */
  name?: string | undefined;
  clientId: string;
  clientSecret: string;
  /** Further clients of the same app, such as its iOS and Android ones: tokens issued to them are accepted, too. */
  clientIds?: string[] | undefined;
  /** Instead of the default ones. */
  scopes?: string[] | undefined;
  /**
   * Further parameters of the address at the provider, such as Google's `{ access_type: "offline", prompt: "consent" }`,
   * without which it gives no refresh token. Those that Keywright sets cannot be changed.
   */
  parameters?: Record<string, string> | undefined;
  /**
   * Default `PUBLIC_URL/oauth/ID/callback`, which Keywright serves. A page of the front end may receive the response
   * instead, and pass it on as `social.login({ provider, code, state })`.
   */
  redirectUri?: string | undefined;
}

/** The clients whose tokens are accepted. */
export function clientIdsOf({ clientId, clientIds = [] }: Pick<ProviderOptions, "clientId" | "clientIds">): string[] {
  return [clientId, ...clientIds];
}
