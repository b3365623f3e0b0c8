import { get } from "node:http";
import { afterAll, expect, test, vi } from "vitest";
import { playSecondAct } from "../../examples/demo/src/second-act.js";
import { playSocialAct } from "../../examples/demo/src/social-act.js";
import { playFirstAct } from "../../examples/demo/src/story.js";
import { createTourBrowser } from "../../examples/demo/src/tour-browser.js";
import { createTestDatabase } from "../support/database.js";
import { createServers } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
afterAll(() => servers.close());

test("the demo plays the life of an account against a server that runs, step by step", async () => {
  const database = await createTestDatabase();
  const { url } = await servers.start({ DATABASE_URL: database.url ?? "" });
  const steps: string[] = [];
  const account = await playFirstAct(url, (step) => steps.push(step));
  await playSecondAct(url, (step) => steps.push(step), account);
  const procedures = [
    "registration.register",
    "registration.verifyEmail",
    "auth.login",
    "password.reset",
    "password.change on the laptop",
    "auth.logout",
  ];
  expect(steps).toEqual(expect.arrayContaining(procedures));
  await servers.close();
  await database.drop();
});

test("the demo of social sign-in plays against a server without settings, step by step", async () => {
  const { url } = await servers.start();
  const steps: string[] = [];
  await playSocialAct(url, (step) => steps.push(step));
  const procedures = ["social.providers", "social.start", "social.login with the code", "user.delete"];
  expect(steps).toEqual(expect.arrayContaining(procedures));
  const page = `${url}/dev/sign-in?state=s&code_challenge=c`;
  const shown = await (await fetch(`${page}${encodeURIComponent('"><script>')}`)).text();
  expect(shown).not.toContain("<script>");
  const unfilled = await fetch(page, { method: "POST", body: new URLSearchParams({ email: "x" }) });
  expect(unfilled.status).toBe(400);
  // Another site's name for this machine: `fetch` would not let us say it.
  expect(await statusAs("evil.test", page)).toBe(403);

  const browser = createTourBrowser(url);
  expect(await (await browser.open(url)).text()).toContain("Try social sign-in");
  const trial = `${url}/dev/try-sign-in`;
  const toProvider = (await browser.open(trial, { method: "POST" })).headers.get("location") ?? "";
  const place = await browser.signInAs(toProvider, { email: "grace@example.com", name: "Grace" });
  expect(await (await browser.open(place)).text()).toContain("signed in as grace@example.com, not verified");

  const presses = await Promise.all(Array.from({ length: 130 }, () => browser.open(trial, { method: "POST" })));
  const last = presses.map(({ headers }) => headers.get("location")).find((to) => to?.includes("error"));
  expect(last).toBe("/dev/try-sign-in?error=RATE_LIMITED");
  expect(await (await browser.open(`${url}${last}`)).text()).toContain("The sign-in was refused: RATE_LIMITED.");
  await servers.close();
});

async function statusAs(host: string, url: string): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    get(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
}
