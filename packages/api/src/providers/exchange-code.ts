import * as oauth from "oauth4webapi";
import { z } from "zod";
import { type ProviderCall, readJson, refused } from "./call-provider.js";
import { knownErrorCode } from "./error-codes.js";
import type { CodeGrant, ProviderTokens } from "./provider.js";

interface Client {
  /** Issuer, or for providers without one their base address. */
  issuer: string;
  clientId: string;
  /** Null for a public client. */
  clientSecret: string | null;
  /** `basic` sends id and secret in the header, each form-encoded; `post` sends them in the body (RFC 6749, 2.3.1). */
  authentication: "basic" | "post";
}

/** The client's side of the token endpoint. */
export interface TokenEndpoint extends Client {
  url: string;
  usesPkce: boolean;
  /** Whether the provider always names itself in its response (RFC 9207). */
  namesIssuer?: boolean;
}

const answer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional().catch(undefined),
  // Facebook and others send it as text.
  expires_in: z.coerce.number().positive().optional().catch(undefined),
  id_token: z.string().min(1).optional(),
});
/** GitHub answers 200 when it refuses. */
const refusal = z.object({ error: z.string() });

/** Exchanges a code for tokens (RFC 6749, 4.1.3; RFC 7636). Throws a fault. */
export async function exchangeCode(
  call: ProviderCall,
  endpoint: TokenEndpoint,
  grant: CodeGrant,
): Promise<ProviderTokens & { idToken: string | null }> {
  const server = {
    issuer: endpoint.issuer,
    token_endpoint: endpoint.url,
    authorization_response_iss_parameter_supported: grant.isWholeResponse && endpoint.namesIssuer === true,
  };
  const client = { client_id: endpoint.clientId };
  return await askForTokens(call, (options) => {
    return oauth.authorizationCodeGrantRequest(
      server,
      client,
      authenticationOf(endpoint),
      checkedResponse(server, client, grant),
      grant.redirectUri,
      endpoint.usesPkce ? grant.codeVerifier : oauth.nopkce,
      options,
    );
  });
}

/** Exchanges a refresh token (RFC 6749, 6). Throws a fault. */
export async function refreshProviderTokens(
  call: ProviderCall,
  endpoint: TokenEndpoint,
  refreshToken: string,
): Promise<ProviderTokens> {
  const { idToken: _unused, ...tokens } = await askForTokens(call, (options) => {
    return oauth.refreshTokenGrantRequest(
      { issuer: endpoint.issuer, token_endpoint: endpoint.url },
      { client_id: endpoint.clientId },
      authenticationOf(endpoint),
      refreshToken,
      options,
    );
  });
  return tokens;
}

/** Ends what a refresh token allows (RFC 7009); a token that the provider does not know has ended. Throws a fault. */
export async function revokeRefreshToken(
  call: ProviderCall,
  endpoint: Client & { revocationUrl: string },
  refreshToken: string,
): Promise<void> {
  const response = await oauth.revocationRequest(
    { issuer: endpoint.issuer, revocation_endpoint: endpoint.revocationUrl },
    { client_id: endpoint.clientId },
    authenticationOf(endpoint),
    refreshToken,
    { ...transportOf(call), additionalParameters: { token_type_hint: "refresh_token" } },
  );
  // What a success says does not matter, and Apple's is empty.
  if (response.status !== 200) await readJson(response);
}

async function askForTokens(
  call: ProviderCall,
  ask: (options: oauth.TokenEndpointRequestOptions) => Promise<Response>,
): Promise<ProviderTokens & { idToken: string | null }> {
  return readTokens(call, await readJson(await ask(transportOf(call))));
}

function transportOf(call: ProviderCall): oauth.TokenEndpointRequestOptions {
  return {
    [oauth.customFetch]: (url, { body, headers, method }) => call.fetch(url, { body, headers, method }),
    // `call.fetch` decides which addresses may be plain http: those of this machine.
    [oauth.allowInsecureRequests]: true,
  };
}

function checkedResponse(server: oauth.AuthorizationServer, client: oauth.Client, grant: CodeGrant): URLSearchParams {
  const parameters = new URLSearchParams({ code: grant.code, state: grant.state });
  if (grant.issuer !== null) parameters.set("iss", grant.issuer);
  try {
    return oauth.validateAuthResponse(server, client, parameters, grant.state);
  } catch {
    throw refused("its response names another issuer");
  }
}

function authenticationOf({ clientId, clientSecret, authentication }: Client): oauth.ClientAuth {
  if (clientSecret === null) return oauth.None();
  if (authentication === "post") return oauth.ClientSecretPost(clientSecret);
  const credentials = Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString("base64");
  // The fourth of the library's arguments are the headers.
  return (...given) => given[3].set("authorization", `Basic ${credentials}`);
}

/**
 * As browsers encode forms, which leaves `-`, `_` and `.` alone. Some providers take the secret as it comes, and so
 * would refuse one in which these were encoded.
 */
function formEncode(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}

function readTokens({ now }: ProviderCall, json: unknown): ProviderTokens & { idToken: string | null } {
  const tokens = answer.safeParse(json);
  if (!tokens.success) {
    const code = knownErrorCode(refusal.safeParse(json).data?.error);
    throw refused(`its token endpoint gave no token${code === null ? "" : ` (${code})`}`);
  }
  const { access_token, refresh_token, expires_in, id_token } = tokens.data;
  return {
    accessToken: access_token,
    refreshToken: refresh_token ?? null,
    expiresAt: expires_in === undefined ? null : new Date(now.getTime() + expires_in * 1000),
    idToken: id_token ?? null,
  };
}
