import { z } from "zod";
import { bearer, fetchJson, type ProviderCall, refused } from "./call-provider.js";
import { createOAuth2Provider } from "./oauth2-provider.js";
import { splitName } from "./oidc-claims.js";
import {
  clientIdsOf,
  type Provider,
  type ProviderIdentity,
  type ProviderOptions,
  type ProviderTokens,
} from "./provider.js";

export interface DiscordOptions extends ProviderOptions {
  /** For tests. Default `https://discord.com`. */
  baseUrl?: string | undefined;
}

const authorization = z.object({ application: z.object({ id: z.string() }) });
const profile = z.object({
  id: z.string().min(1),
  username: z.string().catch(""),
  global_name: z.string().nullish().catch(null),
  email: z.string().nullish().catch(null),
  verified: z.boolean().optional().catch(false),
});

/**
 * Discord (OAuth 2). Its flag `verified` is believed. An access token counts only if `oauth2/@me` says that it was issued
 * to one of our applications.
 */
export function discord(options: DiscordOptions): Provider {
  const base = (options.baseUrl ?? "https://discord.com").replace(/\/$/, "");
  const api = `${base}/api/v10`;
  return createOAuth2Provider(
    {
      kind: "discord",
      id: "discord",
      name: "Discord",
      issuer: base,
      authorizationUrl: `${base}/oauth2/authorize`,
      tokenUrl: `${api}/oauth2/token`,
      scopes: ["identify", "email"],
      authentication: "post",
      usesPkce: true,
      identify: (call, tokens) => fetchIdentity(call, { base, api }, tokens),
      async isOurs(call, accessToken) {
        const known = authorization.safeParse(
          await fetchJson(call, `${api}/oauth2/@me`, { headers: bearer(accessToken) }),
        );
        return known.success && clientIdsOf(options).includes(known.data.application.id);
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
  const json = await fetchJson(call, `${api}/users/@me`, { headers: bearer(tokens.accessToken) });
  const person = profile.safeParse(json);
  if (!person.success) throw refused("its profile does not say who it is about");
  const { id, username, global_name, email, verified } = person.data;
  return {
    issuer: base,
    subject: id,
    email: email ?? null,
    isEmailVouched: verified === true,
    username: username || null,
    ...splitName(global_name ?? ""),
    authenticatedAt: null,
    tokens,
  };
}
