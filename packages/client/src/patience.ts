import { retryAfterOf } from "./errors.js";

/** Fails after half a minute, and then tells `ask` to stop: React Native's own `fetch` waits for ever. */
export function inTime<T>(ask: (signal: AbortSignal) => Promise<T>, ms = 30_000): Promise<T> {
  const stopper = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`No answer within ${ms / 1000} seconds.`));
      stopper.abort();
    }, ms);
    ask(stopper.signal)
      .then(resolve, reject)
      .then(() => clearTimeout(timer));
  });
}

const firstPauseMs = 5_000;
const longestPauseMs = 5 * 60_000;
/** Longer ones end at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Before the next attempt: twice as long after each failure, a quarter shorter or longer by chance, and never before the
 * time that the server has said.
 */
export function pauseAfter(failures: number, error: unknown): number {
  const pauseMs = Math.min(firstPauseMs * 2 ** failures, longestPauseMs) * (0.75 + Math.random() / 2);
  return Math.max(pauseMs, 1000 * (retryAfterOf(error) ?? 0));
}

/** A timer that keeps no program on Node alive. */
export function later(ms: number, work: () => void): ReturnType<typeof setTimeout> {
  const timer = setTimeout(work, Math.min(ms, longestTimerMs));
  if (typeof timer === "object") timer.unref();
  return timer;
}
