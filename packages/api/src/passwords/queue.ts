import { availableParallelism } from "node:os";
import { KeywrightError } from "../contract/reasons.js";

export interface QueueLimits {
  /** How many run at a time; the number of cores by default. */
  concurrency?: number | undefined;
  /** How many may wait; by default 32 for each one that may run. */
  maxQueued?: number | undefined;
}

export interface Queue {
  /** Runs the work when its turn comes, first come, first served. Throws `UNAVAILABLE` with `retryAfter` (seconds). */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Limits how much work runs and waits. bcrypt shares libuv's thread pool with files, DNS and zlib: without a limit, a
 * burst of logins delays all of them, and callers give up before their turn. Throws a plain `Error` on wrong limits.
 */
export function createQueue(limits: QueueLimits): Queue {
  const { concurrency, maxQueued } = resolveLimits(limits);
  const waiting: (() => void)[] = [];
  let running = 0;
  let latestMs = 0;

  return { run };

  async function run<T>(work: () => Promise<T>): Promise<T> {
    await enter();
    // Not `deps.now()`: this is a duration, which a corrected clock must not change.
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      latestMs = performance.now() - startedAt;
      leave();
    }
  }

  async function enter(): Promise<void> {
    const isFull = running >= concurrency;
    if (isFull && waiting.length >= maxQueued) {
      throw new KeywrightError("UNAVAILABLE", { retryAfter: estimateSeconds() });
    }
    if (isFull) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
  }

  function leave(): void {
    // The slot goes directly to the next in line: if it were freed first, a newcomer could take it.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }

  function estimateSeconds(): number {
    return Math.max(1, Math.ceil((((running + waiting.length) / concurrency) * latestMs) / 1000));
  }
}

function resolveLimits(limits: QueueLimits) {
  const concurrency = limits.concurrency ?? availableParallelism();
  const maxQueued = limits.maxQueued ?? 32 * concurrency;
  if (!Number.isInteger(concurrency) || concurrency < 1) throw new Error("password concurrency: must be 1 or more");
  if (!Number.isInteger(maxQueued) || maxQueued < 0) throw new Error("password maxQueued: must be 0 or more");
  return { concurrency, maxQueued };
}
