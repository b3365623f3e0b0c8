import { z } from "zod";
import type { ServerConfig } from "../config.js";
import { secretAdvice } from "../keys.js";
import type { LogLevel } from "../log.js";
import type { Mailer } from "../mail/mail.js";
import type { Provider } from "../providers/provider.js";
import { isWeakSecret } from "../secret-strength.js";
import { mailFaults, onePerVariable, productionFaults } from "./config-faults.js";
import { type ConfigFile, readConfigFile } from "./config-file.js";
import { logVariables } from "./config-log.js";
import { networkVariables } from "./config-network.js";
import { pepperVariables, withPeppers } from "./config-secrets.js";
import { type Environment, mergeSources } from "./config-sources.js";
import { address, databaseAddress, type Variables, wholeNumber } from "./config-values.js";
import { mergeProviders, providerVariables, readProviders } from "./providers.js";

/** The checked result of environment and settings file. */
export interface Config {
  isProduction: boolean;
  host: string;
  /** 0 picks any free port. */
  port: number;
  /** Null means `http://localhost` with the actual port. */
  publicUrl: string | null;
  /** Null means the public address. */
  appUrl: string | null;
  /** `postgres://…` or `pglite:PATH`. */
  database: string;
  /** What messages call the setting that contains the database. */
  databaseSetting: string;
  /** Null delivers through `mailer`, or into the development mailbox. */
  smtp: { url: string; from: string } | null;
  /** The settings file's own mailer; null if `SMTP_URL` is set. */
  mailer: Mailer | null;
  /** Null uses the one stored in `.keywright`. */
  secret: string | null;
  previousSecret: string | null;
  corsOrigins: string[];
  /** Request headers that pages of other origins may send, besides the usual ones. */
  corsHeaders: string[];
  trustedProxyHops: number;
  /** The header that holds the caller's address; null for the socket's, or `X-Forwarded-For`. */
  clientAddressHeader: string | null;
  logLevel: LogLevel;
  /** Whether each request is logged. */
  logRequests: boolean;
  /** Groups and extensions of the settings file, and the environment's providers, for `createKeywright`. */
  settings: FileSettings;
  /** What came from where, for people to read. */
  sources: string;
  /** Started by an npm script, whose shell sits between npm's signals and this process. */
  isUnderNpm: boolean;
}

type FileSettings = Omit<
  ServerConfig,
  "port" | "host" | "corsHeaders" | "smtpUrl" | "mailFrom" | "logLevel" | "logRequests"
>;

const shortestSecret = 32;
const isStrong = (secret: string) => !isWeakSecret(secret);

const checks = z.object({
  NODE_ENV: z
    .enum(["production", "development", "test"], { error: "NODE_ENV must be production, development or test." })
    .default("development"),
  PORT: wholeNumber("PORT must be a whole number from 0 (any free port) to 65535.", 65_535).default(3000),
  HOST: z.string().optional(),
  PUBLIC_URL: address(
    "PUBLIC_URL must be an address like https://auth.example.com or https://example.com/accounts.",
  ).optional(),
  APP_URL: address("APP_URL must be an address like https://www.example.com or https://example.com/app.").optional(),
  DATABASE_URL: databaseAddress,
  SMTP_URL: z.string().optional(),
  MAIL_FROM: z.string().optional(),
  KEYWRIGHT_SECRET: z
    .string()
    .min(shortestSecret, { error: `KEYWRIGHT_SECRET is too short: use ${secretAdvice}.` })
    .refine(isStrong, { error: `KEYWRIGHT_SECRET is easy to guess: use ${secretAdvice}.` })
    .optional(),
  KEYWRIGHT_SECRET_PREVIOUS: z
    .string()
    .min(shortestSecret, { error: "KEYWRIGHT_SECRET_PREVIOUS must be the whole secret that was used before." })
    .refine(isStrong, { error: "KEYWRIGHT_SECRET_PREVIOUS is easy to guess: unset it." })
    .optional(),
  REDIS_URL: z.undefined({ error: "REDIS_URL is not supported yet: unset it; limits are counted in PostgreSQL." }),
  ...pepperVariables,
  ...networkVariables,
  ...logVariables,
});

