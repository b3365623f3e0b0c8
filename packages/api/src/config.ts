import type { Connection } from "@keywright/db";
import type { Extensions } from "./deps.js";
import type { Log, LogLevel } from "./log.js";
import type { Mailer } from "./mail/mail.js";
import type { SettingsInput } from "./settings/settings.js";

export interface KeywrightConfig extends SettingsInput, Extensions {
  /** At least 32 characters; all keys are derived from it. */
  secret: string;
  /** The previous secret: what it signed stays valid, but nothing new is signed with it. */
  previousSecret?: string | undefined;
  /** Public address of this server; issuer of the access tokens. */
  publicUrl: string;
  /** Address of the front end, which mailed links point to. Default: `publicUrl`. */
  appUrl?: string | undefined;
  /** More origins whose pages may call with a cookie: of websites, and of web views like `capacitor://localhost`. */
  corsOrigins?: string[] | undefined;
  /** How many of your own proxies add to `X-Forwarded-For`. Default 0: the socket's address is used. */
  trustedProxyHops?: number | undefined;
  /**
   * The header in which your proxy puts the caller's address alone, instead of `X-Forwarded-For`: `CF-Connecting-IP`,
   * `Fly-Client-IP`, `X-Real-IP`. Only if nobody can reach the server except through it.
   */
  clientAddressHeader?: string | undefined;
  /** `postgres://…`, or `pglite:PATH` for the embedded database; or a connection of your own. */
  database: string | Connection;
  mailer: Mailer;
  log?: Log | undefined;
  /** The clock, for tests to move. */
  now?: (() => Date) | undefined;
}

/** What the settings file of the ready-made server may contain. Environment variables override its entries. */
export interface ServerConfig extends SettingsInput, Extensions {
  /** Variable `PORT`. */
  port?: number | undefined;
  /** Variable `HOST`. */
  host?: string | undefined;
  /** Variable `PUBLIC_URL`. */
  publicUrl?: string | undefined;
  /** Variable `APP_URL`. */
  appUrl?: string | undefined;
  /** Variable `CORS_ORIGINS`. */
  corsOrigins?: string[] | undefined;
  /** Request headers that pages of other origins may send, besides the usual ones. Variable `CORS_HEADERS`. */
  corsHeaders?: string[] | undefined;
  /** Variable `TRUSTED_PROXY_HOPS`. */
  trustedProxyHops?: number | undefined;
  /** Variable `CLIENT_ADDRESS_HEADER`. */
  clientAddressHeader?: string | undefined;
  /** Variable `DATABASE_URL`. */
  database?: string | undefined;
  /** Variable `SMTP_URL`. It contains a password, so better kept in the environment. */
  smtpUrl?: string | undefined;
  /** Variable `MAIL_FROM`. */
  mailFrom?: string | undefined;
  /** Variable `KEYWRIGHT_SECRET`. Better kept in the environment. */
  secret?: string | undefined;
  /** Variable `KEYWRIGHT_SECRET_PREVIOUS`. Better kept in the environment. */
  previousSecret?: string | undefined;
  /** How much is logged: `debug`, `info`, `warn`, `error` or `silent`. Variable `LOG_LEVEL`. Default `info`. */
  logLevel?: LogLevel | undefined;
  /** Whether each request is logged. Variable `LOG_REQUESTS`. Default: in production. */
  logRequests?: boolean | undefined;
  /** Delivers mail instead of SMTP, for example through a provider's HTTP API. `SMTP_URL` overrides it. */
  mailer?: Mailer | undefined;
  log?: Log | undefined;
}

/**
 * Gives the settings file of the ready-made server its type; returns it unchanged.
 *
 * @example
 * export default defineConfig({ mail: { appName: "Acme", language: "de" } });
 */
export function defineConfig(config: ServerConfig): ServerConfig {
  return config;
}
