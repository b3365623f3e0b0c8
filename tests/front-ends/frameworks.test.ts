import { english } from "@keywright/client/messages";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { launchChromium, type Page } from "../support/chromium.js";
import { createTestDatabase } from "../support/database.js";
import { freePort } from "../support/free-port.js";
import { createServers, post, type ServerProcess } from "../support/server-process.js";
import { buildWebApp, serveWebApp } from "../support/web-app.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const frameworks = ["vue", "svelte", "solid"] as const;
const ada = { email: "ada@example.com", password: "correct horse battery", firstName: "Ada" };
const servers = createServers();
const closers: (() => Promise<unknown>)[] = [() => servers.close()];
let server: ServerProcess;
let browser: Awaited<ReturnType<typeof launchChromium>>;
let home: Awaited<ReturnType<typeof browser.visitor>>;
let appUrl: string;

beforeAll(async () => {
  const database = await createTestDatabase();
  closers.push(() => database.drop());
  const port = await freePort();
  appUrl = `http://localhost:${port}`;
  const parts = [
    servers.start({ DATABASE_URL: database.url ?? "", APP_URL: appUrl }),
    closedAtTheEnd(launchChromium()),
    buildWebApp("frameworks"),
  ] as const;
  // Where one fails, the others are there to be closed.
  await Promise.allSettled(parts);
  const [started, launched, folder] = await Promise.all(parts);
  [server, browser] = [started, launched];
  await closedAtTheEnd(serveWebApp(folder, { port, apiUrl: server.url }));
  await post(server.url, "registration.register", ada);
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

const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true }).waitFor();

async function signIn(page: Page, password: string): Promise<void> {
  await page.getByLabel("E-mail").fill(ada.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test.each(frameworks)("the page made with %s shows who is signed in, and signs in and out", async (name) => {
  const page = await home.openTab();
  await page.goto(`/${name}.html`);
  await heading(page, "Sign in");
  await signIn(page, "battery horse correct");
  await page.getByRole("alert").filter({ hasText: english.INVALID_CREDENTIALS }).waitFor();
  await signIn(page, ada.password);
  await heading(page, "Hello Ada");
  expect(await page.getByRole("alert").textContent()).toBe("");
  await page.reload();
  await heading(page, "Hello Ada");
  await page.getByRole("button", { name: "Sign out" }).click();
  await heading(page, "Sign in");
});

test("pages of three frameworks follow a sign-in in one of them, and a sign-out in another", async () => {
  const pages = await Promise.all(frameworks.map(() => home.openTab()));
  await Promise.all(pages.map((page, index) => page.goto(`/${frameworks[index]}.html`)));
  const [first, , last] = pages;
  if (first) await signIn(first, ada.password);
  for (const page of pages) await heading(page, "Hello Ada");
  await last?.getByRole("button", { name: "Sign out" }).click();
  for (const page of pages) await heading(page, "Sign in");
  expect(home.faults).toEqual([]);
});
