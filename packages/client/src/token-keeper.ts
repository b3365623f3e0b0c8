import type { TokenStore } from "./token-store.js";

/** One use of the store after the other, so that a slow write never lands after a later one. */
export function createKeeper(store: TokenStore) {
  let queue: Promise<unknown> = Promise.resolve();
  let unsaved: { refreshToken: string | null } | null = null;

  function inTurn<T>(work: () => Promise<T> | T): Promise<T> {
    const turn = queue.then(work);
    queue = turn.catch(() => null);
    return turn;
  }

  // What could not be written is newer than what is in the store, and a used refresh token would end the session.
  const read = () => (unsaved ? unsaved.refreshToken : store.load());
  async function write(refreshToken: string | null): Promise<void> {
    unsaved = { refreshToken };
    await store.save(refreshToken);
    unsaved = null;
  }

  return {
    load: () => inTurn(read),
    save: (refreshToken: string | null) => inTurn(() => write(refreshToken)),
    /** Leaves alone what another program on the same store has put there meanwhile. */
    replace: (expected: string, refreshToken: string | null) =>
      inTurn(async () => {
        if ((await read()) === expected) await write(refreshToken);
      }),
  };
}
