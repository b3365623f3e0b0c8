import type { TokenStore } from "./index.js";

/** The part of the module `expo-secure-store` that is used. */
export interface SecureStore {
  getItemAsync(key: string, options?: SecureStoreOptions): Promise<string | null>;
  setItemAsync(key: string, value: string, options?: SecureStoreOptions): Promise<void>;
  deleteItemAsync(key: string, options?: SecureStoreOptions): Promise<void>;
  readonly AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY?: number;
}

/** As `expo-secure-store` has them. */
export interface SecureStoreOptions {
  /** iOS: when the token can be read. Default: once the phone was unlocked, and on this phone only. */
  keychainAccessible?: number;
  keychainService?: string;
  requireAuthentication?: boolean;
  authenticationPrompt?: string;
}

export interface SecureTokensOptions extends SecureStoreOptions {
  /** The name in the store: letters, digits and `. - _`. One for each server that the app has accounts at. */
  key?: string;
}

/** Beyond it `expo-secure-store` does not promise to keep a value. */
const maxBytes = 2_048;

/**
 * Keeps the refresh token in the phone's keychain or keystore: `secureTokens(SecureStore)` with
 * `import * as SecureStore from "expo-secure-store"`. On iOS it does not travel with backups to the next phone, since one
 * token on two phones looks stolen. Where the store is locked or fails, a call that needs it rejects with a
 * `TokenStoreError`, whose `cause` is the store's own; nobody is signed out by it, and the next call tries again.
 */
export function secureTokens(
  store: SecureStore,
  { key = "keywright", ...given }: SecureTokensOptions = {},
): TokenStore {
  if (!/^[\w.-]+$/.test(key)) throw new Error(`"${key}" is no key for a secure store: use letters, digits and . - _`);
  const onThisDevice = store.AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY;
  const options = { ...(onThisDevice !== undefined && { keychainAccessible: onThisDevice }), ...given };
  return {
    load: () => store.getItemAsync(key, options),
    async save(refreshToken) {
      if (refreshToken === null) return store.deleteItemAsync(key, options);
      const bytes = byteLength(refreshToken);
      if (bytes <= maxBytes) return store.setItemAsync(key, refreshToken, options);
      throw new Error(`A refresh token of ${bytes} bytes is longer than the ${maxBytes} it keeps.`);
    },
  };
}

/** In UTF-8, by hand: `TextEncoder` is not on every phone. */
function byteLength(text: string): number {
  return encodeURIComponent(text).replaceAll(/%../g, "x").length;
}
