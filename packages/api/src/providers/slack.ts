import { z } from "zod";
import { refused } from "./call-provider.js";
import { createOidcProvider } from "./oidc-provider.js";
import type { Provider, ProviderOptions } from "./provider.js";

export interface SlackOptions extends ProviderOptions {
  /** For tests. Default `https://slack.com`. */
  issuer?: string | undefined;
}

const workspaceClaims = z.looseObject({ "https://slack.com/team_id": z.string().min(1) });

/**
 * Slack (OpenID Connect). `email_verified` is believed. A person is known by workspace and id, since Slack's ids are
 * valid within a workspace. An access token cannot be sent in, because Slack does not say whom it was issued to.
 */
export function slack(options: SlackOptions): Provider {
  const issuer = options.issuer ?? "https://slack.com";
  return createOidcProvider(
    {
      kind: "slack",
      id: "slack",
      name: "Slack",
      issuer,
      keyOf(claims) {
        const known = workspaceClaims.safeParse(claims);
        if (!known.success) throw refused("its ID token does not name the workspace");
        return { issuer, subject: `${known.data["https://slack.com/team_id"]}_${claims.sub}` };
      },
      vouches: ({ email_verified }) => email_verified === true,
      provesFreshSignIn: false,
      // It has that for apps without a secret only.
      usesPkce: false,
      authentication: "post",
    },
    options,
  );
}
