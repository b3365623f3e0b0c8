import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerConfig } from "@keywright/api";
import { expect, test } from "vitest";
import { loadConfig, readConfig } from "../../packages/api/src/operator/config.js";

const secret = "w7Jc0sQ2nR5tV8xZ1bD4fH6kM9pL3gYa";
const production = {
  NODE_ENV: "production",
  PUBLIC_URL: "https://auth.example.com",
  DATABASE_URL: "postgres://keywright@db/keywright",
  SMTP_URL: "smtps://user:pass@mail.example.com",
  MAIL_FROM: "App <no-reply@example.com>",
  KEYWRIGHT_SECRET: secret,
};

function fileOf(settings: ServerConfig) {
  return { name: "keywright.config.mjs", settings };
}

function faultsOf(environment: Record<string, string>, settings?: ServerConfig): string[] {
  try {
    readConfig(environment, settings && fileOf(settings));
    return [];
  } catch (error) {
    return error instanceof Error ? error.message.split("\n") : [];
  }
}

test("nothing has to be set for a try on one's own machine", () => {
  expect(readConfig({})).toEqual({
    isProduction: false,
    host: "127.0.0.1",
    port: 3000,
    publicUrl: null,
    appUrl: null,
    database: "pglite:.keywright/data",
    databaseSetting: "DATABASE_URL",
    smtp: null,
    mailer: null,
    settings: {},
    sources: "defaults",
    secret: null,
    previousSecret: null,
    corsOrigins: [],
    corsHeaders: [],
    trustedProxyHops: 0,
    clientAddressHeader: null,
    logLevel: "info",
    logRequests: false,
    isUnderNpm: false,
  });
});

test("what is set is taken, addresses as browsers write them", () => {
  const config = readConfig({
    ...production,
    PORT: "8080",
    HOST: "10.0.0.1",
    APP_URL: "https://WWW.example.com:443/",
    DATABASE_URL: "postgres://u:p@db/keywright",
    CORS_ORIGINS: "https://a.example.com, https://b.example.com/ ,capacitor://localhost",
    CORS_HEADERS: "X-Trace, x-b",
    CLIENT_ADDRESS_HEADER: "X-Real-IP",
    LOG_LEVEL: "warn",
    LOG_REQUESTS: "false",
    TRUSTED_PROXY_HOPS: "2",
    KEYWRIGHT_SECRET_PREVIOUS: secret.toLowerCase(),
  });
  expect(config).toEqual({
    isProduction: true,
    host: "10.0.0.1",
    port: 8080,
    publicUrl: "https://auth.example.com",
    appUrl: "https://www.example.com",
    database: "postgres://u:p@db/keywright",
    databaseSetting: "DATABASE_URL",
    mailer: null,
    settings: {},
    sources:
      "environment (NODE_ENV, PORT, HOST, PUBLIC_URL, APP_URL, DATABASE_URL, SMTP_URL, MAIL_FROM, KEYWRIGHT_SECRET, KEYWRIGHT_SECRET_PREVIOUS, CORS_ORIGINS, CORS_HEADERS, TRUSTED_PROXY_HOPS, CLIENT_ADDRESS_HEADER, LOG_LEVEL, LOG_REQUESTS)",
    smtp: { url: production.SMTP_URL, from: production.MAIL_FROM },
    secret,
    previousSecret: secret.toLowerCase(),
    corsOrigins: ["https://a.example.com", "https://b.example.com", "capacitor://localhost"],
    corsHeaders: ["x-trace", "x-b"],
    trustedProxyHops: 2,
    clientAddressHeader: "X-Real-IP",
    logLevel: "warn",
    logRequests: false,
    isUnderNpm: false,
  });
});

test("peppers come from the environment, which overrides those of the file one by one (A6)", () => {
  const [now, before, first] = ["the pepper of today, I say", "the pepper of before", "the very first pepper"];
  const peppers = { KEYWRIGHT_PEPPER: now, KEYWRIGHT_PEPPERS_PREVIOUS: `${before}, ${first},` };
  expect(readConfig(peppers).settings).toEqual({ password: { pepper: now, previousPeppers: [before, first] } });
  const filed = { password: { minLength: 15, pepper: first, previousPeppers: [before] } };
  expect(readConfig({ KEYWRIGHT_PEPPER: now, KEYWRIGHT_PEPPERS_LOST: "AAAAAAAA" }, fileOf(filed)).settings).toEqual({
    password: { minLength: 15, pepper: now, previousPeppers: [before], lostPeppers: ["AAAAAAAA"] },
  });
});

