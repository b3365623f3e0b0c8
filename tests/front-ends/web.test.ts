import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { contentsOf, launchChromium, type Page, photograph } from "../support/chromium.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { freePort } from "../support/free-port.js";
import { createServers, get, mailedLink, post, type ServerProcess } from "../support/server-process.js";
import { buildWebApp, serveWebApp } from "../support/web-app.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const password = "correct horse battery";
const servers = createServers();
const closers: (() => Promise<unknown>)[] = [() => servers.close()];
let database: TestDatabase;
let server: ServerProcess;
let browser: Awaited<ReturnType<typeof launchChromium>>;
let home: Awaited<ReturnType<typeof browser.visitor>>;
let appUrl: string;

beforeAll(async () => {
  database = await createTestDatabase();
  closers.push(() => database.drop());
  const port = await freePort();
  appUrl = `http://localhost:${port}`;
  const parts = [
    servers.start({ DATABASE_URL: database.url ?? "", APP_URL: appUrl }),
    closedAtTheEnd(launchChromium()),
    buildWebApp(),
  ] as const;
  // Where one fails, the others are there to be closed.
  await Promise.allSettled(parts);
  const [started, launched, folder] = await Promise.all(parts);
  [server, browser] = [started, launched];
  await closedAtTheEnd(serveWebApp(folder, { port, apiUrl: server.url }));
});
beforeEach(async () => {
  home = await browser.visitor(appUrl);
});
afterEach(async () => {
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

/** An account that has a name to look for, and the session of the program that made it. */
async function addPerson(firstName: string): Promise<{ email: string; cookie: string }> {
  const email = `${firstName.toLowerCase()}@example.com`;
  const { headers } = await post(server.url, "registration.register", { email, password, firstName });
  return { email, cookie: headers.get("set-cookie")?.split(";")[0] ?? "" };
}

async function signIn(page: Page, email: string): Promise<void> {
  await page.goto("/");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true }).waitFor();

async function expectNothingOf(page: Page, ...words: string[]): Promise<void> {
  const contents = await contentsOf(page);
  for (const word of words) expect(contents).not.toContain(word);
}

/** Playwright's own way waits for the load of a page that is not loaded again. */
async function goBack(page: Page): Promise<void> {
  await page.evaluate("void setTimeout(() => history.back())");
}

/** From a phone: no tab hears of it. */
async function endSessionsOf(email: string): Promise<void> {
  const bearer = { "keywright-transport": "bearer" };
  const { data } = await post(server.url, "auth.login", { email, password }, bearer);
  const { tokens } = z.object({ tokens: z.object({ accessToken: z.string() }) }).parse(data);
  await post(server.url, "auth.revokeOtherSessions", {}, { ...bearer, authorization: `Bearer ${tokens.accessToken}` });
}

test("I sign up, verify my address by the mailed link, fill in my profile, and sign in again", async () => {
  const email = "grace@example.com";
  const page = await home.openTab();
  await page.goto("/");
  await heading(page, "Sign in");
  await photograph(page, "1-sign-in");
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await photograph(page, "2-sign-up");
  await page.getByRole("button", { name: "Create an account" }).click();
  await heading(page, `Hello ${email}`);
  await photograph(page, "3-not-verified");

  await page.goto((await mailedLink(server, email)).href);
  await page.getByRole("button", { name: "Verify your e-mail address" }).click();
  await page.getByText("Your e-mail address is verified.").waitFor();
  await photograph(page, "4-verified");
  await page.getByRole("link", { name: "To your account" }).click();

  await page.getByLabel("First name").fill("Grace");
  await page.getByLabel("Last name").fill("Hopper");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Your profile was saved.").waitFor();
  await heading(page, "Hello Grace");
  expect(await page.getByLabel("First name").inputValue()).toBe("Grace");
  await photograph(page, "5-account");

  await page.getByRole("button", { name: "Sign out" }).click();
  await heading(page, "Sign in");
  await signIn(page, email);
  await heading(page, "Hello Grace");
  expect(await page.getByLabel("Last name").inputValue()).toBe("Hopper");
  expect(home.faults).toEqual([]);
});

test("a field that is refused says why, and so does the form", async () => {
  const page = await home.openTab();
  await page.goto("/sign-up");
  await page.getByLabel("E-mail").fill("eve@example.com");
  await page.getByLabel("Password").fill("12345678");
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByRole("alert").filter({ hasText: /./ }).waitFor();
  const field = page.getByLabel("Password");
  expect(await field.getAttribute("aria-invalid")).toBe("true");
  const description = page.locator(`[id="${await field.getAttribute("aria-describedby")}"]`);
  expect(await description.textContent()).toMatch(/password/i);
  await photograph(page, "6-refused");
});

test("a second tab's sign-in is followed by the first, and a sign-out in one leaves nothing in both", async () => {
  const { email } = await addPerson("Ada");
  const [first, second] = [await home.openTab(), await home.openTab()];
  const expectNothingOfMe = async () => {
    for (const page of [first, second]) await expectNothingOf(page, "Ada", email);
  };
  await first.goto("/");
  await heading(first, "Sign in");
  await signIn(second, email);
  await heading(second, "Hello Ada");
  await heading(first, "Hello Ada");
  await first.getByText("This device").waitFor();

  await first.getByRole("button", { name: "Sign out" }).click();
  await heading(first, "Sign in");
  await heading(second, "Sign in");
  await expectNothingOfMe();
  await photograph(second, "7-signed-out-in-the-other-tab");
  expect(home.faults).toEqual([]);
});

test("back shows nothing of mine after I have signed out, whoever comes next", async () => {
  const [mine, theirs] = [await addPerson("Edith"), await addPerson("Bob")];
  const [first, second] = [await home.openTab(), await home.openTab()];
  const expectNothingOfMe = async () => {
    for (const page of [first, second]) await expectNothingOf(page, "Edith", mine.email);
  };
  await signIn(first, mine.email);
  await heading(first, "Hello Edith");
  await first.goto(`${server.url}/`);
  await second.goto("/");
  await second.getByRole("button", { name: "Sign out" }).click();
  await heading(second, "Sign in");
  await goBack(first);
  await heading(first, "Sign in");
  await expectNothingOfMe();

  await signIn(second, theirs.email);
  await heading(second, "Hello Bob");
  await heading(first, "Hello Bob");
  await expectNothingOfMe();
  expect(home.faults).toEqual([]);
});

test("a device that I sign out from afar is out", async () => {
  const { email, cookie } = await addPerson("Ida");
  const page = await home.openTab();
  await signIn(page, email);
  await page.getByRole("article").filter({ hasText: "another device" }).getByRole("button").click();
  await expect.poll(() => page.getByRole("article").allTextContents()).toEqual(["Chrome on LinuxThis deviceEnd"]);
  expect((await get(server.url, "auth.session", { cookie })).data).toBeNull();
  expect(home.faults).toEqual([]);
});

test("back from the browser's memory shows nothing of mine before the server was asked", async () => {
  const { email } = await addPerson("Joan");
  const page = await home.openTab();
  await signIn(page, email);
  await heading(page, "Hello Joan");
  await page.evaluate(`addEventListener("pageshow", ({ persisted }) => {
    window.isRestored = persisted;
    requestAnimationFrame(() => { window.firstSeen = document.body.innerText; });
  })`);
  await page.goto(`${server.url}/`);
  await endSessionsOf(email);
  await goBack(page);
  await heading(page, "Sign in");
  expect(await page.evaluate("window.isRestored")).toBe(true);
  expect(await page.evaluate("window.firstSeen")).toBe("One moment …");
  await expectNothingOf(page, "Joan", email);
  expect(home.faults).toEqual([]);
});
