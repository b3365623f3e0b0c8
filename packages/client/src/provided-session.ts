import type { CurrentSession, SessionState, SessionStore } from "./index.js";
import { loading, stateOf } from "./session-state.js";

/** The session as React's components see it. */
export interface ProvidedSession {
  subscribe(listener: () => void): () => void;
  get(): SessionState;
  /** On a server, and when the browser takes its page over: the two must be the same. */
  getFirst(): SessionState;
}

/** What the page came with. */
export interface First {
  readonly current: CurrentSession | null | undefined;
  readonly state: SessionState;
  /** Until the store has been told. */
  isUnseeded: boolean;
}

/** What is forgotten with the user: TanStack's `QueryClient`, or whatever else caches answers. */
export interface QueryCaches {
  clear(): void;
  getQueryCache?(): { getAll(): readonly { reset(): void }[] };
}

export function firstOf(current: CurrentSession | null | undefined): First {
  if (current === undefined) return { current, state: loading, isUnseeded: false };
  return { current, state: stateOf(current), isUnseeded: true };
}

/** The store is told when somebody begins to listen, not in a render: a server's renders may share one client. */
export function provideSession(store: SessionStore, first: First): ProvidedSession {
  return {
    subscribe(listener) {
      if (first.isUnseeded && first.current !== undefined) store.seed(first.current);
      // Once only: a store that is loading again has reasons not to believe what the page came with.
      first.isUnseeded = false;
      return store.subscribe(listener);
    },
    get() {
      const state = store.get();
      if (state.status !== "loading") return state;
      return first.isUnseeded ? first.state : loading;
    },
    getFirst: () => first.state,
  };
}

/** Called back before React renders anew, so that nothing old is read from the cache for the next user. */
export function clearWithUser({ subscribe, get }: ProvidedSession, caches: QueryCaches): () => void {
  let known = get();
  return subscribe(() => {
    const next = get();
    if (next.status === "loading") return;
    if (known.status !== "loading" && known.user?.id !== next.user?.id) clear(caches);
    known = next;
  });
}

/** `clear` alone forgets the answers and leaves them on the page, where no component happens to render again. */
function clear(caches: QueryCaches): void {
  for (const query of caches.getQueryCache?.().getAll() ?? []) query.reset();
  caches.clear();
}
