import { createHmac } from "node:crypto";
import { z } from "zod";
import { bearer, fetchJson, type ProviderCall, refused } from "./call-provider.js";
import { remoteKeys, verifyIdToken } from "./id-token.js";
import { createOAuth2Provider } from "./oauth2-provider.js";
import { identityOf, parseClaims } from "./oidc-claims.js";
import type { Provider, ProviderIdentity, ProviderOptions, ProviderTokens } from "./provider.js";

/** Another app of the same owner is a provider of its own: Facebook's ids differ from app to app. */
export interface FacebookOptions extends Omit<ProviderOptions, "clientIds"> {
  /** Default `v24.0`. */
  graphVersion?: string | undefined;
  /** For tests. Default `https://www.facebook.com`. */
  baseUrl?: string | undefined;
  /** For tests. Default `https://graph.facebook.com`. */
  apiUrl?: string | undefined;
  /** For tests: the keys of Limited Login's ID tokens. */
  keysUrl?: string | undefined;
}

interface Graph {
  url: string;
  clientId: string;
  clientSecret: string;
  issuer: string;
}

const tokenData = z.object({
  data: z.object({ app_id: z.coerce.string(), is_valid: z.boolean(), type: z.string().optional() }),
});
const profile = z.object({
  id: z.string().min(1),
  email: z.string().nullish().catch(null),
  first_name: z.string().catch(""),
  last_name: z.string().catch(""),
});

/**
 * Facebook (OAuth 2; from iOS without tracking, Limited Login's ID token). Its addresses are not vouched for: it does not
 * say which ones it has verified. An access token counts only if `debug_token` says that it is a person's and was issued
 * to us. Its ids are valid within one app, so that the issuer names the app.
 */
export function facebook(options: FacebookOptions): Provider {
  const { clientId, clientSecret, graphVersion = "v24.0" } = options;
  const base = (options.baseUrl ?? "https://www.facebook.com").replace(/\/$/, "");
  const url = `${(options.apiUrl ?? "https://graph.facebook.com").replace(/\/$/, "")}/${graphVersion}`;
  const issuer = `${base}#${clientId}`;
  const graph = { url, clientId, clientSecret, issuer };
  const keys = remoteKeys(new URL(options.keysUrl ?? "https://limited.facebook.com/.well-known/oauth/openid/jwks/"));
  const provider = createOAuth2Provider(
    {
      kind: "facebook",
      id: "facebook",
      name: "Facebook",
      issuer,
      authorizationUrl: `${base}/${graphVersion}/dialog/oauth`,
      tokenUrl: `${url}/oauth/access_token`,
      scopes: ["email", "public_profile"],
      authentication: "post",
      usesPkce: false,
      identify: (call, tokens) => fetchIdentity(call, graph, tokens),
      isOurs: (call, accessToken) => isOurs(call, graph, accessToken),
    },
    options,
  );
  return {
    ...provider,
    async identifyByIdToken(call, { idToken, nonce }) {
      const expected = { isIssuer: (iss: string) => iss === base, clientIds: [clientId], keys, nonce };
      const claims = parseClaims(await verifyIdToken(call, idToken, expected));
      return identityOf(claims, { issuer, vouches: () => false }, null);
    },
  };
}

async function fetchIdentity(call: ProviderCall, graph: Graph, tokens: ProviderTokens): Promise<ProviderIdentity> {
  const query = withProof(graph, tokens.accessToken, { fields: "id,first_name,last_name,email" });
  const headers = bearer(tokens.accessToken);
  const person = profile.safeParse(await fetchJson(call, `${graph.url}/me?${query}`, { headers }));
  if (!person.success) throw refused("its profile does not say who it is about");
  return {
    issuer: graph.issuer,
    subject: person.data.id,
    email: person.data.email ?? null,
    isEmailVouched: false,
    username: null,
    firstName: person.data.first_name,
    lastName: person.data.last_name,
    authenticatedAt: null,
    tokens,
  };
}

async function isOurs(call: ProviderCall, graph: Graph, accessToken: string): Promise<boolean> {
  const appToken = `${graph.clientId}|${graph.clientSecret}`;
  const query = withProof(graph, appToken, { input_token: accessToken, access_token: appToken });
  const token = tokenData.safeParse(await fetchJson(call, `${graph.url}/debug_token?${query}`));
  if (!token.success) return false;
  // A page's token has the page's id.
  const { app_id, is_valid, type = "USER" } = token.data.data;
  return is_valid && app_id === graph.clientId && type === "USER";
}

/** Proves that the call comes from a server that has the secret: a stolen token alone is of no use. */
function withProof({ clientSecret }: Graph, token: string, query: Record<string, string>): URLSearchParams {
  const proof = createHmac("sha256", clientSecret).update(token).digest("hex");
  return new URLSearchParams({ ...query, appsecret_proof: proof });
}
