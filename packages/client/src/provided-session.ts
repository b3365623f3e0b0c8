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
}

/** What is used of it, by its own names: version 5 has them, and 4. */
interface TanStackCaches extends QueryCaches {
  getMutationCache(): { clear(): void; getAll(): readonly Mutation[] };
  getQueryCache(): {
    getAll(): readonly Query[];
    subscribe(listener: (event: { type: string; query: Query }) => void): () => void;
  };
  resetQueries(): unknown;
  removeQueries(filters: { type: "inactive" }): void;
  setQueryData(key: readonly unknown[], data: true): unknown;
  setQueryDefaults(key: readonly unknown[], options: { queryFn: () => true; gcTime: number }): void;
}

interface Mutation {
  options: object;
  setOptions(options: object): void;
}

interface Query {
  queryKey: readonly unknown[];
  state: { data?: unknown };
  setState(state: { status: "error" }): void;
}

/** Of what the page came with as JSON, which may have crossed from a server to the browser, and has texts for dates. */
export function firstOf(json: string | undefined): First {
  if (json === undefined) return { current: undefined, state: loading, isUnseeded: false };
  const current: CurrentSession | null = JSON.parse(json, (name, value) =>
    value && /^(created|lastLogin|lastSeen|expires)At$/.test(name) ? new Date(value) : value,
  );
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

/**
 * Has the server asked when a page was rendered anew for another session. That is not believed at once: routers keep
 * pages, and show one again that was rendered before the last sign-in.
 */
export function hearAgain(store: SessionStore, json: string): void {
  const { user, session } = store.get();
  if (JSON.stringify(user && { user, session }) !== json) store.refresh().catch(() => {});
}

/** The key of a query that says whose the cache is, and is persisted, restored and removed along with it. */
const mark = "keywright-user";

/** Called back before React renders anew, so that nothing old is read from the cache for the next user. */
export function clearWithUser({ subscribe, get }: ProvidedSession, caches: QueryCaches): () => void {
  const tanStack = isTanStack(caches) ? caches : null;
  let known: string | null | undefined;
  const isMarked = () =>
    tanStack
      ?.getQueryCache()
      .getAll()
      .some(({ queryKey: [name, id] }) => name === mark && id !== known);
  const sign = () => known !== undefined && tanStack?.setQueryData([mark, known], true);
  const check = () => {
    const { status, user, error } = get();
    // A keychain that cannot be read does not say that nobody is there.
    if (status === "loading" || (!user && error)) return;
    const before = known;
    known = user?.id ?? null;
    if ((before !== undefined && before !== known) || isMarked()) clear(caches);
    sign();
  };
  // It answers for itself where an app fetches all queries again.
  tanStack?.setQueryDefaults([mark], { queryFn: () => true, gcTime: Number.POSITIVE_INFINITY });
  const unwatch = tanStack?.getQueryCache().subscribe(({ type, query }) => {
    if (query.queryKey[0] !== mark) return;
    if (type === "removed") sign();
    // Restored, with others after it: what is set here has no data yet when it is added.
    if (type === "added" && query.state.data) void Promise.resolve().then(check);
  });
  check();
  const unsubscribe = subscribe(check);
  return () => {
    unsubscribe();
    unwatch?.();
  };
}

function clear(caches: QueryCaches): void {
  if (!isTanStack(caches)) {
    caches.clear();
    return;
  }
  // Mutations that wait for the network would be sent for the next user, and those that wait for a retry even if forgotten.
  const mutationFn = () => Promise.reject(new Error("The user has changed."));
  for (const mutation of caches.getMutationCache().getAll()) {
    mutation.setOptions({ ...mutation.options, mutationFn, retry: false });
    // Its component would give it its own again.
    mutation.setOptions = () => {};
  }
  caches.getMutationCache().clear();
  // Otherwise a component that keeps showing the page before, while it waits for the next one, goes on doing so.
  for (const query of caches.getQueryCache().getAll()) query.setState({ status: "error" });
  void caches.resetQueries();
  caches.removeQueries({ type: "inactive" });
}

function isTanStack(caches: QueryCaches): caches is TanStackCaches {
  return "resetQueries" in caches;
}