test("an address may have a path, which is written without a slash at its end", () => {
  const { publicUrl, appUrl } = readConfig({ PUBLIC_URL: "https://X.test/accounts/", APP_URL: "https://x.test/a/b" });
  expect([publicUrl, appUrl]).toEqual(["https://x.test/accounts", "https://x.test/a/b"]);
});

test("blanks around a variable are no part of it, nor of an entry of the file (A25)", () => {
  const environment = {
    PUBLIC_URL: " https://auth.example.com\n",
    CORS_ORIGINS: " https://a.example.com , https://b.example.com ",
    SMTP_URL: "smtp://mail.example.com ",
    PORT: " 8080\r\n",
  };
  const file = { name: "keywright.config.mjs", settings: { mailFrom: " Acme <no-reply@example.com> ", host: " ::1 " } };
  expect(readConfig(environment, file)).toMatchObject({
    publicUrl: "https://auth.example.com",
    corsOrigins: ["https://a.example.com", "https://b.example.com"],
    smtp: { url: "smtp://mail.example.com", from: "Acme <no-reply@example.com>" },
    port: 8080,
    host: "::1",
  });
});

test("an empty variable is one that is not set", () => {
  expect(readConfig({ PORT: "", REDIS_URL: " ", CORS_ORIGINS: "", SMTP_URL: "" })).toEqual(readConfig({}));
});

test("production listens on every address of the machine", () => {
  expect(readConfig(production).host).toBe("0.0.0.0");
});

test.each([
  ["NODE_ENV", "hunter2"],
  ["PORT", "65536"],
  ["PORT", "-1"],
  ["PORT", "3e3"],
  ["PORT", "hunter2"],
  ["PUBLIC_URL", "hunter2.example.com"],
  ["PUBLIC_URL", "https://auth.example.com/key%77right"],
  ["PUBLIC_URL", "https://auth.example.com/a//b"],
  ["PUBLIC_URL", "https://user:hunter2@auth.example.com"],
  ["PUBLIC_URL", "ftp://auth.example.com"],
  ["APP_URL", "https://app.example.com/?next=1"],
  ["DATABASE_URL", "mysql://root:hunter2@db"],
  ["DATABASE_URL", "pglite:"],
  ["SMTP_URL", "http://user:hunter2@mail"],
  ["MAIL_FROM", "hunter2"],
  ["KEYWRIGHT_SECRET", "hunter2"],
  ["KEYWRIGHT_SECRET_PREVIOUS", "hunter2"],
  ["KEYWRIGHT_PEPPER", "hunter2"],
  ["KEYWRIGHT_PEPPERS_PREVIOUS", "a pepper that is long enough, hunter2"],
  ["KEYWRIGHT_PEPPERS_LOST", "hunter2,AAAAAAAA"],
  ["REDIS_URL", "redis://:hunter2@cache"],
  ["CORS_ORIGINS", "*"],
  ["CORS_ORIGINS", "https://a.example.com,hunter2"],
  ["CORS_ORIGINS", "https://*.vercel.app"],
  ["CORS_ORIGINS", "null"],
  ["CORS_ORIGINS", "file://hunter2"],
  ["CORS_ORIGINS", "capacitor://localhost/hunter2"],
  ["CORS_HEADERS", "x-trace: hunter2"],
  ["CLIENT_ADDRESS_HEADER", "Forwarded"],
  ["LOG_LEVEL", "hunter2"],
  ["LOG_REQUESTS", "hunter2"],
  ["CLIENT_ADDRESS_HEADER", "x-real ip"],
  ["PUBLIC_URL", "https://*.example.com"],
  ["TRUSTED_PROXY_HOPS", "11"],
  ["TRUSTED_PROXY_HOPS", "true"],
])("a wrong %s such as %j is told in one sentence that names it, and no value is repeated", (variable, value) => {
  const faults = faultsOf({ [variable]: value });
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(new RegExp(`^${variable} .*\\.$`));
  expect(faults[0]).not.toContain("hunter2");
});

test("all faults are listed together", () => {
  const faults = faultsOf({ PORT: "x", REDIS_URL: "redis://cache", SMTP_URL: "mail", MAIL_FROM: "nobody" });
  expect(faults.map((fault) => fault.split(" ")[0])).toEqual(["PORT", "REDIS_URL", "SMTP_URL", "MAIL_FROM"]);
});

test("production is complete with these six", () => {
  expect(faultsOf(production)).toEqual([]);
});

