import { z } from "zod";
import { bearer, fetchJson, type ProviderCall, refused } from "./call-provider.js";
import { createOAuth2Provider } from "./oauth2-provider.js";
import { splitName } from "./oidc-claims.js";
import type { Provider, ProviderIdentity, ProviderOptions, ProviderTokens } from "./provider.js";

export interface SpotifyOptions extends Omit<ProviderOptions, "clientIds"> {
  /** For tests. Default `https://accounts.spotify.com`. */
  baseUrl?: string | undefined;
  /** For tests. Default `https://api.spotify.com`. */
  apiUrl?: string | undefined;
}

const profile = z.object({
  id: z.string().min(1),
  display_name: z.string().nullish().catch(null),
  email: z.string().nullish().catch(null),
});

/**
 * Spotify (OAuth 2). Its addresses are not vouched for: its documentation says that they are unverified. An access token
 * cannot be sent in, because Spotify does not say whom it was issued to.
 */
export function spotify(options: SpotifyOptions): Provider {
  const base = (options.baseUrl ?? "https://accounts.spotify.com").replace(/\/$/, "");
  const api = (options.apiUrl ?? "https://api.spotify.com").replace(/\/$/, "");
  return createOAuth2Provider(
    {
      kind: "spotify",
      id: "spotify",
      name: "Spotify",
      issuer: base,
      authorizationUrl: `${base}/authorize`,
      tokenUrl: `${base}/api/token`,
      scopes: ["user-read-email"],
      authentication: "basic",
      usesPkce: true,
      identify: (call, tokens) => fetchIdentity(call, { base, api }, tokens),
    },
    options,
  );
}

async function fetchIdentity(
  call: ProviderCall,
  { base, api }: { base: string; api: string },
  tokens: ProviderTokens,
): Promise<ProviderIdentity> {
  const json = await fetchJson(call, `${api}/v1/me`, { headers: bearer(tokens.accessToken) });
  const person = profile.safeParse(json);
  if (!person.success) throw refused("its profile does not say who it is about");
  return {
    issuer: base,
    subject: person.data.id,
    email: person.data.email ?? null,
    isEmailVouched: false,
    username: null,
    ...splitName(person.data.display_name ?? ""),
    authenticatedAt: null,
    tokens,
  };
}
