import type { TokenServer } from "./bearer-session.js";
import { isAnswered, reasonOf } from "./errors.js";
import { inTime, later, pauseAfter } from "./patience.js";
import type { Keeper } from "./token-keeper.js";

/** Tells the server of the sessions that this device has ended: now, or when it can be told, in this run or a later one. */
export interface Endings {
  /** Ends what waits for it; one of them by its own sign-out, if that succeeds. Never rejects. */
  tell(signOut?: SignOut): Promise<void>;
  isWaiting(ended: string): boolean;
  /** The server answers: what was put off for want of a network can be told. */
  heard(): void;
}

export interface SignOut {
  ended: string;
  send(): Promise<unknown>;
}

interface Self {
  keeper: Keeper;
  server: Pick<TokenServer, "end">;
  underWay: Promise<void> | null;
  timer: ReturnType<typeof setTimeout> | undefined;
  failures: number;
  /** The server has refused it: it is not asked again before its time. */
  isPutOff: boolean;
}

/** In front of a refresh token whose whole account is to be signed out. */
export const everywhereMark = "*";

export function createEndings(keeper: Keeper, server: Pick<TokenServer, "end">): Endings {
  const self: Self = { keeper, server, underWay: null, timer: undefined, failures: 0, isPutOff: false };
  return {
    tell: (signOut) => tell(self, signOut),
    isWaiting: (ended) => keeper.ended().includes(ended),
    heard() {
      if (keeper.ended().length > 0 && !self.isPutOff) void tell(self);
    },
  };
}

function tell(self: Self, signOut?: SignOut): Promise<void> {
  self.underWay ??= tellAll(self, signOut).finally(() => {
    self.underWay = null;
  });
  return self.underWay;
}

async function tellAll(self: Self, signOut?: SignOut): Promise<void> {
  clearTimeout(self.timer);
  self.isPutOff = false;
  const next = () => self.keeper.ended()[0];
  for (let ended = next(); ended; ended = next()) {
    const isOwn = ended === signOut?.ended && (await succeeds(signOut.send));
    try {
      if (!isOwn) await end(self, ended);
    } catch (error) {
      return putOff(self, error);
    }
    self.failures = 0;
    // Out of this program's mind, even where that cannot be written: the server would say that it is over.
    await self.keeper.forget(ended).catch(() => {});
  }
}

async function end({ server }: Self, ended: string): Promise<void> {
  const isEverywhere = ended.startsWith(everywhereMark);
  await server.end(isEverywhere ? ended.slice(1) : ended, isEverywhere).catch(unlessOver);
}

/** If not, its access token may have expired. */
function succeeds(send: () => Promise<unknown>): Promise<boolean> {
  return inTime(send).then(
    () => true,
    () => false,
  );
}

function unlessOver(error: unknown): void {
  const reason = reasonOf(error);
  if (reason !== "TOKEN_INVALID" && reason !== "TOKEN_EXPIRED" && reason !== "NOT_AUTHENTICATED") throw error;
}

/** Until then this program may have ended: the next one tells. */
function putOff(self: Self, error: unknown): void {
  self.isPutOff = isAnswered(error);
  self.timer = later(pauseAfter(self.failures++, error), () => void tell(self));
}
