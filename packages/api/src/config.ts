import type { Connection } from "@keywright/db";
import type { Extensions } from "./deps.js";
import type { Log } from "./log.js";
import type { Mailer } from "./mail/mail.js";
import type { SettingsInput } from "./settings/settings.js";

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

/** What the settings file of the ready-made server may hold. A variable of the environment wins over its entry here. */
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
  /** Variable `TRUSTED_PROXY_HOPS`. */
  trustedProxyHops?: number | undefined;
  /** Variable `DATABASE_URL`. */
  database?: string | undefined;
  /** Variable `SMTP_URL`. It holds a password: the environment is the better place. */
  smtpUrl?: string | undefined;
  /** Variable `MAIL_FROM`. */
  mailFrom?: string | undefined;
  /** Variable `KEYWRIGHT_SECRET`. The environment is the better place. */
  secret?: string | undefined;
  /** Variable `KEYWRIGHT_SECRET_PREVIOUS`. The environment is the better place. */
  previousSecret?: string | undefined;
  /** Delivers mail instead of SMTP, through a provider's HTTP API for example. `SMTP_URL` wins over it. */
  mailer?: Mailer | undefined;
  log?: Log | undefined;
}

/**
 * Types the settings file of the ready-made server, and changes nothing.
 *
 * @example
 * export default defineConfig({ mail: { appName: "Acme", language: "de" } });
 */
export function defineConfig(config: ServerConfig): ServerConfig {
  return config;
}
