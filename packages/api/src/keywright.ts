import { type Connection, connect, isMigrated, migrate } from "@keywright/db";
import type { KeywrightContext } from "./context.js";
import type { Deps, Extensions } from "./deps.js";
import type { KeywrightEvent } from "./events.js";
import { createHttpContext } from "./http/create-context.js";
import type { AdapterInput } from "./http/request.js";
import { deriveKeys } from "./keys.js";
import { createLimits } from "./limits/limits.js";
import { type Log, logToStandardError, summarize } from "./log.js";
import type { Mailer } from "./mail/mail.js";
import { createOwnPasswords } from "./passwords/own-hasher.js";
import { createPasswords } from "./passwords/passwords.js";
import { cookiePolicy } from "./sessions/cookie-policy.js";
import { parseSettings } from "./settings/parse-settings.js";
import type { Settings, SettingsInput } from "./settings/settings.js";
import { jwtTokens } from "./tokens/jwt.js";
import { startTokenManager } from "./tokens/start-token-manager.js";
import { type Purged, startHousekeeping } from "./workers/housekeeping.js";
import { startOutbox } from "./workers/outbox.js";

export interface KeywrightConfig extends SettingsInput, Extensions {
  /** At least 32 characters; every key is derived from it. */
  secret: string;
  /** The secret before it: what it signed is still valid, nothing new is signed with it. */
  previousSecret?: string | undefined;
  /** Where this server is reached; issuer of the access tokens. */
  publicUrl: string;
  /** Where the front end is; mailed links point there. Default: `publicUrl`. */
  appUrl?: string | undefined;
  /** Further origins whose pages may call with a cookie. */
  corsOrigins?: string[] | undefined;
  /** How many proxies of yours stand in front and add to `X-Forwarded-For`. Default 0: the socket's address counts. */
  trustedProxyHops?: number | undefined;
  /** `postgres://…`, or `pglite:PATH` for the embedded database; or a connection of your own. */
  database: string | Connection;
  mailer: Mailer;
  log?: Log | undefined;
  /** The clock; tests move it. */
  now?: (() => Date) | undefined;
}

/** A running Keywright: its dependencies, its mail worker, and what a server needs of it. */
export interface Keywright {
  deps: Deps;
  /** For tRPC's adapters: Fetch and Node alike. */
  createContext(input: AdapterInput): Promise<KeywrightContext>;
  /** Whether calls can be served: the database answers and its tables are up to date. */
  isReady(): Promise<boolean>;
  /** RFC 7517, for `/.well-known/jwks.json`. */
  jwks(): { keys: object[] };
  /** Origins whose pages may call with credentials, for CORS. */
  origins: ReadonlySet<string>;
  /** Delivers all mail that is due. */
  deliverMail(): Promise<void>;
  /**
   * Removes what is over: sessions, secrets, old events and the like; how much of each. It happens by itself every ten
   * minutes.
   */
  cleanUp(): Promise<Purged>;
  /** Stops taking mail, waits for what is under way, closes the database. */
  close(): Promise<void>;
}

/** Opens the database, applies the migrations and starts what works by itself: mail and housekeeping. Throws an `Error` that names a wrong setting. */
export async function createKeywright(config: KeywrightConfig): Promise<Keywright> {
  const rest = await prepare(config);
  const connection = await openDatabase(config.database);
  const { db } = connection;
  const limits = createLimits(db, rest.settings);
  const deps: Deps = { ...rest, db, limits, mailQueued: () => worker.wake(), emit: (event) => void tell(deps, event) };
  const worker = startOutbox(deps, config.mailer);
  const housekeeping = startHousekeeping(deps);
  const origins = new Set([rest.publicUrl.origin, rest.appUrl.origin, ...(config.corsOrigins ?? [])]);
  const http = { origins, trustedProxyHops: config.trustedProxyHops ?? 0 };
  return {
    deps,
    createContext: (input) => createHttpContext(deps, http, input),
    isReady: () => isMigrated(connection).catch(() => false),
    jwks: () => deps.tokenManager.jwks?.() ?? { keys: [] },
    origins,
    deliverMail: () => worker.drain(),
    cleanUp: () => housekeeping.cleanUp(),
    async close() {
      await Promise.all([housekeeping.stop(), worker.stop()]);
      await config.mailer.close();
      await connection.close();
    },
  };
}

/** The call that caused it does not wait, and is not broken by what the listener does. */
async function tell({ extensions, log }: Deps, event: KeywrightEvent): Promise<void> {
  try {
    await extensions.onEvent?.(event);
  } catch (error) {
    log({ level: "error", message: `The listener failed at ${event.kind}.`, error: summarize(error) });
  }
}

async function openDatabase(database: string | Connection): Promise<Connection> {
  const connection = typeof database === "string" ? await connect(database) : database;
  try {
    await migrate(connection);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** All that can be wrong in a configuration is found here, before anything is opened. */
async function prepare(config: KeywrightConfig) {
  const settings = parseSettings(settingsOf(config));
  const keys = deriveKeys(config.secret, config.previousSecret);
  const publicUrl = parseUrl("publicUrl", config.publicUrl);
  const tokenStart = { keys, settings, issuer: publicUrl.origin };
  const { bcryptCost: cost, pepper } = settings.password;
  return {
    settings,
    keys,
    publicUrl,
    appUrl: parseUrl("appUrl", config.appUrl ?? config.publicUrl),
    tokenManager: await startTokenManager(config.tokenManager ?? jwtTokens(), tokenStart),
    passwords: config.passwordHasher
      ? await createOwnPasswords(config.passwordHasher)
      : await createPasswords({ cost, pepper }),
    extensions: config,
    cookies: cookiePolicy(publicUrl),
    now: config.now ?? (() => new Date()),
    log: config.log ?? logToStandardError,
  };
}

function settingsOf({
  login,
  registration,
  password,
  user,
  session,
  tokens,
  mail,
  limits,
}: KeywrightConfig): SettingsInput {
  const given = { login, registration, password, user, session, tokens, mail, limits } satisfies Record<
    keyof Settings,
    unknown
  >;
  return Object.fromEntries(Object.entries(given).filter(([, group]) => group !== undefined));
}

function parseUrl(setting: string, text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw new Error(`Setting \`${setting}\` must be an http or https address.`);
}
