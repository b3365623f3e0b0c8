import { KeywrightError } from "../contract/reasons.js";
import { addressBelow } from "../settings/addresses.js";
import type { Provider } from "./provider.js";

/** The providers that an app has configured. */
export interface Providers {
  list: readonly Provider[];
  /** Throws `SOCIAL_NOT_CONFIGURED`. */
  get(id: string): Provider;
  /** Where the provider sends the browser back to: exactly this address must be registered with it. */
  redirectUriOf(provider: Provider): string;
}

/** The path that `oauthCallback` serves. */
export function callbackPath(providerId: string): string {
  return `/oauth/${providerId}/callback`;
}

export function createProviders(list: readonly Provider[], publicUrl: URL): Providers {
  const byId = new Map(list.map((provider) => [provider.id, provider]));
  return {
    list,
    get(id) {
      const provider = byId.get(id);
      if (!provider) throw new KeywrightError("SOCIAL_NOT_CONFIGURED");
      return provider;
    },
    redirectUriOf: ({ id, redirectUri }) => redirectUri ?? addressBelow(publicUrl, callbackPath(id)).href,
  };
}

/** The kinds of the providers in this folder; an id that is one of them is reserved for it. */
export const builtInKinds: readonly string[] = [
  "apple",
  "discord",
  "facebook",
  "github",
  "gitlab",
  "google",
  "linkedin",
  "microsoft",
  "openid-connect",
  "slack",
  "spotify",
  "twitch",
  "twitter",
];

/** One sentence for each fault of the list. */
export function providerFaults(list: readonly Provider[]): string[] {
  const ids = list.map(({ id }) => id);
  return [
    ...list.flatMap(({ id, kind }) => {
      if (!/^[a-z][a-z0-9-]{0,31}$/.test(id)) {
        return [`A provider's id must be 1 to 32 lower-case letters, digits and hyphens, beginning with a letter.`];
      }
      // Whoever reads "google" in a list of identities must be able to rely on it.
      const isImpostor = kind !== id && (reservedIds.includes(id) || builtInKinds.includes(id));
      return isImpostor ? [`The provider id \`${id}\` is reserved.`] : [];
    }),
    ...new Set(
      ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `Two providers have the id \`${id}\`.`),
    ),
  ];
}

const reservedIds = ["credential", "credentials", "email", "keywright", "local", "password", "username"];
