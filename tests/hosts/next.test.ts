import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectations } from "./expectations.js";
import { type HostCommand, type RunningHost, startHost } from "./host-process.js";
import { buildNextApp, copyNextApp, nextProgram, removeNextApp } from "./next-app.js";

function served(cwd: string, command: string): HostCommand {
  const args = [nextProgram, command, "-p", "PORT", "-H", "127.0.0.1"];
  return { command: process.execPath, args, cwd, trpc: "/trpc" };
}

const password = "correct horse battery";

describe.each([
  ["webpack", []],
  ["Turbopack", ["--turbopack"]],
])("H1: Next 15, built by %s", (_name, flags) => {
  let folder: string;
  let build: Awaited<ReturnType<typeof buildNextApp>>;
  let host: RunningHost;
  beforeAll(async () => {
    folder = await copyNextApp();
    build = await buildNextApp(folder, flags);
    if (build.code !== 0) throw new Error(build.output);
    host = await startHost(served(folder, "start"));
  }, 400_000);
  afterAll(async () => {
    await host.close();
    await removeNextApp(folder);
  });

  test("H3, H4: is built without a database, and connects to nothing", () => {
    expect([build.code, build.connections]).toEqual([0, 0]);
  });

  expectations(() => host);

  test("H6: a page is rendered for who follows another site's link", async () => {
    const cookie = await signedInBy(host, "linked@example.com");
    const headers = { cookie, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    const page = await (await fetch(host.origin, { headers })).text();
    expect(textOf(page)).toContain("You are signed in as linked@example.com. A post of linked@example.com");
    expect(await (await fetch(host.origin)).text()).toContain("Sign in");
  });

  test("H7: a server action signs in and out, in the browser that posted it", async () => {
    await register(host, "actor@example.com");
    const credentials = { email: "actor@example.com", password };
    const answer = await submit(host, { origin: host.origin }, credentials);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/"]);
    const cookie = cookieOf(answer);
    const page = await (await fetch(host.origin, { headers: { cookie } })).text();
    expect(textOf(page)).toContain("You are signed in as actor@example.com.");
    const out = await submit(host, { origin: host.origin, cookie }, {});
    expect(out.headers.getSetCookie().join()).toMatch(/keywright-session=;.*Max-Age=0/i);
    expect(await (await fetch(host.origin, { headers: { cookie } })).text()).not.toContain("You are signed in");
  });

  test("H7: a server action of a page that is not ours sets no cookie", async () => {
    await register(host, "victim@example.com");
    const credentials = { email: "victim@example.com", password };
    for (const headers of [{}, { origin: "https://evil.test" }]) {
      const answer = await submit(host, headers, credentials);
      expect(answer.status).toBe(500);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });
});

describe("next dev", () => {
  let folder: string;
  let host: RunningHost;
  beforeAll(async () => {
    folder = await copyNextApp();
    host = await startHost(served(folder, "dev"));
  }, 120_000);
  afterAll(async () => {
    await host.close();
    await removeNextApp(folder);
  });

  test("H5: seven edits leave one Keywright running", async () => {
    const module = join(folder, "lib/router.ts");
    const text = await readFile(module, "utf8");
    const cookie = await signedInBy(host, "editor@example.com");
    await showing(host, cookie, "A post of");
    const before = await host.connections();
    for (let edit = 1; edit <= 7; edit++) {
      await writeFile(module, text.replaceAll("A post of", `Post ${edit} of`));
      await showing(host, cookie, `Post ${edit} of`);
    }
    expect(before).toBeGreaterThan(0);
    // Page, procedure and mail have one each at most at the same time; seven more Keywrights would have seven more at least.
    expect(await host.connections()).toBeLessThan(before + 7);
  }, 200_000);
});

/** Waits until the page and the procedure both show an edit. */
async function showing({ origin }: RunningHost, cookie: string, text: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  const pages = [origin, `${origin}/trpc/posts.mine`];
  for (;;) {
    const shown = await Promise.all(pages.map(async (url) => (await fetch(url, { headers: { cookie } })).text()));
    if (shown.every((page) => page.includes(text))) return;
    if (performance.now() > deadline) throw new Error(`${text} is not shown: ${shown.join("\n")}`);
    await sleep(100);
  }
}

function call({ origin, trpc }: RunningHost, path: string, input: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${origin}${trpc}/${path}`, { method: "POST", headers, body: JSON.stringify({ json: input }) });
}

async function register(host: RunningHost, email: string): Promise<void> {
  expect((await call(host, "registration.register", { email, password })).status).toBe(200);
}

async function signedInBy(host: RunningHost, email: string): Promise<string> {
  await register(host, email);
  return cookieOf(await call(host, "auth.login", { email, password }));
}

function cookieOf({ headers }: Response): string {
  return headers
    .getSetCookie()
    .map((text) => text.split(";")[0])
    .join("; ");
}

/** Sends the form of the page as a browser without scripts does. */
async function submit(
  { origin }: RunningHost,
  headers: Record<string, string>,
  fields: Record<string, string>,
): Promise<Response> {
  const { cookie = "" } = headers;
  const page = await (await fetch(origin, { headers: { cookie } })).text();
  const form = new FormData();
  for (const [, name = "", value = ""] of page.matchAll(/<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g)) {
    form.append(name, value.replaceAll("&quot;", '"'));
  }
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return await fetch(origin, { method: "POST", headers, body: form, redirect: "manual" });
}

/** What a reader sees: without tags, and the comments that React writes between texts. */
function textOf(page: string): string {
  return page
    .replaceAll(/<!--.*?-->/g, "")
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+([.,])?/g, " $1");
}
