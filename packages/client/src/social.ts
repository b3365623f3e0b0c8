import type { Call, SocialStartInput } from "./index.js";

export { readSocialReturn, type SocialFailure, type SocialHandoff, type SocialReturn } from "./social-return.js";

/** The part of a client that is used here. */
export interface SocialClient<Refusal> {
  readonly social: {
    readonly start: { mutate(input: SocialStartInput): Call<{ authorizationUrl: string }, Refusal> };
  };
}

// Browsers have it.
declare const location: { assign(address: string): void };

/**
 * Begins a round trip to a provider and leaves the page for it: `startSocial(client, { provider: "google" })`. The
 * browser comes back to `returnTo`, by default the front page of the front end; `readSocialReturn` says how it ended.
 * Rejects as `social.start` does, and then the page stays.
 */
export function startSocial<Refusal>(client: SocialClient<Refusal>, input: SocialStartInput): Call<void, Refusal> {
  return client.social.start.mutate(input).then(({ authorizationUrl }) => location.assign(authorizationUrl));
}
