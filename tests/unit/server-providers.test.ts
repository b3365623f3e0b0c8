import { generateKeyPairSync } from "node:crypto";
import { google, openIdConnect, type ServerConfig } from "@keywright/api";
import { describe, expect, test } from "vitest";
import { type Config, readConfig } from "../../packages/api/src/operator/config.js";

const privateKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

const pairs = [
  "DISCORD",
  "FACEBOOK",
  "GITHUB",
  "GITLAB",
  "GOOGLE",
  "LINKEDIN",
  "MICROSOFT",
  "SLACK",
  "SPOTIFY",
  "TWITCH",
  "TWITTER",
];

const everything = {
  ...Object.fromEntries(
    pairs.flatMap((name) => [
      [`${name}_CLIENT_ID`, "ours"],
      [`${name}_CLIENT_SECRET`, "hunter2"],
    ]),
  ),
  APPLE_CLIENT_ID: "com.example.web",
  APPLE_TEAM_ID: "TEAM123456",
  APPLE_KEY_ID: "KEY1234567",
  APPLE_PRIVATE_KEY: privateKey,
  OIDC_ISSUER: "https://id.example.com",
  OIDC_CLIENT_ID: "ours",
  OIDC_CLIENT_SECRET: "hunter2",
};

function configOf(environment: Record<string, string>, settings?: ServerConfig): Config {
  return readConfig(environment, settings ? { name: "keywright.config.mjs", settings } : null);
}

function faultsOf(environment: Record<string, string>): string[] {
  try {
    configOf(environment);
    return [];
  } catch (error) {
    return error instanceof Error ? error.message.split("\n") : [];
  }
}

function idsOf({ settings }: Config): string[] {
  return (settings.providers ?? []).map(({ id }) => id);
}

test("an operator has every provider by setting its variables", () => {
  const ids = ["apple", "oidc", ...pairs.map((name) => name.toLowerCase())];
  expect(idsOf(configOf(everything)).toSorted()).toEqual(ids.toSorted());
});

test("an operator sees which variables were taken, and no value", () => {
  const { sources } = configOf({ GOOGLE_CLIENT_ID: "ours", GOOGLE_CLIENT_SECRET: "hunter2" });
  expect(sources).toBe("environment (GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET)");
});

test.each(Object.keys(everything))("without %s alone, the start fails with one sentence that names it", (variable) => {
  const faults = faultsOf({ ...everything, [variable]: "" });
  expect(faults).toEqual([expect.stringMatching(new RegExp(`^${variable} must be set beside .*\\.$`))]);
  expect(faults.join()).not.toContain("hunter2");
});

test.each([
  ["MICROSOFT_TENANT", { MICROSOFT_TENANT: "common" }, "MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET"],
  ["GOOGLE_CLIENT_IDS", { GOOGLE_CLIENT_IDS: "ios" }, "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET"],
  ["OIDC_NAME", { OIDC_NAME: "Acme" }, "OIDC_ISSUER and OIDC_CLIENT_ID and OIDC_CLIENT_SECRET"],
])("%s alone configures nothing, and the start says what is missing", (variable, environment, missing) => {
  expect(faultsOf(environment)).toEqual([`${missing} must be set beside ${variable}.`]);
});

test.each([
  ["APPLE_PRIVATE_KEY", "hunter2"],
  ["MICROSOFT_TENANT", "hunter2.onmicrosoft.com"],
  ["OIDC_ISSUER", "hunter2"],
  ["OIDC_ISSUER", "http://hunter2.example.com"],
  ["GITLAB_BASE_URL", "hunter2.example.com"],
])("a wrong %s such as %j is told in one sentence that names it, and no value is repeated", (variable, value) => {
  const faults = faultsOf({ ...everything, [variable]: value });
  expect(faults).toEqual([expect.stringMatching(new RegExp(`^${variable} must be .*\\.$`))]);
  expect(faults.join()).not.toContain("hunter2");
});

test("an operator must set both halves of a consumer key", () => {
  const half = { ...everything, TWITTER_CONSUMER_KEY: "key" };
  expect(faultsOf(half)).toEqual([expect.stringMatching(/^TWITTER_CONSUMER_SECRET must be set beside /)]);
  const { settings } = configOf({ ...half, TWITTER_CONSUMER_SECRET: "hunter2" });
  expect(settings.providers?.find(({ id }) => id === "twitter")?.identifyByOAuth1).toBeDefined();
});

test("a provider is named as it is set, and otherwise by its host", () => {
  const nameOf = (environment: Record<string, string>) =>
    configOf(environment).settings.providers?.find(({ id }) => id === "oidc")?.name;
  expect(nameOf({ ...everything, OIDC_NAME: "Acme" })).toBe("Acme");
  expect(nameOf(everything)).toBe("id.example.com");
});

describe("beside a settings file", () => {
  const inFile = [
    openIdConnect({ id: "acme", name: "Acme", issuer: "https://acme.example.com", clientId: "file" }),
    google({ clientId: "file", clientSecret: "file", name: "From the file" }),
  ];

  test("the environment's provider replaces that of the same id, where it was in the list", () => {
    const { settings } = configOf(
      {
        GOOGLE_CLIENT_ID: "ours",
        GOOGLE_CLIENT_SECRET: "hunter2",
        GITHUB_CLIENT_ID: "ours",
        GITHUB_CLIENT_SECRET: "s",
      },
      { providers: inFile },
    );
    expect(settings.providers?.map(({ name }) => name)).toEqual(["Acme", "Google", "GitHub"]);
  });

  test("without variables the file's list stays as it is", () => {
    expect(configOf({}, { providers: inFile }).settings.providers).toBe(inFile);
  });
});
