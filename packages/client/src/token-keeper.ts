import { inTime } from "./patience.js";
import type { TokenStore } from "./token-store.js";

/** What is kept of one client between its runs. */
export interface Keeper {
  /** The refresh token. Rejects with a `TokenStoreError` where the store fails, or says nothing for half a minute. */
  load(): Promise<string | null>;
  save(refreshToken: string | null): Promise<void>;
  /**
   * Leaves alone what another program on the same store has put there meanwhile. With `isQuick`, what this program has
   * seen counts: some stores ask their user at each reading.
   */
  replace(expected: string, refreshToken: string | null, isQuick?: boolean): Promise<void>;
  /** In the place of the one before; the server is to end that one's session, unless it has. */
  begin(refreshToken: string, isOver: boolean): Promise<void>;
  /**
   * Takes `known` out, or whatever is there, if that is not known: the server is to end its session. Another program may
   * have put somebody else's there, which stays.
   */
  leave(known: string | null | undefined, mark: string): Promise<Left>;
  /** The server is to end the session of this one, which was never kept. */
  discard(refreshToken: string): Promise<void>;
  /** Whose sessions the server has not ended yet: refresh tokens, with the mark in front. */
  ended(): readonly string[];
  /** The server has ended it. */
  forget(ended: string): Promise<void>;
}

export interface Left {
  /** As in `ended()`. Null if there was none. */
  ended: string | null;
  /** Why the store still has it, if it has. */
  fault?: unknown;
}

/** So many are kept: more sign-outs than that without a network are nobody's. */
const maxEnded = 4;

/** Shorter than a question's, whose failure would not say what has failed. */
const patienceMs = 25_000;

interface Self {
  store: TokenStore;
  queue: Promise<unknown>;
  /** As it is in the store, as far as this program knows. */
  token: string | null;
  ended: readonly string[];
  /** What this program has put there, and another one may have overwritten meanwhile. */
  own: readonly string[];
  /** What could not be written is newer than what is in the store, and a used refresh token would end the session. */
  isUnsaved: boolean;
}

/** One use of the store after the other, so that a slow write never lands after a later one. */
export function createKeeper(store: TokenStore): Keeper {
  const self: Self = { store, queue: Promise.resolve(), token: null, ended: [], own: [], isUnsaved: false };
  return {
    load: () => inTurn(self, () => read(self)),
    save: (refreshToken) => inTurn(self, () => write(self, refreshToken)),
    replace: (expected, refreshToken, isQuick) =>
      inTurn(self, async () => {
        if ((isQuick ? self.token : await read(self)) === expected) await write(self, refreshToken);
      }),
    begin: (refreshToken, isOver) =>
      inTurn(self, async () => {
        const old = await seen(self);
        if (old !== refreshToken && !isOver) toEnd(self, old);
        await write(self, refreshToken);
      }),
    leave: (known, mark) =>
      inTurn(self, async () => {
        const found = await seen(self);
        const old = known === undefined ? found : known;
        const ended = old && mark + old;
        toEnd(self, ended);
        const written = write(self, found === old ? null : found);
        return await written.then(() => ({ ended })).catch((fault: unknown) => ({ ended, fault }));
      }),
    discard: (refreshToken) =>
      inTurn(self, async () => {
        const token = await seen(self);
        toEnd(self, refreshToken);
        await write(self, token);
      }),
    ended: () => self.ended,
    forget: (ended) => inTurn(self, () => forget(self, ended)),
  };
}

async function forget(self: Self, ended: string): Promise<void> {
  const token = await seen(self);
  const isOther = (other: string) => other !== ended;
  self.ended = self.ended.filter(isOther);
  self.own = self.own.filter(isOther);
  await write(self, token);
}

function inTurn<T>(self: Self, work: () => Promise<T>): Promise<T> {
  const turn = self.queue.then(work);
  self.queue = turn.catch(() => null);
  return turn;
}

async function read(self: Self): Promise<string | null> {
  if (self.isUnsaved) return self.token;
  const text = await orExplain("read", async () => self.store.load());
  const [token = "", ...ended] = text?.split(" ") ?? [];
  self.ended = [...new Set([...ended, ...self.own])].slice(-maxEnded);
  self.token = token || null;
  return self.token;
}

/** What this program knows has to do where the store fails. */
function seen(self: Self): Promise<string | null> {
  return read(self).catch(() => self.token);
}

function toEnd(self: Self, refreshToken: string | null): void {
  if (!refreshToken) return;
  self.own = [...self.own, refreshToken].slice(-maxEnded);
  self.ended = [...self.ended, refreshToken].slice(-maxEnded);
}

async function write(self: Self, refreshToken: string | null): Promise<void> {
  self.token = refreshToken;
  self.isUnsaved = true;
  const text = textOf(self);
  const saved = (async () => self.store.save(text || null))();
  // One that was given up may land after a later one: then that is written again.
  const again = () => (text === textOf(self) ? undefined : inTurn(self, () => write(self, self.token)));
  try {
    await orExplain("written", () => saved);
    self.isUnsaved = false;
  } catch (error) {
    saved.then(again).catch(() => {});
    throw error;
  }
}

function textOf({ token, ended }: Self): string {
  return [token ?? "", ...ended].join(" ");
}

async function orExplain<T>(done: "read" | "written", work: () => Promise<T>): Promise<T> {
  try {
    return await inTime(work, patienceMs);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new Error(`The session could not be ${done} on this device: ${reason}`, { cause });
    throw Object.assign(error, { name: "TokenStoreError" });
  }
}
