import type { CurrentSession, SessionInfo, User } from "@keywright/api/public";
import { isStoreFault } from "./errors.js";
import { createTabs, isHidden, type Tabs, tellFault } from "./page.js";
import { inTime } from "./patience.js";
import { createQuestions, type Questions } from "./questions.js";
import { loading, type SessionState, stateOf, withAsked } from "./session-state.js";

/** Kept up to date by this client's calls, by other tabs, and by asking again when the page comes to the front. */
export interface SessionStore {
  /** The same object until something changes. */
  get(): SessionState;
  /** Calls back after each change. The first subscriber has the server asked. */
  subscribe(listener: () => void): () => void;
  /** Asks the server, however lately it was asked. Rejects as any call does. */
  refresh(): Promise<SessionState>;
  /** Takes over what a server has rendered with; nothing once the state is known. */
  seed(current: CurrentSession | null): void;
}

export interface WithSession {
  /** Who is signed in: to read, to subscribe to, to ask for again. */
  readonly session: SessionStore;
}

/** What the client's own calls tell the store. The table of events is in docs/decisions/0023. */
export interface SessionKeeper extends SessionStore {
  /** Counts what has happened: what was asked for before must not undo it. */
  era(): number;
  /** Somebody has signed in, or null: nobody is signed in any more. */
  became(current: CurrentSession | null): void;
  /** Nobody is any more here, whatever the server still says. */
  left(): void;
  changed(user: User): void;
  /** As a query has answered: newer perhaps than what is known, and no news for the other tabs. */
  read(user: User): void;
  /** It may have changed: asks again, if anybody wants to know. */
  doubt(): void;
  /** Has each state go through `amend` before it is shown. Returns what shows the present one anew. */
  amend(amend: Amend): () => void;
}

type Amend = (state: SessionState) => SessionState;

interface Self {
  ask: Ask;
  isShared: () => boolean;
  tabs: Tabs;
  questions: Questions<CurrentSession | null>;
  state: SessionState;
  listeners: Set<() => void>;
  amends: Amend[];
  era: number;
}

type Ask = (signal: AbortSignal) => Promise<CurrentSession | null>;

/**
 * `ask` calls `auth.session`; `name` tells one server's sessions from another's among the tabs of an origin. A store
 * that is shared by several users keeps nothing: each is told about themselves when they ask.
 */
export function createSessionStore(ask: Ask, name: string, isShared = () => false): SessionKeeper {
  const self: Self = {
    ask,
    isShared,
    tabs: createTabs(name),
    questions: createQuestions<CurrentSession | null>({
      ask,
      onAnswer: (current) => settle(self, current),
      onFailure: (error) => show(self, withAsked(self.state, { error, isRefreshing: false })),
      // A keychain that fails is not asked again by itself: its user might be, each time.
      isWatched: () => self.listeners.size > 0 && !isHidden() && !isStoreFault(self.state.error),
    }),
    state: loading,
    listeners: new Set(),
    amends: [],
    era: 0,
  };
  return keeperOf(self);
}

function keeperOf(self: Self): SessionKeeper {
  return {
    get: () => self.state,
    subscribe: (listener) => subscribe(self, listener),
    refresh: () => refresh(self),
    seed(current) {
      if (self.state.status === "loading") settle(self, current);
    },
    era: () => self.era,
    became: (current) => happened(self, current),
    left() {
      self.questions.forget();
      settle(self, null);
    },
    changed(user) {
      if (isWho(self.state, user)) happened(self, { ...self.state, user });
    },
    read(user) {
      if (isWho(self.state, user)) settle(self, { ...self.state, user });
    },
    doubt() {
      doubt(self);
      self.tabs.announce();
    },
    amend(amend) {
      self.amends.push(amend);
      return () => show(self, self.state);
    },
  };
}

function subscribe(self: Self, listener: () => void): () => void {
  // A function of its own for each subscription: one listener may subscribe twice.
  const call = () => listener();
  self.listeners.add(call);
  if (self.listeners.size === 1) watch(self);
  return () => {
    if (self.listeners.delete(call) && self.listeners.size === 0) self.tabs.leave();
  };
}

function watch(self: Self): void {
  self.questions.askQuietly(true);
  self.tabs.watch({
    onFront: () => self.questions.askQuietly(true),
    onChanged: () => doubt(self),
    // From the browser's memory, perhaps long after somebody else has sat down: nothing is shown before it is known.
    onRestored() {
      if (self.state.user) show(self, loading);
      doubt(self);
    },
  });
}

async function refresh(self: Self): Promise<SessionState> {
  if (self.isShared()) return stateOf(await inTime(self.ask));
  if (self.state.status !== "loading") show(self, withAsked(self.state, { isRefreshing: true }));
  await self.questions.ask();
  return self.state;
}

/** The tabs ask the server themselves: what is told among them is only that there is something to ask. */
function happened(self: Self, current: CurrentSession | null): void {
  self.era++;
  self.questions.forget();
  settle(self, current);
  // Although it may be no news here: the others may show something else.
  self.tabs.announce();
}

function doubt(self: Self): void {
  self.era++;
  self.questions.forget();
  self.questions.askQuietly();
}

function settle(self: Self, current: CurrentSession | null): void {
  const next = stateOf(current);
  self.questions.rest(current && untilExpiry(current.session));
  if (JSON.stringify(self.state) !== JSON.stringify(next)) show(self, next);
}

function show(self: Self, state: SessionState): void {
  // There is nobody in particular to show it to.
  if (self.isShared()) return;
  self.state = self.amends.reduce((amended, amend) => amend(amended), state);
  for (const call of [...self.listeners]) {
    try {
      call();
    } catch (error) {
      // One listener's fault is no call's, and no other listener's.
      tellFault(error);
    }
  }
}

/** Null where this device's clock is wrong. What a page was rendered with may have come as JSON, and has texts for dates. */
function untilExpiry({ expiresAt }: SessionInfo): number | null {
  const ms = new Date(expiresAt).getTime() - Date.now();
  return ms > 0 ? ms : null;
}

function isWho(state: SessionState, { id }: User): state is Extract<SessionState, { user: User }> {
  return state.user?.id === id;
}
