import { expect, test } from "vitest";
import { readConfig } from "../../apps/server/src/config.js";

const secret = "w7Jc0sQ2nR5tV8xZ1bD4fH6kM9pL3gYa";
const production = {
  NODE_ENV: "production",
  PUBLIC_URL: "https://auth.example.com",
  SMTP_URL: "smtps://user:pass@mail.example.com",
  MAIL_FROM: "App <no-reply@example.com>",
  KEYWRIGHT_SECRET: secret,
};

function faultsOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
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
    smtp: null,
    secret: null,
    previousSecret: null,
    corsOrigins: [],
    trustedProxyHops: 0,
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
    CORS_ORIGINS: "https://a.example.com, https://b.example.com/ ,",
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
    smtp: { url: production.SMTP_URL, from: production.MAIL_FROM },
    secret,
    previousSecret: secret.toLowerCase(),
    corsOrigins: ["https://a.example.com", "https://b.example.com"],
    trustedProxyHops: 2,
    isUnderNpm: false,
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
  ["PUBLIC_URL", "https://auth.example.com/keywright"],
  ["PUBLIC_URL", "https://user:hunter2@auth.example.com"],
  ["PUBLIC_URL", "ftp://auth.example.com"],
  ["APP_URL", "https://app.example.com/?next=1"],
  ["DATABASE_URL", "mysql://root:hunter2@db"],
  ["DATABASE_URL", "pglite:"],
  ["SMTP_URL", "http://user:hunter2@mail"],
  ["MAIL_FROM", "hunter2"],
  ["KEYWRIGHT_SECRET", "hunter2"],
  ["KEYWRIGHT_SECRET_PREVIOUS", "hunter2"],
  ["REDIS_URL", "redis://:hunter2@cache"],
  ["CORS_ORIGINS", "*"],
  ["CORS_ORIGINS", "https://a.example.com,hunter2"],
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

test("production is complete with these five", () => {
  expect(faultsOf(production)).toEqual([]);
});

test.each(["PUBLIC_URL", "SMTP_URL", "MAIL_FROM", "KEYWRIGHT_SECRET"])(
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
])("production is refused with the secret %j", (weak) => {
  expect(faultsOf({ ...production, KEYWRIGHT_SECRET: weak })).toEqual([
    expect.stringMatching(/^KEYWRIGHT_SECRET is easy to guess/),
  ]);
  expect(faultsOf({ ...production, KEYWRIGHT_SECRET_PREVIOUS: weak })).toEqual([
    expect.stringMatching(/^KEYWRIGHT_SECRET_PREVIOUS is easy to guess/),
  ]);
});

test("a development server takes any secret that is long enough", () => {
  expect(readConfig({ KEYWRIGHT_SECRET: "x".repeat(32) }).secret).toBe("x".repeat(32));
});
