import { english } from "@keywright/client/messages";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { movingClock, outliveAccessTokens } from "../support/moving-clock.js";
import { bundleNativeExample } from "../support/native-bundle.js";
import { createPhone, type NativeApp } from "../support/phone.js";
import { createServers, type ServerProcess } from "../support/server-process.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

/** The account screen's three calls, in one request. */
const threeCalls = "user.me,auth.sessions,user.events";
const maxKeychainBytes = 2_048;
const password = "correct horse battery";

const servers = createServers();
let database: TestDatabase;
let server: ServerProcess;
let bundle: string;
let phone: ReturnType<typeof createPhone>;

beforeAll(async () => {
  database = await createTestDatabase();
  const serving = servers.start({ DATABASE_URL: database.url ?? "", ...movingClock });
  [server, bundle] = await Promise.all([serving, bundleNativeExample()]);
});
afterEach(() => phone.close());
afterAll(async () => {
  await servers.close();
  await database.drop();
});

async function openWelcomed(): Promise<NativeApp> {
  phone = createPhone(bundle, server.url);
  const app = await phone.open();
  expect(await app.see("Welcome")).toEqual(["Welcome back"]);
  return app;
}

async function submit(app: NativeApp, email: string, secret: string, title = "Sign in"): Promise<void> {
  await app.type("E-mail", email);
  await app.type("Password", secret);
  await app.press(title);
}

/** Waits until the three calls were answered as well. */
async function openSignedUp(email: string): Promise<NativeApp> {
  const app = await openWelcomed();
  await app.press("I am new here");
  await submit(app, email, password, "Sign up");
  await app.see("This device");
  return app;
}

const procedures = () => phone.exchanges.map((exchange) => exchange.procedures);
const countOf = (procedure: string) => procedures().filter((called) => called === procedure).length;

test("Ada signs up on Hermes, and one request of three calls brings what her account screen shows", async () => {
  const app = await openSignedUp("ada@example.com");
  const year = new Date().getFullYear();
  const [title, since, ...rest] = await app.see("user.registered");
  expect([title, since]).toEqual(["ada@example.com", expect.stringMatching(`^Member since ${year}-`)]);
  expect(rest).toContainEqual(expect.stringMatching(/^This device, signed in until \d{4}-\d\d-\d\d$/));
  expect(await app.fields()).toMatchObject({ email: "string", createdAt: `Date of ${year}`, emailVerified: "boolean" });
  expect(procedures()).toEqual(["auth.session", "social.providers", "registration.register", threeCalls, "user.me"]);
});

test("a wrong password is refused in words on Hermes, the right one lets Bob in, and signing out forgets him", async () => {
  const app = await openSignedUp("bob@example.com");
  await app.press("Sign out");
  await app.see("Welcome back");
  // The device is done before the server has been told.
  await vi.waitFor(() => expect([...phone.keychain]).toEqual([]));
  await submit(app, "bob@example.com", "battery horse correct");
  await app.see(english.INVALID_CREDENTIALS);
  await submit(app, "bob@example.com", password);
  await app.see("This device");
  expect(phone.keychain.size).toBe(1);
});

test("a password that is too short is refused at its field on Hermes", async () => {
  const app = await openWelcomed();
  await app.press("I am new here");
  await submit(app, "grace@example.com", "short", "Sign up");
  await app.see(english.PASSWORD_TOO_SHORT);
});

test("an app that Hermes starts anew finds its session in the keychain, where a short token is all it keeps", async () => {
  await openSignedUp("eve@example.com");
  const kept = [...phone.keychain.values()].join("");
  const again = await phone.open();
  expect(await again.see("This device")).toContain("eve@example.com");
  expect(countOf("auth.refreshToken")).toBe(1);
  expect(kept).toMatch(/^\S+$/);
  expect(Buffer.byteLength(kept)).toBeLessThan(maxKeychainBytes);
  expect([...phone.keychain.values()]).not.toContain(kept);
});

test("an access token that has expired costs Hermes one refresh, however many calls it was sent with", async () => {
  const app = await openSignedUp("grace@example.com");
  await outliveAccessTokens(server);
  phone.exchanges.length = 0;
  await Promise.all([app.press("Reload"), app.comeToFront()]);
  await vi.waitFor(() => {
    const [, renewed = ""] = procedures().join(",").split("auth.refreshToken,");
    expect(renewed.split(",").sort()).toEqual([...threeCalls.split(","), "auth.session"].sort());
  });
  const refused = phone.exchanges.filter(({ status }) => status !== 200);
  expect(refused).toEqual([expect.objectContaining({ procedures: expect.stringContaining(threeCalls) })]);
  expect(countOf("auth.refreshToken")).toBe(1);
  expect(await app.see("This device")).toContain("grace@example.com");
});

test("an app on Hermes is a bearer client, to which cookies are neither sent nor set", async () => {
  await openSignedUp("mallory@example.com");
  await (await phone.open()).press("Sign out");
  await vi.waitFor(() => expect(procedures()).toContain("auth.logout"));
  for (const { headers, isCookieSet, withCredentials } of phone.exchanges) {
    expect(headers).toMatchObject({ "keywright-transport": "bearer" });
    expect(headers).not.toHaveProperty("cookie");
    expect([isCookieSet, withCredentials]).toEqual([false, false]);
  }
});
