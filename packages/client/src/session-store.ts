import type { CurrentSession, SessionInfo, User } from "@keywright/api/public";
import { createTabs, type Tabs } from "./page.js";

/** Who is signed in, as far as this client knows. `loading` until the server has been asked. */
export type SessionState =
  | { readonly status: "loading"; readonly user: null; readonly session: null }
  | { readonly status: "signedIn"; readonly user: User; readonly session: SessionInfo }
  | { readonly status: "signedOut"; readonly user: null; readonly session: null };

/** Kept up to date by this client's calls, by other tabs, and by asking again when the page comes to the front. */
export interface SessionStore {
  /** The same object until something changes. */
  get(): SessionState;
  /** Calls back after each change. The first subscriber has the server asked. */
  subscribe(listener: () => void): () => void;
  /** Asks the server, once for all who want to know. Rejects as any call does, and then changes nothing. */
  refresh(): Promise<SessionState>;
  /** Takes over what a server has rendered with; nothing once the state is known. */
  seed(current: CurrentSession | null): void;
}

export interface WithSession {
  /** Who is signed in: to read, to subscribe to, to ask for again. */
  readonly session: SessionStore;
}

/** What the client's own calls tell the store. */
export interface SessionKeeper extends SessionStore {
  /** Counts what has happened: what was asked for before must not undo it. */
  era(): number;
  /** Somebody has signed in, or null: nobody is signed in any more. */
  became(current: CurrentSession | null): void;
  changed(user: User): void;
  /** As a query has answered: newer perhaps than what is known, and no news for the other tabs. */
  read(user: User): void;
  /** It may have changed: asks again, if anybody wants to know. */
  doubt(): void;
}

interface Self {
  ask: () => Promise<CurrentSession | null>;
  isShared: () => boolean;
  tabs: Tabs;
  state: SessionState;
  listeners: Set<() => void>;
  era: number;
  /** The question under way. */
  asking: Promise<SessionState> | null;
  askedMs: number;
}

const loading: SessionState = { status: "loading", user: null, session: null };
const signedOut: SessionState = { status: "signedOut", user: null, session: null };
const quietMs = 5_000;

/**
 * `ask` calls `auth.session`; `name` tells one server's sessions from another's among the tabs of an origin. A store
 * that is shared by several users keeps nothing: each is told about themselves when they ask.
 */
export function createSessionStore(ask: Self["ask"], name: string, isShared = () => false): SessionKeeper {
  const tabs = createTabs(name);
  const self: Self = { ask, isShared, tabs, state: loading, listeners: new Set(), era: 0, asking: null, askedMs: 0 };
  let stopWatching = () => {};
  return {
    get: () => self.state,
    subscribe(listener) {
      // A function of its own for each subscription: one listener may subscribe twice.
      const call = () => listener();
      self.listeners.add(call);
      if (self.listeners.size === 1) stopWatching = watch(self);
      return () => {
        if (self.listeners.delete(call) && self.listeners.size === 0) stopWatching();
      };
    },
    refresh: () => refresh(self),
    seed(current) {
      if (self.state === loading) settle(self, current);
    },
    era: () => self.era,
    became: (current) => happened(self, current),
    changed(user) {
      if (isWho(self.state, user)) happened(self, { ...self.state, user });
    },
    read(user) {
      if (isWho(self.state, user)) settle(self, { ...self.state, user });
    },
    doubt: () => doubt(self),
  };
}

function refresh(self: Self): Promise<SessionState> {
  if (self.isShared()) return self.ask().then((current) => settle(self, current));
  if (self.asking) return self.asking;
  const { era } = self;
  self.askedMs = Date.now();
  const asking = self
    .ask()
    .then((current) => (era === self.era ? settle(self, current) : self.state))
    .finally(() => {
      if (self.asking === asking) self.asking = null;
    });
  self.asking = asking;
  return asking;
}

/** The tabs ask the server themselves: what is told among them is only that there is something to ask. */
function happened(self: Self, current: CurrentSession | null): void {
  supersede(self);
  const before = self.state;
  if (settle(self, current) !== before) self.tabs.announce();
}

function supersede(self: Self): void {
  self.era++;
  self.asking = null;
}

function settle(self: Self, current: CurrentSession | null): SessionState {
  self.askedMs = Date.now();
  const next = current ? { ...current, status: "signedIn" as const } : signedOut;
  const isSame = JSON.stringify(self.state) === JSON.stringify(next);
  return isSame ? self.state : show(self, next);
}

function show(self: Self, state: SessionState): SessionState {
  if (self.isShared()) return state;
  self.state = state;
  for (const call of [...self.listeners]) call();
  return state;
}

function doubt(self: Self): void {
  supersede(self);
  if (self.listeners.size > 0) refreshQuietly(self);
  // Whoever subscribes next finds an answer that is too old.
  else self.askedMs = 0;
}

function watch(self: Self): () => void {
  const askAgain = () => {
    if (Date.now() - self.askedMs > quietMs) refreshQuietly(self);
  };
  askAgain();
  return self.tabs.watch({
    onFront: askAgain,
    onChanged: () => doubt(self),
    // From the browser's memory, perhaps long after somebody else has sat down: nothing is shown before it is known.
    onRestored() {
      if (self.state.status === "signedIn") show(self, loading);
      doubt(self);
    },
  });
}

function isWho(state: SessionState, { id }: User): state is Extract<SessionState, { status: "signedIn" }> {
  return state.user?.id === id;
}

/** Nobody called: a failure changes nothing. It is tried again as long as somebody waits for the first answer. */
function refreshQuietly(self: Self): void {
  const isWaitedFor = () => self.state === loading && self.listeners.size > 0;
  refresh(self).catch(() => setTimeout(() => isWaitedFor() && refreshQuietly(self), quietMs));
}
