import { english } from "@keywright/client/messages";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { launchChromium, type Page, photograph } from "../support/chromium.js";
import { createTestDatabase } from "../support/database.js";
import { freePort } from "../support/free-port.js";
import type { IdentityProvider } from "../support/identity-provider.js";
import { movingClock, outliveAccessTokens } from "../support/moving-clock.js";
import { createServers, get, type ServerProcess } from "../support/server-process.js";
import { mailedCode, startSocialServer } from "../support/social-server.js";
import { buildWebApp, serveWebApp } from "../support/web-app.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 180_000 });

const servers = createServers();
const closers: (() => Promise<unknown>)[] = [() => servers.close()];
let idp: IdentityProvider;
let server: ServerProcess;
let browser: Awaited<ReturnType<typeof launchChromium>>;
let home: Awaited<ReturnType<typeof browser.visitor>>;
let page: Page;
let appUrl: string;

/** A username is required, which the provider knows of some people only. */
const settings = {
  registration: { required: ["email", "username"] },
  // Less than the clock is moved by.
  session: { freshMinutes: 5 },
};

beforeAll(async () => {
  const database = await createTestDatabase();
  closers.push(() => database.drop());
  const port = await freePort();
  appUrl = `http://localhost:${port}`;
  const env = { DATABASE_URL: database.url ?? "", APP_URL: appUrl, ...movingClock };
  const parts = [
    closedAtTheEnd(startSocialServer(servers, { env, settings })),
    closedAtTheEnd(launchChromium()),
    buildWebApp(),
  ] as const;
  // Where one fails, the others are there to be closed.
  await Promise.allSettled(parts);
  const [started, launched, folder] = await Promise.all(parts);
  [{ server, idp }, browser] = [started, launched];
  await closedAtTheEnd(serveWebApp(folder, { port, apiUrl: server.url }));
});
beforeEach(async () => {
  home = await browser.visitor(appUrl);
  // The provider's pages ask for a font, and the machine may have no network.
  await home.context.route("https://fonts.googleapis.com/**", (route) => route.fulfill({ contentType: "text/css" }));
  page = await home.openTab();
});
afterEach(async () => {
  // Chromium notes every refusal as a fault.
  expect(home.faults.filter((fault) => !/responded with a status of 4\d\d/.test(fault))).toEqual([]);
  await home.context.close();
});
afterAll(async () => {
  for (const close of closers) await close();
});

async function closedAtTheEnd<T extends { close(): Promise<unknown> }>(starting: Promise<T>): Promise<T> {
  const part = await starting;
  closers.unshift(part.close);
  return part;
}

const heading = (name: string) => page.getByRole("heading", { name, exact: true }).waitFor();
const press = (name: string) => page.getByRole("button", { name, exact: true }).click();

/** At the provider: the name and any password, and that our app may know. */
async function signInThere(name: string): Promise<void> {
  await page.waitForURL(`${idp.issuer}/**`);
  await page.getByPlaceholder("Enter any login").fill(name);
  await page.getByPlaceholder("and password").fill("any");
  await press("Sign-in");
  await press("Continue");
  await page.waitForURL(`${appUrl}/**`);
}

function addPerson(name: string, username?: string): string {
  const email = `${name}@acme.test`;
  const claims = { email, email_verified: true, given_name: name[0]?.toUpperCase() + name.slice(1) };
  idp.people.set(name, { ...claims, ...(username ? { preferred_username: username } : {}) });
  return email;
}

async function signInAs(name: string): Promise<void> {
  await page.goto("/");
  await press("Sign in with Acme");
  await signInThere(name);
}

