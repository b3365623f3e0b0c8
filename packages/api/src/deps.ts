import { type Database, isRepeatable, type UserRow } from "@keywright/db";
import type { LoginInput } from "./contract/input-types.js";
import type { EventListener, KeywrightEvent } from "./events.js";
import type { Gate } from "./gate.js";
import type { Keys } from "./keys.js";
import type { Limits } from "./limits/limits.js";
import type { Log } from "./log.js";
import type { BuildLink } from "./mail/links.js";
import type { RenderMail } from "./mail/mail.js";
import type { PasswordHasher } from "./passwords/own-hasher.js";
import type { Passwords } from "./passwords/passwords.js";
import type { PasswordRule } from "./passwords/policy.js";
import type { Provider } from "./providers/provider.js";
import type { Providers } from "./providers/providers.js";
import type { CookiePolicy } from "./sessions/cookie-policy.js";
import type { Settings } from "./settings/settings.js";
import type { CreateTokenManager, TokenManager } from "./tokens/token-manager.js";
import type { Visitor } from "./who.js";

/** What services work with. Inside `inTransaction`, a service must use only the `deps` passed to it there. */
export interface Deps {
  db: Database;
  settings: Settings;
  keys: Keys;
  passwords: Passwords;
  tokenManager: TokenManager;
  limits: Limits;
  providers: Providers;
  extensions: Extensions;
  cookies: CookiePolicy;
  /** The front end's address; mailed links point nowhere else. */
  appUrl: URL;
  /** The only clock. */
  now(): Date;
  /** Wakes the delivery worker; inside `inTransaction`, after the commit. */
  mailQueued(): void;
  /** Emits to the app's listener; inside `inTransaction`, after the commit. */
  emit(event: KeywrightEvent): void;
  log: Log;
}

/**
 * Decides who is logging in: returns the account, or null for nobody. `authenticateByPassword` is the built-in one, and
 * `provideUser` finds or creates the account of a person known to another directory.
 */
export type Authenticate = (deps: Deps, who: Visitor, input: LoginInput) => Promise<UserRow | null>;

/** Parts of Keywright that an app may replace. Each is shown in `docs/extending.md`. */
export interface Extensions {
  gate?: Gate | undefined;
  authenticate?: Authenticate | undefined;
  /** Default `jwtTokens()`. */
  tokenManager?: CreateTokenManager | undefined;
  passwordHasher?: PasswordHasher | undefined;
  passwordRule?: PasswordRule | undefined;
  renderMail?: RenderMail | undefined;
  buildLink?: BuildLink | undefined;
  onEvent?: EventListener | undefined;
  /** Sign-in providers, such as `google({ clientId, clientSecret })`; shown in `docs/providers.md`. */
  providers?: Provider[] | undefined;
}

const maxRetries = 3;

/**
 * Runs `work` in one transaction, with `deps` whose `db` is that transaction. Deadlocks are retried: the database has
 * undone everything, so `work` must have no side effects. Events are emitted, and the delivery worker is woken, after
 * the commit.
 */
export async function inTransaction<T>(deps: Deps, work: (deps: Deps) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const afterCommit: (() => void)[] = [];
    const later = {
      emit: (event: KeywrightEvent) => void afterCommit.push(() => deps.emit(event)),
      mailQueued: () => void afterCommit.push(deps.mailQueued),
    };
    try {
      const result = await deps.db.transaction((db) => work({ ...deps, ...later, db }));
      for (const act of afterCommit) act();
      return result;
    } catch (error) {
      if (attempt === maxRetries || !isRepeatable(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
    }
  }
}
