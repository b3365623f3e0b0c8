import { generateKeyPairSync } from "node:crypto";
import { createKeywrightClient, memoryTokens } from "@keywright/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createBrowser } from "../support/browser.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { type FakeProvider, ourClient } from "../support/fake-providers/fake-provider.js";
import { fakeOpenIdConnect } from "../support/fake-providers/oidc-fakes.js";
import { deliver, signInAtFake } from "../support/fake-providers/sign-in.js";
import { createServers, type ServerProcess } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
let database: TestDatabase;
let provider: FakeProvider;
let server: ServerProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  provider = await fakeOpenIdConnect();
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  server = await servers.start({
    DATABASE_URL: database.url ?? "",
    OIDC_ISSUER: provider.origin,
    OIDC_CLIENT_ID: ourClient.clientId,
    OIDC_CLIENT_SECRET: ourClient.clientSecret,
    OIDC_CLIENT_IDS: "some-app, another-app",
    OIDC_NAME: "Acme",
    APPLE_CLIENT_ID: "com.example.web",
    APPLE_TEAM_ID: "TEAM123456",
    APPLE_KEY_ID: "KEY1234567",
    APPLE_PRIVATE_KEY: String(privateKey.export({ type: "pkcs8", format: "pem" })).replaceAll("\n", "\\n"),
  });
});
afterAll(async () => {
  await servers.close();
  await provider.close();
  await database.drop();
});

test("I sign in with the provider that the server's variables name", async () => {
  provider.people.set("ada", {
    id: "1001",
    firstName: "Ada",
    lastName: "Lovelace",
    username: "ada",
    email: "ada@acme.test",
    isVerified: true,
  });
  const browser = createBrowser((request) => fetch(request));
  const client = createKeywrightClient({ url: server.url, fetch: browser.fetch });
  const offered = await client.social.providers.query();
  expect(offered.map(({ id, name }) => `${id}: ${name}`)).toEqual(["apple: Apple", "oidc: Acme"]);
  const { authorizationUrl } = await client.social.start.mutate({ provider: "oidc" });
  const place = await deliver(browser, await signInAtFake(authorizationUrl, "ada"));
  expect(place.href).toBe(`${server.url}/`);
  const { user } = (await client.auth.session.query()) ?? {};
  expect(user).toMatchObject({ email: "ada@acme.test", emailVerified: true, firstName: "Ada" });
  const phone = createKeywrightClient({ url: server.url, tokens: memoryTokens() });
  const { idToken } = await provider.proofsOf("ada", "another app");
  const answer = await phone.social.login.mutate({ provider: "oidc", ...idToken });
  expect(answer).toMatchObject({ status: "signed_in", created: false, user: { id: user?.id } });
  expect(server.stdout()).not.toContain(ourClient.clientSecret);
});

test("a callback that nobody began leads home with the reason, by form where the provider posts one", async () => {
  const forged = { code: "c", state: "made-up" };
  const byAddress = await fetch(`${server.url}/oauth/oidc/callback?${new URLSearchParams(forged)}`, {
    redirect: "manual",
  });
  const byForm = await fetch(`${server.url}/oauth/apple/callback`, {
    method: "POST",
    headers: { origin: "https://appleid.apple.com" },
    body: new URLSearchParams(forged),
    redirect: "manual",
  });
  for (const { status, headers } of [byAddress, byForm]) {
    expect([status, headers.get("location")]).toEqual([303, `${server.url}/?error=TOKEN_INVALID`]);
    expect(headers.get("cache-control")).toBe("no-store");
  }
  const wrongWay = await fetch(`${server.url}/oauth/oidc/callback`, {
    method: "POST",
    body: new URLSearchParams(forged),
  });
  expect(wrongWay.status).toBe(405);
});

test("an operator who sets half a pair reads one sentence", async () => {
  const { code, sentences } = await servers.refusal({ GOOGLE_CLIENT_ID: "ours" });
  expect({ code, sentences }).toEqual({
    code: 1,
    sentences: ["GOOGLE_CLIENT_SECRET must be set beside GOOGLE_CLIENT_ID."],
  });
});
