import { z } from "zod";
import { fetchJson } from "./call-provider.js";
import { createOidcProvider } from "./oidc-provider.js";
import { clientIdsOf, type Provider, type ProviderOptions } from "./provider.js";

export interface TwitchOptions extends ProviderOptions {
  /** For tests. Default `https://id.twitch.tv/oauth2`. */
  issuer?: string | undefined;
}

const validation = z.object({ client_id: z.string(), user_id: z.string().min(1) });
/** Without being asked, it gives none of these. */
const wanted = { email: null, email_verified: null, preferred_username: null };

/**
 * Twitch (OpenID Connect). `email_verified` is believed. An access token counts only if `oauth2/validate` says that it is
 * a person's and was issued to one of our applications; it needs the scope `openid`.
 */
export function twitch(options: TwitchOptions): Provider {
  const issuer = (options.issuer ?? "https://id.twitch.tv/oauth2").replace(/\/$/, "");
  return createOidcProvider(
    {
      kind: "twitch",
      id: "twitch",
      name: "Twitch",
      issuer,
      vouches: ({ email_verified }) => email_verified === true,
      scopes: ["openid", "user:read:email"],
      extra: { claims: JSON.stringify({ id_token: wanted, userinfo: wanted }) },
      provesFreshSignIn: false,
      usesPkce: false,
      authentication: "post",
      async isOurs(call, accessToken) {
        // Not "Bearer", here.
        const headers = { authorization: `OAuth ${accessToken}` };
        const known = validation.safeParse(await fetchJson(call, `${issuer}/validate`, { headers }));
        return known.success && clientIdsOf(options).includes(known.data.client_id);
      },
    },
    options,
  );
}
