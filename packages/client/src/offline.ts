import { SuperJSON } from "superjson";
import { currentIn } from "./answers.js";
import type { CurrentSession, LastKnown, SessionState } from "./index.js";
import { stateOf, withAsked } from "./session-state.js";
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
      const self: Self = { known: undefined, isLate: false, write: writerOf(storage, key) };
      const again = session.amend((state) => amended(self, state));
      const unlessKnown = () => session.get().status === "loading" && again();
      const timer = setTimeout(() => {
        self.isLate = true;
        unlessKnown();
      }, patienceMs);
      // A program on Node may end before.
      if (typeof timer === "object") timer.unref();
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
  if (error?.name === "TokenStoreError") return state;
  if (status === "loading") {
    const isShown = self.known && (error || self.isLate) && Number(self.known.session.expiresAt) > Date.now();
    return self.known && isShown ? withAsked(stateOf(self.known, "offline"), { error, isRefreshing }) : state;
  }
  if (status !== "offline" && !error) {
    self.known = user && { user, session };
    self.write(self.known && SuperJSON.stringify(self.known));
  }
  return state;
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
