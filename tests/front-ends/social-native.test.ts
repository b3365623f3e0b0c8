import { english } from "@keywright/client/messages";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import type { IdentityProvider } from "../support/identity-provider.js";
import { bundleNativeExample } from "../support/native-bundle.js";
import { createPhone, type NativeApp } from "../support/phone.js";
import { createServers, post, type ServerProcess } from "../support/server-process.js";
import { startSocialServer } from "../support/social-server.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

const scheme = "com.example.keywright:";
const button = "Sign in with Acme";

const servers = createServers();
let database: TestDatabase;
let idp: IdentityProvider;
let server: ServerProcess;
let bundle: string;
let phone: ReturnType<typeof createPhone>;

beforeAll(async () => {
  database = await createTestDatabase();
  const settings = { registration: { required: ["email", "username"] }, social: { returnTo: [`${scheme}//auth`] } };
  const starting = startSocialServer(servers, { env: { DATABASE_URL: database.url ?? "" }, settings });
  [{ server, idp }, bundle] = await Promise.all([starting, bundleNativeExample()]);
});
afterEach(() => phone.close());
afterAll(async () => {
  await servers.close();
  await idp.close();
  await database.drop();
});

function addPerson(name: string, username?: string): string {
  const email = `${name}@acme.test`;
  const known = username === undefined ? {} : { preferred_username: username };
  idp.people.set(name, { email, email_verified: true, given_name: name[0]?.toUpperCase() + name.slice(1), ...known });
  return email;
}

/** What the phone's browser has shown: the app's address that it ended at, and the cookies that our server has set. */
const browsed: { place: string; cookies: string[] }[] = [];

/** Like the phone's own browser: it goes where it is sent, and gives an address of the app's to the app. */
async function comeBack(callback: URL, browser = idp.newBrowser()): Promise<string> {
  const response = await browser.fetch(callback, { redirect: "manual" });
  const place = response.headers.get("location") ?? "";
  const cookies = response.headers.getSetCookie().filter((cookie) => !cookie.includes("Max-Age=0"));
  browsed.push({ place, cookies });
  return place;
}

function phoneOf(name: string) {
  return createPhone(bundle, server.url, async (url) => {
    const browser = idp.newBrowser();
    return await comeBack(await idp.signIn(url, name, browser), browser);
  });
}

async function openWelcomed(): Promise<NativeApp> {
  const app = await phone.open();
  await app.see("Welcome back");
  return app;
}

test("Ada signs in with a provider on Hermes: her app gets a code by its own scheme, and keeps the tokens for it", async () => {
  addPerson("ada", "ada");
  phone = phoneOf("ada");
  const app = await openWelcomed();
  await app.press(button);
  expect((await app.see("This device"))[0]).toBe("Ada");
  const { place, cookies } = browsed.at(-1) ?? { place: "", cookies: null };
  expect(place).toMatch(/^com\.example\.keywright:\/\/auth\?handoff=[\w-]+$/);
  expect(place).not.toMatch(/kw[rs]_|eyJ/);
  expect(cookies).toEqual([]);
  expect([...phone.keychain.values()]).toEqual([expect.stringMatching(/^kwr_\S+$/)]);
  const procedures = phone.exchanges.map((exchange) => exchange.procedures);
  expect(procedures.filter((name) => name.startsWith("social."))).toEqual([
    "social.providers",
    "social.start",
    "social.login",
  ]);
  for (const { headers, isCookieSet } of phone.exchanges) {
    expect(headers).toMatchObject({ "keywright-transport": "bearer" });
    expect(isCookieSet).toBe(false);
  }

  const stolen = new URL(place).searchParams.get("handoff");
  const theft = { provider: "acme", handoff: stolen, codeVerifier: "x".repeat(43) };
  const { refusal } = await post(server.url, "social.login", theft, { "keywright-transport": "bearer" });
  expect(refusal).toMatchObject({ reason: "TOKEN_INVALID" });

  expect((await (await phone.open()).see("This device"))[0]).toBe("Ada");
});

test("a thief who has Bob's code has no use for it, even before his app has redeemed it", async () => {
  addPerson("bob", "bob");
  const refusals: unknown[] = [];
  phone = createPhone(bundle, server.url, async (url) => {
    const place = await comeBack(await idp.signIn(url, "bob"));
    const handoff = new URL(place).searchParams.get("handoff");
    const theft = { provider: "acme", handoff, codeVerifier: "x".repeat(43) };
    const { refusal } = await post(server.url, "social.login", theft, { "keywright-transport": "bearer" });
    refusals.push(refusal?.reason);
    return place;
  });
  const app = await openWelcomed();
  await app.press(button);
  await vi.waitFor(() => expect(refusals).toEqual(["TOKEN_INVALID"]));
  await app.see(english.TOKEN_INVALID);
  expect([...phone.keychain]).toEqual([]);
});

test("Eve is asked on Hermes for the username that her provider does not know", async () => {
  addPerson("eve");
  phone = phoneOf("eve");
  const app = await openWelcomed();
  await app.press(button);
  await app.see("Tell us a little more.");
  expect([...phone.keychain]).toEqual([]);
  await app.type("Username", "not a name");
  await app.press("Complete");
  await app.see(english.INVALID);
  await app.type("Username", "eve");
  await app.press("Complete");
  await app.see("This device");
  expect(phone.keychain.size).toBe(1);
});

test("Grace closes the browser and nothing is said; a provider that refuses her is told in words", async () => {
  const answers = [
    async () => null,
    async (url: string) => {
      const { searchParams } = new URL(url);
      const callback = new URL(searchParams.get("redirect_uri") ?? "");
      callback.search = String(new URLSearchParams({ error: "access_denied", state: searchParams.get("state") ?? "" }));
      return await comeBack(callback);
    },
  ];
  phone = createPhone(bundle, server.url, async (url) => (await answers.shift()?.(url)) ?? null);
  const app = await openWelcomed();
  const before = await app.see("Welcome back");
  await app.press(button);
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  expect(await app.see("Welcome back")).toEqual(before);
  await app.press(button);
  await app.see(english.PROVIDER_REFUSED);
  expect([...phone.keychain]).toEqual([]);
});
