import type { TokenStore } from "./index.js";

/** The part of the module `expo-secure-store` that is used. */
export interface SecureStore {
  getItemAsync(key: string): Promise<string | null>;
  setItemAsync(key: string, value: string): Promise<void>;
  deleteItemAsync(key: string): Promise<void>;
}

export interface SecureTokensOptions {
  /** The name in the store: letters, digits and `. - _`. One for each server that the app has accounts at. */
  key?: string;
}

/** Beyond it `expo-secure-store` does not promise to keep a value. */
const maxBytes = 2_048;

/**
 * Keeps the refresh token in the phone's keychain or keystore: `secureTokens(SecureStore)` with
 * `import * as SecureStore from "expo-secure-store"`. Where that is locked or fails, calls reject with an error that says
 * so and carries the store's own as its `cause`; nobody is signed out by it, and the next call tries again.
 */
export function secureTokens(store: SecureStore, { key = "keywright" }: SecureTokensOptions = {}): TokenStore {
  if (!/^[\w.-]+$/.test(key)) throw new Error(`"${key}" is no key for a secure store: use letters, digits and . - _`);
  return {
    load: () => orExplain("read", () => store.getItemAsync(key)),
    save: (refreshToken) =>
      orExplain("written", () => {
        if (refreshToken === null) return store.deleteItemAsync(key);
        if (byteLength(refreshToken) <= maxBytes) return store.setItemAsync(key, refreshToken);
        throw new Error(
          `A refresh token of ${byteLength(refreshToken)} bytes is longer than the ${maxBytes} it keeps.`,
        );
      }),
  };
}

async function orExplain<T>(done: "read" | "written", work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The session could not be ${done} on this device: ${reason}`, { cause });
  }
}

/** In UTF-8, by hand: `TextEncoder` is not on every phone. */
function byteLength(text: string): number {
  return encodeURIComponent(text).replaceAll(/%../g, "x").length;
}