test("I press a button, sign in at the provider, and come back signed in, by a cookie that no script can read", async () => {
  const email = addPerson("ada", "ada");
  await page.goto("/");
  await heading("Sign in");
  await press("Sign in with Acme");
  await signInThere("ada");
  await heading("Hello Ada");
  expect(page.url()).toBe(`${appUrl}/`);
  await photograph(page, "social-web");

  const cookies = await home.context.cookies(appUrl);
  const session = cookies.find(({ name }) => name.endsWith("keywright-session"));
  expect(session).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
  expect(await page.evaluate("document.cookie")).toBe("");
  expect(cookies.filter(({ httpOnly }) => !httpOnly)).toEqual([]);
  const { data } = await get(server.url, "auth.session", { cookie: `${session?.name}=${session?.value}` });
  expect(data).toMatchObject({ user: { email, username: "ada", hasPassword: false } });

  await press("Sign out");
  await heading("Sign in");
});

test("what the provider has not said I am asked for, and then I am signed in", async () => {
  addPerson("bob");
  await signInAs("bob");
  await heading("Tell us a little more");
  expect(page.url()).toBe(`${appUrl}/`);
  expect(await page.getByRole("textbox").count()).toBe(1);
  await page.getByLabel("Username").fill("not a name");
  await press("Sign in");
  await page.getByText(english.INVALID, { exact: true }).waitFor();
  await photograph(page, "social-web-incomplete");
  await page.getByLabel("Username").fill("bob");
  await press("Sign in");
  await heading("Hello Bob");
});

test("if I change my mind at the provider, the page says so once, and I can sign in after all", async () => {
  addPerson("carol", "carol");
  await page.goto("/");
  await press("Sign in with Acme");
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.getByRole("alert").getByText(english.PROVIDER_REFUSED).waitFor();
  expect(page.url()).toBe(`${appUrl}/`);
  await photograph(page, "social-web-refused");
  await page.reload();
  await heading("Sign in");
  expect(await page.getByText(english.PROVIDER_REFUSED).count()).toBe(0);
  await press("Sign in with Acme");
  await signInThere("carol");
  await heading("Hello Carol");
});

test("I connect a second identity and disconnect it, and the last one stays", async () => {
  const [first, second] = [addPerson("dan", "dan"), addPerson("dan.work")];
  await signInAs("dan");
  await heading("Hello Dan");
  const connected = () => page.getByRole("article").filter({ hasText: "Disconnect" }).allTextContents();
  await expect.poll(connected).toEqual([`Acme ${first}Disconnect`]);
  // There, they are another person now.
  await home.context.clearCookies({ domain: new URL(idp.issuer).hostname });
  await press("Connect Acme for work");
  await signInThere("dan.work");
  await expect.poll(connected).toEqual([`Acme ${first}Disconnect`, `Acme for work ${second}Disconnect`]);
  await photograph(page, "social-web-connected");

  const remove = (email: string) => page.getByRole("article").filter({ hasText: email }).getByRole("button").click();
  await remove(second);
  await expect.poll(connected).toEqual([`Acme ${first}Disconnect`]);
  await remove(first);
  await page.getByRole("alert").getByText(english.LAST_SIGN_IN_METHOD).waitFor();
  expect(await connected()).toEqual([`Acme ${first}Disconnect`]);
});

test("long after my sign-in a mailed code says that I am still myself, and I set a password and disconnect", async () => {
  const email = addPerson("eve", "eve");
  await signInAs("eve");
  await heading("Hello Eve");
  await outliveAccessTokens(server);
  await page.getByLabel("New password").fill("correct horse battery");
  await press("Set a password");
  await page.getByRole("alert").getByText(english.REAUTHENTICATION_REQUIRED).waitFor();
  await page.getByLabel("The code that we mailed you").fill(await mailedCode(server, email));
  await press("Confirm that it is you");
  await page.getByText("Thank you. Please try again.").waitFor();
  await press("Set a password");
  await heading("Change password");
  await page.getByRole("article").filter({ hasText: "Disconnect" }).getByRole("button").click();
  await expect.poll(() => page.getByText("Disconnect").count()).toBe(0);
  expect(await page.getByRole("button", { name: "Connect Acme", exact: true }).count()).toBe(1);
});
