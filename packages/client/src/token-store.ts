/**
 * Where a bearer client keeps its refresh token between runs of the app, and those of sign-outs that the server does not
 * know of yet: a string of fewer than 500 characters, for the secure stores of phones. The access token stays in memory. `load` returns null if there is none,
 * and `save(null)` removes it.
 */
export interface TokenStore {
  load(): Promise<string | null> | string | null;
  save(refreshToken: string | null): Promise<void> | void;
}

/** A store that lasts as long as the program: for scripts and tests. */
export function memoryTokens(): TokenStore {
  let kept: string | null = null;
  return {
    load: () => kept,
    save(refreshToken) {
      kept = refreshToken;
    },
  };
}
