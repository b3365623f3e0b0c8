import type { Connection } from "@keywright/db";
import { z } from "zod";
import type { KeywrightConfig, ServerConfig } from "../config.js";
import { maxProviders } from "../contract/bounds.js";
import { logLevels } from "../log.js";
import type { Provider } from "../providers/provider.js";
import { providerFaults } from "../providers/providers.js";
import { cookieFaults } from "./cookie-faults.js";
import { isAddressHeader, isOrigin, toOrigin } from "./origins.js";
import { contradictions, knownOptions, parseSettings, settingsSchema } from "./parse-settings.js";
import { isReturnAddress } from "./return-address.js";
import { settingFaults } from "./setting-faults.js";
import type { Settings } from "./settings.js";

/** The settings of a configuration, with defaults filled in. Throws an `Error` with one sentence for each fault. */
export function parseConfig(config: KeywrightConfig): Settings {
  const faults = faultsOf(config, keywrightFields);
  if (faults.length === 0) faults.push(...returnToFaults(config), ...addressFaults(config));
  if (faults.length > 0) throw new Error(faults.join("\n"));
  const settings = parseSettings(config);
  const misfits = cookieFaults(settings.session, new URL(config.publicUrl));
  if (misfits.length > 0) throw new Error(misfits.join("\n"));
  return settings;
}

/**
 * Checks what the ready-made server's settings file exports. Throws an `Error` with one sentence for each fault, naming
 * the file and the setting.
 */
export function assertServerConfig(config: unknown, fileName: string): asserts config is ServerConfig {
  const faults = faultsOf(config, serverFields);
  if (faults.length > 0) throw new Error(faults.map((fault) => `${fileName}: ${fault}`).join("\n"));
}

/** The origins of a valid configuration, as browsers send them. */
export function originsOf({ corsOrigins = [] }: KeywrightConfig): string[] {
  return corsOrigins.map(toOrigin);
}

/** The server's settings file need not say the public address, so this is checked at the start. */
function returnToFaults({ social, publicUrl }: KeywrightConfig): string[] {
  const here = URL.parse(publicUrl);
  const isFine =
    !here || (social?.returnTo ?? []).every((text) => typeof text === "string" && isReturnAddress(text, here));
  if (isFine) return [];
  return [
    "Setting `social.returnTo` must list https origins like https://app.example.com, and addresses of apps like com.example.app://auth, each without a path and without `*`.",
  ];
}

function addressFaults({ clientAddressHeader, trustedProxyHops }: KeywrightConfig): string[] {
  const isTwofold = clientAddressHeader !== undefined && (trustedProxyHops ?? 0) > 0;
  return isTwofold
    ? ["Setting `trustedProxyHops` counts proxies in `X-Forwarded-For`: leave it out beside `clientAddressHeader`."]
    : [];
}

function faultsOf(config: unknown, fields: typeof keywrightFields | typeof serverFields): string[] {
  const parsed = z.strictObject(fields).safeParse(config);
  if (parsed.success) return [...contradictions(parsed.data), ...providerFaults(parsed.data.providers ?? [])];
  const alone = Object.keys(fields).filter((name) => !(name in knownOptions));
  return settingFaults(parsed.error.issues, { alone, groups: knownOptions });
}

/** A message that completes "Setting `x` …". */
function must(what: string) {
  return { error: ({ input }: { input?: unknown }) => `${input === undefined ? "is missing: it " : ""}must ${what}` };
}

function having(functions: readonly string[], what: string) {
  return z.custom<object>((value) => hasFunctions(value, functions), must(what));
}

function hasFunctions(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof Reflect.get(value, name) === "function");
}

function isConnection(value: unknown): boolean {
  return hasFunctions(value, ["close"]) && z.object({ db: z.object() }).safeParse(value).success;
}

function isDatabaseUrl(value: unknown): boolean {
  return typeof value === "string" && /^\s*(postgres(ql)?:\/\/|pglite:)/i.test(value);
}

function isHttp(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? "");
}

const mustBeUrl = must("be an http or https address");
const mustBeOrigins = must(
  "be a list of origins like https://app.example.com, or capacitor://localhost for a web view, each without a path and without `*`",
);
const mustBeSecret = must("be a text of at least 32 characters");
const mustBeHeaders = must("be a list of names of headers");
const mustBeHeader = must("be the name of a header that holds an address alone, like CF-Connecting-IP or X-Real-IP");
const mustBeHops = must("be a whole number from 0 to 10");

const url = z.string(mustBeUrl).refine(isHttp, mustBeUrl);
const secret = z.string(mustBeSecret).min(32, mustBeSecret);
const mailer = having(["send", "close"], "have the functions `send` and `close`, as `createSmtpMailer` makes it");
const text = z.string(must("be a text")).optional();
const anyFunction = z.custom<unknown>((value) => typeof value === "function", must("be a function")).optional();

const provider = z.custom<Provider>(
  (value) => hasFunctions(value, ["createAuthorizationUrl", "identifyByCode"]),
  must("be a provider, as `google({ clientId, clientSecret })` makes it"),
);

const extensions = {
  gate: anyFunction,
  authenticate: anyFunction,
  // Checked where it is started, with a message about what is missing.
  tokenManager: z.unknown().optional(),
  passwordHasher: having(["hash", "verify"], "have the functions `hash` and `verify`").optional(),
  passwordRule: anyFunction,
  renderMail: anyFunction,
  buildLink: anyFunction,
  onEvent: anyFunction,
  providers: z
    .array(provider, must("be a list of providers, as in `[google({ clientId, clientSecret })]`"))
    .max(maxProviders, must(`have at most ${maxProviders} providers`))
    .optional(),
};

const shared = {
  ...settingsSchema.shape,
  ...extensions,
  previousSecret: secret.optional(),
  appUrl: url.optional(),
  corsOrigins: z.array(z.string(mustBeOrigins).refine(isOrigin, mustBeOrigins), mustBeOrigins).optional(),
  trustedProxyHops: z.int(mustBeHops).min(0, mustBeHops).max(10, mustBeHops).optional(),
  clientAddressHeader: z.string(mustBeHeader).refine(isAddressHeader, mustBeHeader).optional(),
  log: anyFunction,
};

const keywrightFields = {
  secret,
  publicUrl: url,
  database: z.custom<string | Connection>(
    (value) => isDatabaseUrl(value) || isConnection(value),
    must("be postgres://…, pglite:PATH for the embedded database, or a connection of your own"),
  ),
  mailer,
  now: anyFunction,
  ...shared,
} satisfies Record<keyof KeywrightConfig, z.ZodType>;

const serverFields = {
  logLevel: z.enum(logLevels, must(`be one of ${logLevels.join(", ")}`)).optional(),
  logRequests: z.boolean(must("be true or false")).optional(),
  port: z.int(must("be a whole number")).optional(),
  corsHeaders: z.array(z.string(mustBeHeaders), mustBeHeaders).optional(),
  host: text,
  publicUrl: url.optional(),
  database: z
    .custom<string>(isDatabaseUrl, must("be postgres://…, or pglite:PATH for the embedded database"))
    .optional(),
  smtpUrl: text,
  mailFrom: text,
  secret: secret.optional(),
  mailer: mailer.optional(),
  ...shared,
} satisfies Record<keyof ServerConfig, z.ZodType>;
