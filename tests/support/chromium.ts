import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium, type Page } from "playwright-core";

const finder = fileURLToPath(new URL("../../.ci/chromium.mjs", import.meta.url));
const artefacts = fileURLToPath(new URL("../artefacts/", import.meta.url));

// Keeps off the network, and in its sandbox where possible.
const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"];
const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

/** The machine's own browser, headless. Fails if there is none. */
export async function launchChromium() {
  const { stdout } = await promisify(execFile)(process.execPath, [finder]);
  const browser = await chromium.launch({
    executablePath: stdout.trim(),
    args: [...quiet, "--disable-sync", "--disable-gpu", ...asRoot],
    // People's browsers have it: a page comes back as it was left.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
  await mkdir(artefacts, { recursive: true });

  /** The browser of somebody who has never been here before. */
  async function visitor(baseURL: string) {
    const context = await browser.newContext({ baseURL, viewport: { width: 800, height: 900 } });
    context.setDefaultTimeout(15_000);
    const faults: string[] = [];
    context.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    context.on("weberror", (fault) => faults.push(String(fault.error())));
    return { context, openTab: () => context.newPage(), /** Errors in any tab. */ faults };
  }

  return { visitor, close: () => browser.close() };
}

/** Saved next to the tests, for people to look at. */
export async function photograph(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${artefacts}${name}.png`, fullPage: true });
}

/** Everything on a page that somebody could see: its text, its attributes, and what is typed into its fields. */
export async function contentsOf(page: Page): Promise<string> {
  const typed = await page.evaluate("[...document.querySelectorAll('input')].map(({ value }) => value).join()");
  return `${await page.content()} ${typed}`;
}

export type { Page };
