import { z } from "zod";
import { fetchJson } from "./call-provider.js";
import { createOidcProvider } from "./oidc-provider.js";
import type { Provider, ProviderOptions } from "./provider.js";

export interface LinkedInOptions extends Omit<ProviderOptions, "clientIds"> {
  /** For tests. Default `https://www.linkedin.com/oauth`. */
  issuer?: string | undefined;
  /** For tests: where it says whom an access token was issued to. */
  introspectionUrl?: string | undefined;
}

const introspection = z.object({ active: z.boolean(), client_id: z.string() });

/**
 * LinkedIn (OpenID Connect). `email_verified` is believed. An access token counts only if its introspection says that it
 * was issued to us. An ID token cannot be sent in, because LinkedIn leaves the nonce out, so that nothing would show
 * which sign-in it is of.
 */
export function linkedin(options: LinkedInOptions): Provider {
  const { clientId, clientSecret } = options;
  return createOidcProvider(
    {
      kind: "linkedin",
      id: "linkedin",
      name: "LinkedIn",
      issuer: options.issuer ?? "https://www.linkedin.com/oauth",
      // Some of its answers have it as text.
      vouches: ({ email_verified }) => email_verified === true || email_verified === "true",
      provesFreshSignIn: false,
      returnsNonce: false,
      // It refuses the client if there is a verifier, unless the app is registered for it.
      usesPkce: false,
      authentication: "post",
      async isOurs(call, accessToken) {
        const url = options.introspectionUrl ?? "https://www.linkedin.com/oauth/v2/introspectToken";
        const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, token: accessToken });
        const known = introspection.safeParse(await fetchJson(call, url, { method: "POST", body }));
        return known.success && known.data.active && known.data.client_id === clientId;
      },
    },
    options,
  );
}
