import { z } from "zod";
import { fetchJson, type ProviderCall, refused } from "./call-provider.js";
import { identityOf, parseClaims } from "./oidc-claims.js";
import { createOidcProvider, type OidcTraits } from "./oidc-provider.js";
import { clientIdsOf, type Provider, type ProviderIdentity, type ProviderOptions } from "./provider.js";

export interface GoogleOptions extends ProviderOptions {
  /** For tests: an issuer, and where it says whom an access token was issued to. */
  issuer?: string | undefined;
  tokenInfoUrl?: string | undefined;
}

const tokenInfo = z.looseObject({ aud: z.string(), azp: z.string().optional() });

/**
 * Google (OpenID Connect). `email_verified` is believed. An access token counts only if `tokeninfo` says that it was
 * issued to one of our clients.
 */
export function google(options: GoogleOptions): Provider {
  const traits: OidcTraits = {
    kind: "google",
    id: "google",
    name: "Google",
    issuer: options.issuer ?? "https://accounts.google.com",
    // Its older tokens have the bare host.
    isIssuer: (issuer) => issuer === traits.issuer || (!options.issuer && issuer === "accounts.google.com"),
    vouches: ({ email_verified }) => email_verified === true,
    // It ignores `max_age` and sends no `auth_time`.
    provesFreshSignIn: false,
    identifyByAccessToken: (call, accessToken) => identify(call, { options, traits, accessToken }),
  };
  return createOidcProvider(traits, options);
}

async function identify(
  call: ProviderCall,
  { options, traits, accessToken }: { options: GoogleOptions; traits: OidcTraits; accessToken: string },
): Promise<ProviderIdentity> {
  const url = options.tokenInfoUrl ?? "https://oauth2.googleapis.com/tokeninfo";
  // In the body, so that the token is in nobody's access log.
  const body = new URLSearchParams({ access_token: accessToken });
  const info = tokenInfo.safeParse(await fetchJson(call, url, { method: "POST", body }));
  const ours = clientIdsOf(options);
  if (!info.success || !ours.includes(info.data.aud)) throw refused("its access token is for another client");
  if (info.data.azp !== undefined && !ours.includes(info.data.azp)) {
    throw refused("its access token is for another client");
  }
  const claims = parseClaims(info.data);
  // Here it is text.
  const isVerified = claims.email_verified === true || claims.email_verified === "true";
  return identityOf({ ...claims, email_verified: isVerified }, traits, null);
}
