import { z } from "zod";
import { bearer, fetchJson, isRefusal, type ProviderCall, refused } from "./call-provider.js";
import { createOAuth2Provider } from "./oauth2-provider.js";
import { splitName } from "./oidc-claims.js";
import type { Provider, ProviderIdentity, ProviderOptions, ProviderTokens } from "./provider.js";

export interface GitHubOptions extends Omit<ProviderOptions, "clientIds"> {
  /** Of GitHub Enterprise Server. Default `https://github.com`. */
  baseUrl?: string | undefined;
  /** Default `https://api.github.com`; of GitHub Enterprise Server, `https://HOST/api/v3`. */
  apiUrl?: string | undefined;
}

const profile = z.object({ id: z.number(), login: z.string().catch(""), name: z.string().nullish().catch(null) });
const addresses = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

/**
 * GitHub (OAuth 2). The primary address is vouched for if GitHub has verified it. An access token counts only if GitHub's
 * token check says that it was issued to us.
 */
export function github(options: GitHubOptions): Provider {
  const base = (options.baseUrl ?? "https://github.com").replace(/\/$/, "");
  const api = (options.apiUrl ?? "https://api.github.com").replace(/\/$/, "");
  const identify = (call: ProviderCall, tokens: ProviderTokens) => fetchIdentity(call, { base, api }, tokens);
  return createOAuth2Provider(
    {
      kind: "github",
      id: "github",
      name: "GitHub",
      issuer: base,
      authorizationUrl: `${base}/login/oauth/authorize`,
      tokenUrl: `${base}/login/oauth/access_token`,
      scopes: ["read:user", "user:email"],
      authentication: "post",
      usesPkce: true,
      identify,
      async isOurs(call, accessToken) {
        const { clientId, clientSecret } = options;
        const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
        await fetchJson(call, `${api}/applications/${encodeURIComponent(clientId)}/token`, {
          method: "POST",
          headers: { authorization: `Basic ${credentials}`, "content-type": "application/json" },
          body: JSON.stringify({ access_token: accessToken }),
        });
        return true;
      },
    },
    options,
  );
}

async function fetchIdentity(
  call: ProviderCall,
  { base, api }: { base: string; api: string },
  tokens: ProviderTokens,
): Promise<ProviderIdentity> {
  // Without a user agent it refuses.
  const headers = { ...bearer(tokens.accessToken), "user-agent": "Keywright" };
  const [user, emails] = await Promise.all([
    fetchJson(call, `${api}/user`, { headers }),
    fetchJson(call, `${api}/user/emails`, { headers }).catch(noAddresses),
  ]);
  const person = profile.safeParse(user);
  if (!person.success) throw refused("its profile does not say who it is about");
  const address = addresses.safeParse(emails).data?.find(({ primary }) => primary);
  return {
    issuer: base,
    subject: String(person.data.id),
    email: address?.email ?? null,
    isEmailVouched: address?.verified === true,
    username: person.data.login || null,
    ...splitName(person.data.name ?? ""),
    authenticatedAt: null,
    tokens,
  };
}

/** Without the scope for them, GitHub refuses. */
function noAddresses(error: unknown): [] {
  if (isRefusal(error)) return [];
  throw error;
}
