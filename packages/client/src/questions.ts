import { retryAfterOf } from "./errors.js";
import { inTime, later, pauseAfter } from "./patience.js";

/** One and the same question to the server, asked again and again. */
export interface Questions<A> {
  /** For whoever calls: joins what others ask in the same moment, and no question about one that has passed. */
  ask(): Promise<A>;
  /** For nobody in particular: not while a question is under way, and, with `unlessEarly`, not soon after the last. */
  askQuietly(unlessEarly?: boolean): void;
  /** Something has happened: the question under way is about the time before. Its askers get the next answer. */
  forget(): void;
  /** The answer is known without a question. It is asked for again quietly after so long, or not by itself. */
  rest(ms: number | null): void;
}

export interface QuestionsOptions<A> {
  ask(signal: AbortSignal): Promise<A>;
  /** What the newest question was answered. */
  onAnswer(answer: A): void;
  /** What the newest one failed for. */
  onFailure(error: Error): void;
  /** Whether anybody looks: if not, nothing is asked quietly. */
  isWatched(): boolean;
}

interface Self<A> extends QuestionsOptions<A> {
  underWay: Promise<A> | null;
  /** The same, as long as it is of this moment. */
  ofNow: Promise<A> | null;
  failures: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** By a clock that nobody sets. */
  quietUntil: number;
  /** When the answer ends by itself. */
  dueAt: number | null;
}

const quietMs = 5_000;

/** Nobody sets it, unlike the time of day. Only a bare Hermes has none, without React Native around it. */
const now = () => (typeof performance === "undefined" ? Date : performance).now();

export function createQuestions<A>(options: QuestionsOptions<A>): Questions<A> {
  const self: Self<A> = {
    ...options,
    underWay: null,
    ofNow: null,
    failures: 0,
    timer: undefined,
    quietUntil: 0,
    dueAt: null,
  };
  return {
    ask: () => ask(self),
    askQuietly: (unlessEarly) => askQuietly(self, unlessEarly),
    forget() {
      self.underWay = self.ofNow = null;
      self.quietUntil = 0;
    },
    rest(ms) {
      self.failures = 0;
      self.quietUntil = now() + quietMs;
      self.dueAt = ms && now() + ms;
      plan(self, ms);
    },
  };
}

function ask<A>(self: Self<A>): Promise<A> {
  if (self.ofNow) return self.ofNow;
  plan(self, null);
  self.quietUntil = now() + quietMs;
  const mine: Promise<A> = inTime(self.ask).then(
    (answer) => {
      if (self.underWay !== mine) return nextOf(self) ?? answer;
      self.underWay = null;
      self.onAnswer(answer);
      return answer;
    },
    (error) => {
      const next = self.underWay === mine ? failed(self, error) : nextOf(self);
      if (next) return next;
      throw error;
    },
  );
  self.underWay = self.ofNow = mine;
  Promise.resolve().then(() => (self.ofNow = null));
  return mine;
}

/** For who asked before something happened: what is asked now, or is to be asked if that has left the answer open. */
function nextOf<A>(self: Self<A>): Promise<A> | null {
  return self.underWay ?? (self.quietUntil ? null : ask(self));
}

function failed<A>(self: Self<A>, error: Error): null {
  const pauseMs = pauseAfter(self.failures++, error);
  self.underWay = null;
  // Forgotten at once, for whoever begins to look; unless the server has said when.
  const toldMs = 1000 * (retryAfterOf(error) ?? 0);
  self.quietUntil = toldMs && now() + toldMs;
  self.onFailure(error);
  plan(self, pauseMs);
  return null;
}

function askQuietly<A>(self: Self<A>, unlessEarly?: boolean): void {
  if (self.underWay || !self.isWatched()) return;
  const waitMs = unlessEarly ? self.quietUntil - now() : 0;
  if (waitMs <= 0) ask(self).catch(() => {});
  // Otherwise nobody would ask for whoever has begun to look meanwhile.
  else plan(self, self.failures > 0 ? waitMs : self.dueAt && self.dueAt - now());
}

function plan<A>(self: Self<A>, ms: number | null): void {
  clearTimeout(self.timer);
  self.timer = undefined;
  if (ms === null || !self.isWatched()) return;
  self.timer = later(ms, () => askQuietly(self));
}
