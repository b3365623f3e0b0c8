import type { Deps } from "../deps.js";
import { summarize } from "../log.js";

/** Whether the mail server can be reached, as far as this process knows. */
export interface Outage {
  isOn(): boolean;
  /** Whether it is too early to try the server again. */
  isPaused(): boolean;
  /** The server could not be reached, or did not let us in. */
  begin(failure: Error): void;
  /** The server answered. */
  end(): void;
}

const firstPauseMs = 2_000;
const longestPauseMs = 60 * 60_000;

/**
 * While the mail server is down, one mail at a time tries it, with delays that double up to an hour: thousands of
 * waiting mails should not mean thousands of connections, and many servers lock out clients that repeat a wrong
 * password. Logged when it begins and when it ends.
 */
export function createOutage(deps: Deps): Outage {
  const state = { failures: 0, pausedUntil: 0 };
  const isPaused = () => state.failures > 0 && deps.now().getTime() < state.pausedUntil;
  return {
    isPaused,
    isOn: () => state.failures > 0,
    begin(failure) {
      if (state.failures === 0)
        deps.log({ level: "error", message: "The mail server is unavailable.", error: summarize(failure) });
      // Attempts made by hand meanwhile do not make the worker wait longer.
      if (isPaused()) return;
      const pauseMs = Math.min(firstPauseMs * 2 ** state.failures, longestPauseMs);
      state.failures++;
      // Randomly shortened, so that several processes do not try at the same moment.
      state.pausedUntil = deps.now().getTime() + pauseMs * (0.75 + Math.random() * 0.25);
    },
    end() {
      if (state.failures > 0) deps.log({ level: "info", message: "The mail server is available again." });
      state.failures = 0;
    },
  };
}