const variables = [...Object.keys(checks.shape), ...providerVariables];

/** Reads the environment, and the settings file that it names or that is in the `folder`. Throws as `readConfig` does. */
export async function loadConfig(environment: Environment, folder: string): Promise<Config> {
  return readConfig(environment, await readConfigFile(environment.KEYWRIGHT_CONFIG?.trim() || undefined, folder));
}

/**
 * Checks what is set; an empty variable counts as unset, and any other overrides the settings file. Throws an `Error`
 * with one line for every fault: it names the variable or the entry, and never repeats a value.
 */
export function readConfig(environment: Environment, file: ConfigFile | null = null): Config {
  const { given, nameOf, summary } = mergeSources(environment, file, variables);
  const {
    port: _,
    host: _host,
    corsHeaders: _headers,
    smtpUrl,
    mailFrom: _from,
    logLevel: _level,
    logRequests: _requests,
    ...settings
  } = file?.settings ?? {};
  const parsed = checks.safeParse(given);
  const social = readProviders(given);
  const faults = [
    ...(parsed.error?.issues.map(({ message }) => message) ?? []),
    ...mailFaults(given),
    ...social.faults,
  ];
  if (given.NODE_ENV === "production") faults.push(...productionFaults(given, settings.mailer !== undefined));
  if (smtpUrl && settings.mailer) faults.push("SMTP_URL cannot be set beside `mailer`: keep one of them.");
  if (!parsed.success || faults.length > 0) {
    throw new Error(
      onePerVariable(faults)
        .map((fault) => fault.replace(/^\w+/, nameOf))
        .join("\n"),
    );
  }
  return {
    ...toConfig(parsed.data),
    databaseSetting: nameOf("DATABASE_URL"),
    mailer: given.SMTP_URL ? null : (settings.mailer ?? null),
    settings: withVariables(settings, parsed.data, social.providers),
    sources: summary,
    isUnderNpm: Boolean(environment.npm_lifecycle_event),
  };
}

/** What the environment adds to groups and extensions of the file. */
function withVariables(settings: FileSettings, env: Variables, providers: readonly Provider[]): FileSettings {
  const password = withPeppers(settings.password, env);
  return {
    ...settings,
    ...(password && { password }),
    ...(providers.length > 0 && { providers: mergeProviders(settings.providers ?? [], providers) }),
  };
}

type FromVariables = Omit<Config, "databaseSetting" | "mailer" | "settings" | "sources" | "isUnderNpm">;

function toConfig(env: Variables): FromVariables {
  const isProduction = env.NODE_ENV === "production";
  return {
    isProduction,
    host: env.HOST ?? (isProduction ? "0.0.0.0" : "127.0.0.1"),
    port: env.PORT,
    publicUrl: env.PUBLIC_URL ?? null,
    appUrl: env.APP_URL ?? null,
    database: env.DATABASE_URL,
    smtp: env.SMTP_URL ? { url: env.SMTP_URL, from: env.MAIL_FROM ?? "Keywright <no-reply@localhost>" } : null,
    secret: env.KEYWRIGHT_SECRET ?? null,
    previousSecret: env.KEYWRIGHT_SECRET_PREVIOUS ?? null,
    corsOrigins: env.CORS_ORIGINS,
    corsHeaders: env.CORS_HEADERS,
    trustedProxyHops: env.TRUSTED_PROXY_HOPS,
    clientAddressHeader: env.CLIENT_ADDRESS_HEADER ?? null,
    logLevel: env.LOG_LEVEL,
    logRequests: env.LOG_REQUESTS ?? isProduction,
  };
}
