import { RateLimiterDrizzle, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "./database.js";
import { rateLimits } from "./schema/index.js";

export interface Counter {
  /** Counts one call and tells whether it is within the limit; one atomic statement. */
  consume(key: string): Promise<{ isAllowed: boolean; used: number; retryAfterSeconds: number }>;
  /** Starts the key's count afresh. */
  forget(key: string): Promise<void>;
}

/** A fixed window: `most` calls in `windowSeconds` for each key, counted in the database for all instances together. */
export function createCounter(db: Database, options: { name: string; most: number; windowSeconds: number }): Counter {
  const limiter = new RateLimiterDrizzle({
    storeClient: db,
    schema: rateLimits,
    keyPrefix: options.name,
    points: options.most,
    duration: options.windowSeconds,
    // Its own tidying is one unbounded statement a counter, which writes its failures to the console.
    clearExpiredByTimeout: false,
  });
  return {
    async consume(key) {
      const result = await limiter.consume(key).catch(limitReached);
      return {
        isAllowed: result.consumedPoints <= options.most,
        used: result.consumedPoints,
        retryAfterSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
      };
    },
    async forget(key) {
      await limiter.delete(key);
    },
  };
}

/** The library rejects with its result when the limit is reached, and with an error when the store fails. */
function limitReached(reason: unknown): RateLimiterRes {
  if (reason instanceof RateLimiterRes) return reason;
  throw reason;
}