test.each(["PUBLIC_URL", "DATABASE_URL", "SMTP_URL", "MAIL_FROM", "KEYWRIGHT_SECRET"])(
  "production is refused without %s",
  (variable) => {
    const faults = faultsOf({ ...production, [variable]: "" });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${variable} must be set in production`));
  },
);

test.each([
  ["PUBLIC_URL", "http://auth.example.com"],
  ["PUBLIC_URL", "http://localhost:3000"],
  ["APP_URL", "http://www.example.com"],
  ["CORS_ORIGINS", "https://a.example.com,http://b.example.com"],
])("production is refused with a plain http %s", (variable, value) => {
  expect(faultsOf({ ...production, [variable]: value })).toEqual([expect.stringContaining(`${variable} must be`)]);
});

test.each([
  "x".repeat(64),
  "abababababababababababababababababab",
  "changeme-changeme-changeme-changeme",
  "CHANGE_ME_to_something_long_and_random",
  "please-replace-me-before-going-live!!",
  "your-super-secret-jwt-secret-key-token",
  "12345678901234567890123456789012",
  "this is an example secret, for the docs",
  "companyname-production-secret-2026",
  "only for development: set your own",
])("production is refused with the secret %j", (weak) => {
  expect(faultsOf({ ...production, KEYWRIGHT_SECRET: weak })).toEqual([
    expect.stringMatching(/^KEYWRIGHT_SECRET is easy to guess/),
  ]);
  expect(faultsOf({ ...production, KEYWRIGHT_SECRET_PREVIOUS: weak })).toEqual([
    expect.stringMatching(/^KEYWRIGHT_SECRET_PREVIOUS is easy to guess/),
  ]);
});

test("a development server refuses them as well: what was tried goes online (K5)", () => {
  const secrets = { KEYWRIGHT_SECRET: "x".repeat(32), KEYWRIGHT_SECRET_PREVIOUS: "companyname-production-secret-2026" };
  expect(faultsOf(secrets)).toEqual([
    expect.stringMatching(/^KEYWRIGHT_SECRET is easy to guess: use 32 random bytes/),
    "KEYWRIGHT_SECRET_PREVIOUS is easy to guess: unset it.",
  ]);
});

test("O9: production takes the embedded database if it is asked for, in the environment or in the file", () => {
  const { DATABASE_URL: _, ...rest } = production;
  expect(faultsOf(rest)).toEqual([
    expect.stringMatching(/^DATABASE_URL must be set in production: .*pglite:PATH.*\.$/),
  ]);
  expect(faultsOf({ ...rest, DATABASE_URL: "pglite:data" })).toEqual([]);
  expect(faultsOf(rest, { database: "pglite:data" })).toEqual([]);
  expect(faultsOf({ DATABASE_URL: "" })).toEqual([]);
});

test("O8: the settings file gives what the environment does not, and the environment wins", () => {
  const settings: ServerConfig = {
    port: 8080,
    publicUrl: "https://file.example.com",
    appUrl: "https://www.example.com/",
    corsOrigins: ["https://a.example.com", "https://b.example.com", "capacitor://localhost"],
    corsHeaders: ["x-trace", "x-b"],
    trustedProxyHops: 2,
    clientAddressHeader: "X-Real-IP",
    database: "postgres://file/app",
    mail: { appName: "Acme" },
  };
  const config = readConfig({ PUBLIC_URL: "https://auth.example.com", PORT: "9090" }, fileOf(settings));
  expect(config).toMatchObject({
    port: 9090,
    publicUrl: "https://auth.example.com",
    appUrl: "https://www.example.com",
    corsOrigins: ["https://a.example.com", "https://b.example.com", "capacitor://localhost"],
    corsHeaders: ["x-trace", "x-b"],
    trustedProxyHops: 2,
    clientAddressHeader: "X-Real-IP",
    database: "postgres://file/app",
    databaseSetting: "`database` in keywright.config.mjs",
    settings: { mail: { appName: "Acme" } },
    sources:
      "keywright.config.mjs (appUrl, corsOrigins, corsHeaders, trustedProxyHops, clientAddressHeader, database, mail); environment (PORT, PUBLIC_URL)",
  });
  expect(config.settings).not.toHaveProperty("port");
});

test("O8: what came from where is told by names alone", () => {
  const { sources } = readConfig(production, fileOf({ secret: `hunter2${secret}`, mail: { appName: "hunter2" } }));
  expect(sources).toBe(
    "keywright.config.mjs (mail); environment (NODE_ENV, PUBLIC_URL, DATABASE_URL, SMTP_URL, MAIL_FROM, KEYWRIGHT_SECRET)",
  );
  expect(readConfig({}, fileOf({})).sources).toBe("keywright.config.mjs (nothing)");
});

test.each<[settings: ServerConfig, named: string]>([
  [{ port: 70_000 }, "port"],
  [{ publicUrl: "https://example.com/#hunter2" }, "publicUrl"],
  [{ smtpUrl: "http://hunter2" }, "smtpUrl"],
  [{ mailFrom: "hunter2" }, "mailFrom"],
  [{ smtpUrl: "smtp://localhost", mailer: { send: async () => {}, close: async () => {} } }, "smtpUrl"],
])("O8: a wrong entry such as %j is told in one sentence that names it and the file", (settings, named) => {
  const faults = faultsOf({}, settings);
  expect(faults).toEqual([expect.stringMatching(new RegExp(`^\`${named}\` in keywright.config.mjs .*\\.$`))]);
  expect(faults[0]).not.toContain("hunter2");
});

