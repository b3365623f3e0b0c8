import { randomUUID } from "node:crypto";
import { z } from "zod";
import { bearer, fetchJson, type ProviderCall, refused } from "./call-provider.js";
import { oauth1Header } from "./oauth1-signature.js";
import { createOAuth2Provider } from "./oauth2-provider.js";
import { splitName } from "./oidc-claims.js";
import type { Provider, ProviderIdentity, ProviderOptions, ProviderTokens } from "./provider.js";

export interface TwitterOptions extends Omit<ProviderOptions, "clientIds"> {
  /** The app's "API key and secret", for tokens of OAuth 1.0a; without it they cannot be sent in. */
  consumer?: { key: string; secret: string } | undefined;
  /** For tests. Default `https://x.com`. */
  baseUrl?: string | undefined;
  /** For tests. Default `https://api.x.com`. */
  apiUrl?: string | undefined;
}

const name = z.string().catch("");
const address = z.string().min(1).nullish().catch(null);
const profile = z.object({
  data: z.object({ id: z.string().min(1), name, username: name, confirmed_email: address }),
});
const formerProfile = z.object({ id_str: z.string().min(1), name, screen_name: name, email: address });
const emailScope = "users.email";

/**
 * X, formerly Twitter (OAuth 2, and OAuth 1.0a). It gives only addresses that it has verified, so that they are vouched
 * for; the app needs the permission "Request email from users". An access token of OAuth 2 cannot be sent in, because X
 * does not say whom it was issued to. Token and secret of OAuth 1.0a can: a request that is signed with our consumer key
 * succeeds only with tokens that were issued to it.
 */
export function twitter(options: TwitterOptions): Provider {
  const base = (options.baseUrl ?? "https://x.com").replace(/\/$/, "");
  const api = (options.apiUrl ?? "https://api.x.com").replace(/\/$/, "");
  const scopes = options.scopes ?? ["users.read", "tweet.read", emailScope];
  const fields = scopes.includes(emailScope) ? "?user.fields=confirmed_email" : "";
  const { consumer } = options;
  const provider = createOAuth2Provider(
    {
      kind: "twitter",
      id: "twitter",
      name: "X",
      issuer: base,
      authorizationUrl: `${base}/i/oauth2/authorize`,
      tokenUrl: `${api}/2/oauth2/token`,
      scopes,
      authentication: "basic",
      usesPkce: true,
      identify: (call, tokens) => fetchIdentity(call, { base, url: `${api}/2/users/me${fields}` }, tokens),
    },
    options,
  );
  return {
    ...provider,
    ...(consumer && {
      identifyByOAuth1: (call: ProviderCall, token: OAuth1Token) => verify(call, { base, api, consumer }, token),
    }),
  };
}

async function fetchIdentity(
  call: ProviderCall,
  { base, url }: { base: string; url: string },
  tokens: ProviderTokens,
): Promise<ProviderIdentity> {
  const person = profile.safeParse(await fetchJson(call, url, { headers: bearer(tokens.accessToken) }));
  if (!person.success) throw refused("its profile does not say who it is about");
  const { id, name, username, confirmed_email } = person.data.data;
  return { ...identityOf(base, { id, name, username, email: confirmed_email }), tokens };
}

interface OAuth1Token {
  accessToken: string;
  tokenSecret: string;
}

async function verify(
  call: ProviderCall,
  { base, api, consumer }: { base: string; api: string; consumer: { key: string; secret: string } },
  { accessToken, tokenSecret }: OAuth1Token,
): Promise<ProviderIdentity> {
  const url = `${api}/1.1/account/verify_credentials.json`;
  const parameters = { include_email: "true", include_entities: "false", skip_status: "true" };
  const authorization = oauth1Header(
    { method: "GET", url, parameters },
    { consumerKey: consumer.key, consumerSecret: consumer.secret, token: accessToken, tokenSecret },
    { nonce: randomUUID(), seconds: Math.floor(call.now.getTime() / 1000) },
  );
  const query = new URLSearchParams(parameters);
  const person = formerProfile.safeParse(await fetchJson(call, `${url}?${query}`, { headers: { authorization } }));
  if (!person.success) throw refused("its profile does not say who it is about");
  const { id_str, name, screen_name, email } = person.data;
  return identityOf(base, { id: id_str, name, username: screen_name, email });
}

function identityOf(
  issuer: string,
  { id, name, username, email }: { id: string; name: string; username: string; email?: string | null | undefined },
): ProviderIdentity {
  return {
    issuer,
    subject: id,
    email: email ?? null,
    isEmailVouched: email !== null && email !== undefined,
    username: username || null,
    ...splitName(name),
    authenticatedAt: null,
    tokens: null,
  };
}
