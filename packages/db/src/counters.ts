import type { Database } from "./database.js";
import { type CallCount, countCall, forgetCalls, uncountCall } from "./queries/rate-limits.js";

export interface Counter {
  /** Counts one call, in one atomic statement, and says whether it is within the limit. */
  consume(key: string, now?: Date): Promise<{ isAllowed: boolean; used: number; retryAfterSeconds: number }>;
  /** Takes one call back. */
  giveBack(key: string): Promise<void>;
  /** What a call is counted under, for a statement that counts something else as well. */
  callOf(key: string, now?: Date): CallCount;
  /** Resets the key's count. */
  forget(key: string): Promise<void>;
}

/**
 * A fixed window: `limit` calls per key in `windowSeconds`, counted in the database and so across all instances, by the
 * machine's clock.
 */
export function createCounter(db: Database, options: { name: string; limit: number; windowSeconds: number }): Counter {
  const keyOf = (key: string) => `${options.name}:${key}`;
  const callOf = (key: string, now = new Date()) => {
    return { key: keyOf(key), limit: options.limit, windowMs: options.windowSeconds * 1000, at: now };
  };
  return {
    callOf,
    async consume(key, now = new Date()) {
      const { used, endsAt } = await countCall(db, callOf(key, now));
      const retryAfterSeconds = Math.max(1, Math.ceil((endsAt.getTime() - now.getTime()) / 1000));
      return { isAllowed: used <= options.limit, used, retryAfterSeconds };
    },
    giveBack: (key) => uncountCall(db, keyOf(key)),
    forget: (key) => forgetCalls(db, keyOf(key)),
  };
}
