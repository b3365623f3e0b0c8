import { z } from "zod";

/** What its three servers differ in. */
export const betterAuthOptions = z.object({
  secret: z.string(),
  /** A session and its account in one statement instead of two. */
  hasJoins: z.boolean(),
  /** For how long a cookie vouches for the session without a look at the database; null for its default, never. */
  cookieCacheSeconds: z.number().nullable(),
});

export type BetterAuthOptions = z.infer<typeof betterAuthOptions>;
