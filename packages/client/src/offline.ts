import { SuperJSON } from "superjson";
import { currentIn } from "./answers.js";
import { isStoreFault } from "./errors.js";
import type { CurrentSession, LastKnown, SessionState } from "./index.js";
import { later } from "./patience.js";
import { loading, stateOf, withAsked } from "./session-state.js";
import type { SessionKeeper } from "./session-store.js";

/** The part of React Native's `AsyncStorage`, or of a browser's `localStorage`, that is used. */
export interface KeyValueStorage {
  getItem(key: string): Promise<string | null> | string | null;
  setItem(key: string, value: string): Promise<void> | void;
  removeItem(key: string): Promise<void> | void;
}

export interface LastKnownOptions {
  /** The name in the storage. One for each server that the app has accounts at. */
  key?: string;
}

/** So long a server may take before the last known user is shown. */
const patienceMs = 3_000;

interface Self {
  /** Undefined until the storage has been read. */
  known: CurrentSession | null | undefined;
  isLate: boolean;
  /** Whether it is this file that has a state shown anew. */
  isAgain: boolean;
  again(): void;
  /** Until the shown session ends. */
  timer: ReturnType<typeof setTimeout> | undefined;
  /** Writes the next, after the one before. */
  write(text: string | null): void;
}

/**
 * Shows the last known user as `offline` when the app starts while its server cannot be reached, or is slow: pass it to
 * the client as `lastKnown`. It keeps the user and the session as `auth.session` gives them, without any token, until
 * the sign-out; nobody is shown beyond the end of their session. A storage that fails is one that has nothing.
 */
export function lastKnownUser(storage: KeyValueStorage, { key = "keywright.user" }: LastKnownOptions = {}): LastKnown {
  return {
    start(session: SessionKeeper) {
      const show = session.amend((state) => amended(self, state));
      const again = () => {
        self.isAgain = true;
        show();
        self.isAgain = false;
      };
      const unlessKnown = () => session.get().status === "loading" && self.known && again();
      const self: Self = {
        known: undefined,
        isLate: false,
        isAgain: false,
        again,
        timer: undefined,
        write: writerOf(storage, key),
      };
      later(patienceMs, () => {
        self.isLate = true;
        unlessKnown();
      });
      void readFrom(storage, key).then((found) => {
        if (self.known !== undefined) return;
        self.known = found;
        unlessKnown();
      });
    },
  };
}

function amended(self: Self, state: SessionState): SessionState {
  const { status, error, isRefreshing, user, session } = state;
  // Of a keychain that fails, nothing is known but that: it is for the page to say.
  if (isStoreFault(error)) return state;
  if (status === "loading" || status === "offline") {
    // From the browser's memory, perhaps long after a sign-out in another tab.
    if (status === "loading" && !error && !self.isAgain) self.known = null;
    const isShown = status === "offline" || error || self.isLate;
    return withAsked((isShown && offlineOf(self)) || loading, { error, isRefreshing });
  }
  if (!error) {
    self.known = user && { user, session };
    self.write(self.known && SuperJSON.stringify(self.known));
  }
  return state;
}

/** Null beyond the end of the session, at which it is shown no longer. */
function offlineOf(self: Self): SessionState | null {
  const { known, again } = self;
  const ms = known ? Number(known.session.expiresAt) - Date.now() : 0;
  clearTimeout(self.timer);
  if (ms <= 0) return null;
  self.timer = later(ms, again);
  return stateOf(known ?? null, "offline");
}

async function readFrom(storage: KeyValueStorage, key: string): Promise<CurrentSession | null> {
  try {
    return currentIn(SuperJSON.parse((await storage.getItem(key)) ?? "null"));
  } catch {
    return null;
  }
}

/** One write after the other, and none twice. */
function writerOf(storage: KeyValueStorage, key: string): Self["write"] {
  let last: string | null | undefined;
  let queue = Promise.resolve();
  return (text) => {
    if (text === last) return;
    last = text;
    const write = () => (text === null ? storage.removeItem(key) : storage.setItem(key, text));
    queue = queue.then(write).catch(() => {});
  };
}
