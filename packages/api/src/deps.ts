import { type Database, isDeadlock } from "@keywright/db";
import type { Keys } from "./keys.js";
import type { Limits } from "./limits.js";
import type { Log } from "./log.js";
import type { Passwords } from "./passwords/passwords.js";
import type { Settings } from "./settings.js";
import type { AccessTokens } from "./tokens/access-tokens.js";

/** What services work with. Inside `inTransaction` a service uses the `deps` that it is given there, and no others. */
export interface Deps {
  db: Database;
  settings: Settings;
  keys: Keys;
  passwords: Passwords;
  accessTokens: AccessTokens;
  limits: Limits;
  cookies: CookiePolicy;
  /** The front end's address: mailed links point there and nowhere else. */
  appUrl: URL;
  /** The one clock. */
  now(): Date;
  /** Tells the delivery worker that there may be mail. */
  mailQueued(): void;
  log: Log;
}

export interface CookiePolicy {
  sessionName: string;
  deviceName: string;
  /** False only where the server is reached over plain http on an address that browsers do not trust. */
  isSecure: boolean;
}

const mostRetries = 3;

/**
 * Runs `work` in one transaction, with `deps` whose `db` is that transaction. A deadlock is tried again: the database
 * has undone everything, and `work` must have no effects outside of it.
 */
export async function inTransaction<T>(deps: Deps, work: (deps: Deps) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await deps.db.transaction((db) => work({ ...deps, db }));
    } catch (error) {
      if (attempt === mostRetries || !isDeadlock(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
    }
  }
}
