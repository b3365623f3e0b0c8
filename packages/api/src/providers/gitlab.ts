import { z } from "zod";
import { bearer, fetchJson } from "./call-provider.js";
import { createOidcProvider } from "./oidc-provider.js";
import { clientIdsOf, type Provider, type ProviderOptions } from "./provider.js";

export interface GitLabOptions extends ProviderOptions {
  /** Of your own GitLab. Default `https://gitlab.com`. */
  baseUrl?: string | undefined;
  /** Default true. Set it to false if your own GitLab does not have addresses confirmed. */
  vouchesForEmail?: boolean | undefined;
}

const tokenInfo = z.object({ application: z.object({ uid: z.string() }) });

/**
 * GitLab (OpenID Connect), gitlab.com or your own. `email_verified` is believed. An access token counts only if
 * `oauth/token/info` says that it was issued to one of our applications.
 */
export function gitlab(options: GitLabOptions): Provider {
  const base = (options.baseUrl ?? "https://gitlab.com").replace(/\/$/, "");
  const { vouchesForEmail = true } = options;
  return createOidcProvider(
    {
      kind: "gitlab",
      id: "gitlab",
      name: "GitLab",
      issuer: base,
      vouches: ({ email_verified }) => vouchesForEmail && email_verified === true,
      provesFreshSignIn: false,
      authentication: "post",
      async isOurs(call, accessToken) {
        const json = await fetchJson(call, `${base}/oauth/token/info`, { headers: bearer(accessToken) });
        const known = tokenInfo.safeParse(json);
        return known.success && clientIdsOf(options).includes(known.data.application.uid);
      },
    },
    options,
  );
}
