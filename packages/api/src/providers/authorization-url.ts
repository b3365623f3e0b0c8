import type { AuthorizationRequest } from "./provider.js";

// The library is loaded with the first flow: it brings 70 providers along.

/** The random parts of a flow: 256 bits each. */
export async function createFlowSecrets(): Promise<{ state: string; nonce: string; codeVerifier: string }> {
  const { generateCodeVerifier, generateState } = await import("arctic");
  return { state: generateState(), nonce: generateState(), codeVerifier: generateCodeVerifier() };
}

export interface AuthorizationEndpoint {
  url: string;
  clientId: string;
  scopes: string[];
  /** Whether the provider takes a code challenge (RFC 7636); always S256. */
  usesPkce: boolean;
  /** Parameters of the provider's own. */
  extra?: Record<string, string>;
}

/** Where to send the browser (RFC 6749, 4.1.1). */
export async function authorizationUrl(endpoint: AuthorizationEndpoint, request: AuthorizationRequest): Promise<URL> {
  const { CodeChallengeMethod, OAuth2Client } = await import("arctic");
  const { state, codeVerifier, redirectUri } = request;
  const client = new OAuth2Client(endpoint.clientId, null, redirectUri);
  const url = endpoint.usesPkce
    ? client.createAuthorizationURLWithPKCE(
        endpoint.url,
        state,
        CodeChallengeMethod.S256,
        codeVerifier,
        endpoint.scopes,
      )
    : client.createAuthorizationURL(endpoint.url, state, endpoint.scopes);
  const own = new Set(url.searchParams.keys());
  for (const [name, value] of Object.entries(endpoint.extra ?? {})) {
    if (!own.has(name)) url.searchParams.set(name, value);
  }
  return url;
}
