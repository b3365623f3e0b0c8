import { randomUUID } from "node:crypto";
import {
  type Connection,
  connect,
  type Database,
  findReadiness,
  listPasswordKinds,
  migrate,
  type Readiness,
} from "@keywright/db";
import type { KeywrightConfig } from "./config.js";
import type { KeywrightContext } from "./context.js";
import type { Deps } from "./deps.js";
import type { KeywrightEvent } from "./events.js";
import { callHook } from "./hooks.js";
import { createHttpContext } from "./http/create-context.js";
import { answerCallback } from "./http/oauth-callback.js";
import { createOrigins } from "./http/origins.js";
import { type ActionInput, createActionContext, createPageContext, type PageHeaders } from "./http/page-context.js";
import type { AdapterInput } from "./http/request.js";
import { deriveKeys } from "./keys.js";
import { createLimits } from "./limits/limits.js";
import { type Log, safeLog, summarize } from "./log.js";
import { boundedMailer } from "./mail/bounded-mailer.js";
import { createOwnPasswords } from "./passwords/own-hasher.js";
import type { Passwords } from "./passwords/passwords.js";
import { startPasswords } from "./passwords/start-passwords.js";
import { createProviders } from "./providers/providers.js";
import { createMails, type Mails } from "./services/mails.js";
import { findProviderToken } from "./services/social/provider-token.js";
import { cookiePolicy } from "./sessions/cookie-policy.js";
import { pathOf } from "./settings/addresses.js";
import { originsOf, parseConfig } from "./settings/parse-config.js";
import type { Settings } from "./settings/settings.js";
import { startTokenManager } from "./tokens/start-token-manager.js";
import { type Purged, startHousekeeping } from "./workers/housekeeping.js";
import { startOutbox } from "./workers/outbox.js";

/** A running Keywright: its dependencies, its mail worker, and what a server needs from it. */
export interface Keywright {
  deps: Deps;
  /** For all of tRPC's adapters: Fetch, Node, Express and Fastify. */
  createContext(input: AdapterInput): Promise<KeywrightContext>;
  /**
   * For reads while a page is rendered on the server, given the headers of the request for the page. Whoever followed
   * another site's link is signed in there; mutations are refused with `FORBIDDEN`, because rendering a page must not
   * change anything.
   */
  contextOf(headers: PageHeaders, remoteAddress?: string): Promise<KeywrightContext>;
  /**
   * For server actions. Cookies go to `cookies`, and so to the browser. Throws `FORBIDDEN` unless the request's `Origin`
   * is that of one of the app's own pages.
   */
  actionContext(input: ActionInput): Promise<KeywrightContext>;
  /** Whether calls can be served: the database answers and its tables are up to date. */
  isReady(): Promise<boolean>;
  /** The same with the reason why not. */
  readiness(): Promise<Readiness | "unavailable">;
  /**
   * Serves `/oauth/:provider/callback`, where sign-in providers send browsers back to. On any host that has Fetch
   * requests; `remoteAddress` is the socket's.
   */
  oauthCallback(request: Request, remoteAddress?: string): Promise<Response>;
  /**
   * An access token of a connected provider, with which the app can call it for this account. Refreshed if need be; null
   * if there is none. Needs the setting `social.keepTokens`. Throws `SOCIAL_NOT_CONFIGURED`, `PROVIDER_UNAVAILABLE`.
   */
  providerToken(userId: string, provider: string): Promise<string | null>;
  /** RFC 7517, for `/.well-known/jwks.json`. */
  jwks(): { keys: object[] };
  /** The configured origins whose pages may call with credentials. */
  origins: ReadonlySet<string>;
  /**
   * Whether pages of this origin may call with credentials, for CORS. While the server is on this machine, that includes
   * everything at `localhost`. A refused origin is logged, once.
   */
  allowsOrigin(origin: string): boolean;
  /** Delivers all mail that is due. */
  deliverMail(): Promise<void>;
  /** The outbox in an operator's hands: what waits, what was given up, and what to do about it. */
  mails: Mails;
  /**
   * Removes expired sessions, secrets, old events and the like, and returns how many of each. Also runs by itself every
   * ten minutes.
   */
  cleanUp(): Promise<Purged>;
  /** Stops accepting mail, waits for work in progress, closes the database. */
  close(): Promise<void>;
}

