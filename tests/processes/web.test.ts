import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { contentsOf, launchChromium, type Page, photograph } from "../support/chromium.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { createServers, mailedLink, post, type ServerProcess } from "../support/server-process.js";
import { buildWebApp, freePort, serveWebApp } from "../support/web-app.js";

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
  const [started, launched, built] = await Promise.all([
    servers.start({ DATABASE_URL: database.url ?? "", APP_URL: appUrl }),
    launchChromium(),
    buildWebApp(),
  ]);
  [server, browser] = [started, launched];
  closers.unshift(launched.close, built.close);
  const served = await serveWebApp(built.folder, { port, apiUrl: server.url });
  closers.unshift(served.close);
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

/** An account that has a name to look for. */
async function addPerson(firstName: string): Promise<string> {
  const email = `${firstName.toLowerCase()}@example.com`;
  await post(server.url, "registration.register", { email, password, firstName });
  return email;
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
  await page.getByText("Your profile is saved.").waitFor();
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

test("a second tab's sign-in is followed by the first, and after my sign-out nobody finds anything of me", async () => {
  const [mine, theirs] = [await addPerson("Ada"), await addPerson("Bob")];
  const [first, second] = [await home.openTab(), await home.openTab()];
  const expectNothingOfMe = async () => {
    for (const page of [first, second]) await expectNothingOf(page, "Ada", mine);
  };
  await first.goto("/");
  await heading(first, "Sign in");
  await signIn(second, mine);
  await heading(second, "Hello Ada");
  await heading(first, "Hello Ada");
  await first.getByText("This device").waitFor();

  await first.getByRole("button", { name: "Sign out" }).click();
  await heading(first, "Sign in");
  await heading(second, "Sign in");
  await expectNothingOfMe();
  await photograph(second, "7-signed-out-in-the-other-tab");

  await signIn(second, theirs);
  await heading(second, "Hello Bob");
  await heading(first, "Hello Bob");
  await expectNothingOfMe();
  expect(home.faults).toEqual([]);
});

test("a device that I sign out from afar is out, and finds it out when it is looked at", async () => {
  const email = await addPerson("Ida");
  const [page, elsewhere] = [await home.openTab(), await browser.visitor(appUrl)];
  const away = await elsewhere.openTab();
  await signIn(away, email);
  await heading(away, "Hello Ida");
  await signIn(page, email);
  await page.getByRole("article").filter({ hasText: "Since" }).filter({ hasText: "Linux" }).getByRole("button").click();
  await expect.poll(() => page.getByRole("article").filter({ hasText: "Linux" }).count()).toBe(1);
  await away.reload();
  await heading(away, "Sign in");
  await elsewhere.context.close();
  expect(home.faults).toEqual([]);
});

test("back shows nothing of mine after I have signed out", async () => {
  const email = await addPerson("Edith");
  const [page, other] = [await home.openTab(), await home.openTab()];
  await signIn(page, email);
  await heading(page, "Hello Edith");
  await page.goto(`${server.url}/`);
  await other.goto("/");
  await other.getByRole("button", { name: "Sign out" }).click();
  await heading(other, "Sign in");
  await goBack(page);
  await heading(page, "Sign in");
  await expectNothingOf(page, "Edith", email);
  expect(home.faults).toEqual([]);
});

test("back from the browser's memory shows nothing of mine before the server was asked", async () => {
  const email = await addPerson("Joan");
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
