import { createOidcProvider, type OidcTraits } from "./oidc-provider.js";
import type { Provider, ProviderOptions } from "./provider.js";

export interface OpenIdConnectOptions extends Omit<ProviderOptions, "clientSecret"> {
  /** Unique; it is in the redirect address. */
  id: string;
  name: string;
  /** Where the discovery document is found (OpenID Connect Discovery 1.0). https, except on this machine. */
  issuer: string;
  /** Omitted for a public client. */
  clientSecret?: string | undefined;
  /** Whether its `email_verified` can be believed. Default true; set false if its users can set it themselves. */
  vouchesForEmail?: boolean | undefined;
  /** Whether it sends `auth_time` when asked with `max_age` (OpenID Connect Core, 3.1.2.1). Default true. */
  provesFreshSignIn?: boolean | undefined;
  /** Whether it accepts ID tokens without a nonce from an SDK that cannot send one. Default false. */
  allowsNoNonce?: boolean | undefined;
}

/** Any provider that speaks OpenID Connect, by discovery; an app can have any number of them. */
export function openIdConnect(options: OpenIdConnectOptions): Provider {
  const { vouchesForEmail = true, provesFreshSignIn = true, allowsNoNonce = false } = options;
  const traits: OidcTraits = {
    kind: "openid-connect",
    id: options.id,
    name: options.name,
    issuer: options.issuer,
    vouches: ({ email_verified }) => vouchesForEmail && email_verified === true,
    provesFreshSignIn,
    allowsNoNonce,
  };
  return createOidcProvider(traits, options);
}