test("O8: what production refuses in the environment, it refuses in the file", () => {
  const { KEYWRIGHT_SECRET: _, PUBLIC_URL: _url, ...rest } = production;
  expect(faultsOf(rest, { secret: "x".repeat(32), publicUrl: "http://auth.example.com" })).toEqual([
    expect.stringMatching(/^`secret` in keywright.config.mjs is easy to guess/),
    "`publicUrl` in keywright.config.mjs must be an https address in production.",
  ]);
});

test("O8: a mailer of one's own stands for SMTP, also in production, until SMTP_URL is set", () => {
  const mailer = { send: async () => {}, close: async () => {} };
  const { SMTP_URL, MAIL_FROM: _, ...rest } = production;
  expect(readConfig(rest, fileOf({ mailer }))).toMatchObject({ mailer, smtp: null });
  const both = readConfig({ ...rest, SMTP_URL, MAIL_FROM: "a@example.com" }, fileOf({ mailer }));
  expect(both).toMatchObject({ mailer: null, smtp: { url: SMTP_URL } });
  expect(both.sources).not.toContain("mailer");
});

/** What `loadConfig` says of a folder with these files. */
async function loadFault(files: Record<string, string>, named?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "keywright-config-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const loading = loadConfig(named === undefined ? {} : { KEYWRIGHT_CONFIG: named }, folder);
  const fault = await loading.then(
    () => "",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  await rm(folder, { recursive: true });
  return fault;
}

test.each<[what: string, text: string, sentence: string | RegExp]>([
  ["is empty", "", "x.mjs must export its settings as default, as in `export default defineConfig({ … })`."],
  ["exports a promise", "export default Promise.resolve({})", /^x\.mjs must export its settings as default/],
  ["exports a function", "export default () => ({})", /^x\.mjs must export its settings as default/],
  ["exports a list", "export default []", /^x\.mjs must export its settings as default/],
  ["throws", "\nthrow new Error('No brand.\\nhunter2')", /^x\.mjs cannot be loaded: No brand/],
  ["throws a text", "throw 'hunter2'", "x.mjs cannot be loaded: it throws something that is not an Error."],
  ["imports what is not there", "import './gone.mjs'; export default {}", /^x\.mjs cannot be loaded: .*gone\.mjs/],
  [
    "has an unknown group",
    "export default { pasword: {} }",
    "x.mjs: There is no setting `pasword` (did you mean `password`?).",
  ],
  [
    "has an unknown option",
    "export default { mail: { apName: 'A' } }",
    "x.mjs: There is no setting `mail.apName` (did you mean `mail.appName`?).",
  ],
  ["has a wrong value", "export default { mail: { language: 'fr' } }", /^x\.mjs: Setting `mail\.language`: .*\.$/],
  [
    "has a wrong type",
    "export default { publicUrl: 5 }",
    "x.mjs: Setting `publicUrl` must be an http or https address.",
  ],
  ["moves the clock", "export default { now: () => new Date() }", "x.mjs: There is no setting `now`."],
  [
    "contradicts itself",
    "export default { session: { idleDays: 31 } }",
    /^x\.mjs: Setting `session\.idleDays` must not/,
  ],
])("O8: a settings file that %s is told in one sentence that names it", async (_what, text, sentence) => {
  const fault = await loadFault({ "x.mjs": text }, "x.mjs");
  expect(fault).toMatch(sentence);
  expect(fault).not.toMatch(/hunter2|\n/);
});

test("O8: a file that is named and not there is told; one with a default name may be absent; two are one too many", async () => {
  expect(await loadFault({}, "conf/x.mjs")).toBe("KEYWRIGHT_CONFIG names conf/x.mjs, but there is no such file.");
  expect(await loadFault({})).toBe("");
  expect(await loadFault({}, " ")).toBe("");
  expect(await loadFault({ "keywright.config.mjs": "export default {}", "keywright.config.js": "" })).toBe(
    "There are both keywright.config.mjs and keywright.config.js: keep one, or name one in KEYWRIGHT_CONFIG.",
  );
});