/**
 * Opens the database, applies the migrations and starts the background work: mail and housekeeping. Throws an `Error`
 * that names any wrong setting.
 */
export async function createKeywright(config: KeywrightConfig): Promise<Keywright> {
  const rest = await prepare(config);
  const { connection, ...stored } = await openDatabase(config, rest);
  const limits = createLimits(connection.db, rest.settings, rest.log);
  const deps: Deps = {
    ...rest,
    ...stored,
    limits,
    mailQueued: () => worker.wake(),
    emit: (event) => void notifyListener(deps, event),
  };
  const worker = startOutbox(deps, boundedMailer(config.mailer));
  const housekeeping = startHousekeeping(deps);
  const readiness = () => findReadiness(connection).catch(() => "unavailable" as const);
  const own = new Set([rest.publicUrl.origin, rest.appUrl.origin, ...originsOf(config)]);
  const origins = createOrigins(own, rest);
  const { trustedProxyHops = 0, clientAddressHeader = null } = config;
  const http = { origins, trustedProxyHops, clientAddressHeader };
  return {
    deps,
    createContext: (input) => createHttpContext(deps, http, input),
    contextOf: (headers, remoteAddress) => createPageContext(deps, http, { headers, remoteAddress }),
    actionContext: (input) => createActionContext(deps, http, input),
    oauthCallback: (request, remoteAddress) => answerCallback(deps, http, { request, remoteAddress }),
    providerToken: (userId, provider) => findProviderToken(deps, { requestId: randomUUID() }, { userId, provider }),
    isReady: async () => (await readiness()) === "ready",
    readiness,
    jwks: () => deps.tokenManager.jwks?.() ?? { keys: [] },
    origins: own,
    allowsOrigin: origins.allows,
    deliverMail: () => worker.drain(),
    mails: createMails(deps),
    cleanUp: () => housekeeping.cleanUp(),
    async close() {
      await Promise.all([housekeeping.stop(), worker.stop()]);
      await boundedMailer(config.mailer).close();
      await connection.close();
    },
  };
}

/** The call that emitted the event neither waits for the listener nor fails with it. */
async function notifyListener({ extensions, settings, log }: Deps, event: KeywrightEvent): Promise<void> {
  try {
    await callHook({ name: "onEvent", ...settings.hooks }, () => extensions.onEvent?.(event));
  } catch (error) {
    log({ level: "error", message: `The listener failed at ${event.kind}.`, error: summarize(error) });
  }
}

async function openDatabase(
  { database, passwordHasher }: KeywrightConfig,
  { log, publicUrl, settings }: { log: Log; publicUrl: URL; settings: Settings },
): Promise<{ connection: Connection; db: Database; passwords: Passwords }> {
  const onWarning = (message: string) => log({ level: "warn", message });
  const connection = typeof database === "string" ? await connect(database, { onWarning }) : database;
  try {
    await migrate(connection);
    // Only what is online is served by https.
    if (publicUrl.protocol === "https:" && connection.link?.isExposed()) onWarning(exposed);
    const passwords = passwordHasher
      ? await createOwnPasswords(passwordHasher, settings.hooks)
      : await startPasswords(settings.password, await listPasswordKinds(connection.db), onWarning);
    return { connection, db: connection.db, passwords };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

const exposed =
  "The connection to PostgreSQL leaves this machine unencrypted: add sslmode=verify-full, or at least sslmode=require, to the database's address.";

/** Everything that can be wrong with a configuration is reported here, before anything is opened. */
async function prepare(config: KeywrightConfig) {
  const settings = parseConfig(config);
  const keys = await deriveKeys(config.secret, config.previousSecret);
  const publicUrl = new URL(config.publicUrl);
  const tokenStart = { keys, settings, issuer: publicUrl.origin + pathOf(publicUrl) };
  return {
    settings,
    keys,
    publicUrl,
    appUrl: new URL(config.appUrl ?? config.publicUrl),
    tokenManager: await startTokenManager(config.tokenManager, tokenStart),
    providers: createProviders(config.providers ?? [], publicUrl),
    extensions: config,
    cookies: cookiePolicy(publicUrl, settings.session),
    now: config.now ?? (() => new Date()),
    log: safeLog(config.log),
  };
}
