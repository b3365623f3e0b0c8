import { callerOf } from "./caller.js";
import { createCore } from "./core.js";
import type { ClientOf, KeywrightClient, KeywrightClientOptions, RouterLike, TokenStore } from "./index.js";

export { type NativeSocialClient, type NativeSocialOptions, type SocialCrypto, startSocial } from "./native-social.js";
export { type SecureStore, type SecureTokensOptions, secureTokens } from "./secure-tokens.js";

export interface NativeClientOptions extends KeywrightClientOptions {
  /** Where the refresh token is kept: `secureTokens(SecureStore)`. */
  tokens: TokenStore;
}

/**
 * Makes the client of an app on a phone: that of the main entry, with a token store that it must have. It needs `fetch`,
 * `Promise`, `AbortController` and the names `URL`, `FormData` and `Blob`, as React Native has them, and no cookies.
 */
export function createKeywrightClient(options: NativeClientOptions): KeywrightClient;
export function createKeywrightClient<R extends RouterLike>(options: NativeClientOptions): ClientOf<R>;
export function createKeywrightClient(options: NativeClientOptions): object {
  return callerOf(createCore(options));
}
