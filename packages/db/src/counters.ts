import { RateLimiterDrizzle, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "./database.js";
import { rateLimits } from "./schema/index.js";

export interface Counter {
  /** Counts one call, in one atomic statement, and says whether it is within the limit. */
  consume(key: string): Promise<{ isAllowed: boolean; used: number; retryAfterSeconds: number }>;
  /** Resets the key's count. */
  forget(key: string): Promise<void>;
}

/** A fixed window: `limit` calls per key in `windowSeconds`, counted in the database and so across all instances. */
export function createCounter(db: Database, options: { name: string; limit: number; windowSeconds: number }): Counter {
  const limiter = new RateLimiterDrizzle({
    storeClient: db,
    schema: rateLimits,
    keyPrefix: options.name,
    points: options.limit,
    duration: options.windowSeconds,
    // The library's own clean-up is one unbounded statement per counter, and logs its failures to the console.
    clearExpiredByTimeout: false,
  });
  return {
    async consume(key) {
      const result = await limiter.consume(key).catch(limitReached);
      return {
        isAllowed: result.consumedPoints <= options.limit,
        used: result.consumedPoints,
        retryAfterSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
      };
    },
    async forget(key) {
      await limiter.delete(key);
    },
  };
}

/** The library rejects with a result when the limit is reached, and with an error when the store fails. */
function limitReached(reason: unknown): RateLimiterRes {
  if (reason instanceof RateLimiterRes) return reason;
  throw reason;
}
