import type { Deps } from "../deps.js";
import { summarize } from "../log.js";
import { isLockedOut } from "../mail/mail.js";

/** Whether the mail server can be reached, as far as this process knows, and how much it takes. */
export interface Outage {
  isOn(): boolean;
  /** Whether it is too early to try the server again. */
  isPaused(): boolean;
  /** How long that lasts. */
  pauseMs(): number;
  /** How many mails may be sent at once: one during an outage, and after it one more for each answer. */
  width(): number;
  /** How often the server did not take an attempt. */
  refusals(): number;
  /** An attempt did not reach the server, or was not let in. */
  failed(failure: Error): void;
  /** The server answered. */
  answered(): void;
}

const maxWidth = 30;
/** A server that answered so short a time ago is not away: it takes no more connections at the moment. */
const servingMs = 5_000;
const firstPauseMs = 1_000;
/** For a server that cannot be reached: its return is noticed within seconds. */
const longestPauseMs = 3_000;
/** For a server that refuses our password: many lock out clients that repeat a wrong one. */
const longestLockedOutMs = 60 * 60_000;

interface State {
  failures: number;
  refusals: number;
  width: number;
  answeredAt: number;
  pausedAt: number;
  pausedUntil: number;
}

/**
 * While the mail server is down, one mail at a time tries it, and the others wait: thousands of waiting mails should not
 * mean thousands of connections. Logged when it begins and when it ends.
 */
export function createOutage(deps: Deps): Outage {
  const answeredAt = Number.NEGATIVE_INFINITY;
  const state: State = { failures: 0, refusals: 0, width: maxWidth, answeredAt, pausedAt: 0, pausedUntil: 0 };
  return {
    isPaused: () => isPaused(deps, state),
    isOn: () => state.failures > 0,
    pauseMs: () => state.pausedUntil - deps.now().getTime(),
    width: () => state.width,
    refusals: () => state.refusals,
    failed(failure) {
      state.refusals++;
      if (isServing(state, failure)) state.width = Math.max(1, Math.floor(state.width / 2));
      else begin(deps, state, failure);
    },
    answered() {
      if (state.failures > 0) deps.log({ level: "info", message: "The mail server is available again." });
      state.failures = 0;
      state.width = Math.min(state.width + 1, maxWidth);
      state.answeredAt = performance.now();
    },
  };
}

function isPaused(deps: Deps, { failures, pausedAt, pausedUntil }: State): boolean {
  const now = deps.now().getTime();
  // A clock that was set back does not prolong it.
  return failures > 0 && now < pausedUntil && now >= pausedAt;
}

/** Whether the server takes other mails, as far as we know, and only wants fewer connections. */
function isServing({ failures, width, answeredAt }: State, failure: Error): boolean {
  if (failures > 0 || width === 1 || isLockedOut(failure)) return false;
  return performance.now() - answeredAt < servingMs;
}

function begin(deps: Deps, state: State, failure: Error): void {
  if (state.failures === 0)
    deps.log({ level: "error", message: "The mail server is unavailable.", error: summarize(failure) });
  state.width = 1;
  // Attempts made by hand meanwhile do not make the worker wait longer.
  if (isPaused(deps, state)) return;
  const longestMs = isLockedOut(failure) ? longestLockedOutMs : longestPauseMs;
  const pauseMs = Math.min(firstPauseMs * 2 ** state.failures, longestMs);
  state.failures++;
  state.pausedAt = deps.now().getTime();
  // Randomly shortened, so that several processes do not try at the same moment.
  state.pausedUntil = state.pausedAt + pauseMs * (0.75 + Math.random() * 0.25);
}
