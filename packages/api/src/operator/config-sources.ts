import type { ServerConfig } from "../config.js";
import type { ConfigFile } from "./config-file.js";

export type Environment = Record<string, string | undefined>;

export interface Sources {
  /** The variables, with entries of the settings file for those that the environment does not set. */
  given: Environment;
  /** What messages call a variable: its name, or the entry of the file that it was taken from. */
  nameOf(variable: string): string;
  /** What came from where: only names, no values. */
  summary: string;
}

/** Entries of the settings file that a variable overrides. */
const variables = {
  port: "PORT",
  host: "HOST",
  publicUrl: "PUBLIC_URL",
  appUrl: "APP_URL",
  corsOrigins: "CORS_ORIGINS",
  corsHeaders: "CORS_HEADERS",
  trustedProxyHops: "TRUSTED_PROXY_HOPS",
  clientAddressHeader: "CLIENT_ADDRESS_HEADER",
  database: "DATABASE_URL",
  smtpUrl: "SMTP_URL",
  mailFrom: "MAIL_FROM",
  secret: "KEYWRIGHT_SECRET",
  previousSecret: "KEYWRIGHT_SECRET_PREVIOUS",
  logLevel: "LOG_LEVEL",
  logRequests: "LOG_REQUESTS",
} as const satisfies Partial<Record<keyof ServerConfig, string>>;

/** Applies the environment on top of the settings file. Only the variables in `names` count; an empty one is unset. */
export function mergeSources(environment: Environment, file: ConfigFile | null, names: readonly string[]): Sources {
  const own: Environment = Object.fromEntries(names.map((name) => [name, environment[name]?.trim() || undefined]));
  const inFile: Environment = Object.fromEntries(
    Object.entries(variables).map(([key, variable]) => [variable, textOf(file?.settings, key)]),
  );
  const given = Object.fromEntries(names.map((name) => [name, own[name] ?? inFile[name]]));
  return {
    given,
    nameOf(variable) {
      const key = Object.entries(variables).find(([, candidate]) => candidate === variable)?.[0];
      const isFiled = own[variable] === undefined && inFile[variable] !== undefined;
      return file && key && isFiled ? `\`${key}\` in ${file.name}` : variable;
    },
    summary: summaryOf(own, file),
  };
}

/** An entry in the form that the variable would have. */
function textOf(settings: ServerConfig | undefined, key: string): string | undefined {
  const value: unknown = settings && Reflect.get(settings, key);
  return value === undefined ? undefined : String(value).trim() || undefined;
}

function summaryOf(own: Environment, file: ConfigFile | null): string {
  // SMTP_URL overrides the app's own mailer.
  const rivals = new Map<string, string>(Object.entries({ ...variables, mailer: "SMTP_URL" }));
  const entries = Object.entries(file?.settings ?? {})
    .filter(([key, value]) => value !== undefined && own[rivals.get(key) ?? ""] === undefined)
    .map(([key]) => key);
  const set = Object.keys(own).filter((name) => own[name] !== undefined);
  const parts = [
    ...(file ? [`${file.name} (${entries.join(", ") || "nothing"})`] : []),
    ...(set.length > 0 ? [`environment (${set.join(", ")})`] : []),
  ];
  return parts.join("; ") || "defaults";
}
