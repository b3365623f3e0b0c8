import type { CurrentSession } from "@keywright/client";
import { useKeywright, useSession } from "@keywright/client/react";
import { createElement, version } from "react";
import { renderToString } from "react-dom/server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { createPage, createVisit, inApp, type Page, signIn } from "../support/page.js";

let app: TestApp;
let page: Page;
let ada: TestUser;
let visit: ReturnType<typeof createVisit>;

beforeAll(async () => {
  app = await createTestApp();
  ada = await app.addUser();
  page = await createPage();
});
beforeEach(() => {
  visit = createVisit(app);
});
afterEach(() => {
  page.leave();
  expect(page.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await page.close();
  await app.close();
});

function Who() {
  const { status, user } = useSession();
  return user ? `${status} ${user.email}` : status;
}
const who = createElement(Who);

/** What every render was told. */
const seen: string[] = [];

function Noted() {
  seen.push(useSession().status);
  return null;
}

function Since() {
  const { user, session } = useSession();
  const dates = [user?.createdAt, user?.lastLoginAt, session?.createdAt, session?.lastSeenAt, session?.expiresAt];
  return `${dates.filter((date) => date instanceof Date && date.getTime() > 0).length} dates`;
}

function Config() {
  return typeof useKeywright().auth.config.query;
}

test("the hooks run on the React that this run is about", () => {
  expect(version.split(".")[0]).toBe(process.env.REACT_VERSION);
});

describe("a page that a server renders", () => {
  test("says loading without a session, asks nothing and signs nobody out", async () => {
    await signIn(visit.client, ada);
    visit.sent.length = 0;
    expect(renderToString(inApp({ client: visit.otherTab }, who))).toBe("loading");
    expect(visit.sent).toEqual([]);
    expect(visit.otherTab.session.get().status).toBe("loading");
    await expect(visit.otherTab.user.me.query()).resolves.toMatchObject({ email: ada.email });
  });

  test("says who it is for, and leaves no trace of it in a client that other visitors share", async () => {
    await signIn(visit.client, ada);
    const client = visit.otherTab;
    const initialSession = await visit.client.auth.session.query();
    expect(renderToString(inApp({ client, initialSession }, who))).toBe(`signedIn ${ada.email}`);
    expect(renderToString(inApp({ client, initialSession: null }, who))).toBe("signedOut");
    expect(renderToString(inApp({ client }, who))).toBe("loading");
  });

  test("is taken over without a mismatch or a question, and follows the session from then on", async () => {
    await signIn(visit.otherTab, ada);
    const initialSession = await visit.otherTab.auth.session.query();
    const { client } = visit;
    visit.sent.length = 0;
    page.hydrate(renderToString(inApp({ client, initialSession }, who)), inApp({ client, initialSession }, who));
    await vi.waitFor(() => expect(client.session.get().status).toBe("signedIn"));
    await page.shows(`signedIn ${ada.email}`);
    expect(visit.sent).toEqual([]);
    await client.auth.logout.mutate();
    await page.shows("signedOut");
  });

  test("is taken over as loading when it said so, and finds out in the browser", async () => {
    await signIn(visit.otherTab, ada);
    const { client } = visit;
    page.hydrate(renderToString(inApp({ client }, who)), inApp({ client }, who));
    expect(page.text()).toBe("loading");
    await page.shows(`signedIn ${ada.email}`);
  });

  test("is never loading in the browser when it says who is signed in", async () => {
    await signIn(visit.otherTab, ada);
    const initialSession = await visit.otherTab.auth.session.query();
    seen.length = 0;
    page.render(inApp({ client: visit.client, initialSession }, createElement(Noted)));
    await vi.waitFor(() => expect(visit.client.session.get().status).toBe("signedIn"));
    expect(new Set(seen)).toEqual(new Set(["signedIn"]));
  });

  test("is believed once: back from the browser's memory, it shows nobody before the server was asked", async () => {
    await signIn(visit.otherTab, ada);
    const initialSession = await visit.otherTab.auth.session.query();
    page.render(inApp({ client: visit.client, initialSession }, who));
    await vi.waitFor(() => expect(visit.client.session.get().status).toBe("signedIn"));
    const letGo = visit.hold();
    page.comeBack();
    await page.shows("loading");
    page.render(inApp({ client: visit.client, initialSession }, who, createElement(Who)));
    await page.shows("loadingloading");
    letGo();
    await page.shows(`signedIn ${ada.email}signedIn ${ada.email}`);
  });
});

describe("a page that a server renders anew", () => {
  const open = (initialSession: CurrentSession | null, text = "") =>
    page.render(inApp({ client: visit.client, initialSession }, who, createElement(Noted), text));

  test("C12: for me, asks and signs me in where it was rendered for nobody, and the other way round", async () => {
    open(null);
    await page.shows("signedOut");
    // As a server action does it: the browser's cookie changes, and the client has not heard of it.
    await signIn(visit.silent, ada);
    const current = await visit.silent.auth.session.query();
    visit.sent.length = 0;
    open(current);
    await page.shows(`signedIn ${ada.email}`);
    expect(visit.sent).toEqual(["auth.session"]);
    await visit.silent.auth.logout.mutate();
    open(null);
    await page.shows("signedOut");
  });

  test("C12: as it was before the last sign-in, as routers keep pages, asks and signs nobody out", async () => {
    open(null);
    await page.shows("signedOut");
    await signIn(visit.client, ada);
    open(await visit.client.auth.session.query(), ", anew");
    await page.shows(`signedIn ${ada.email}, anew`);
    seen.length = 0;
    visit.sent.length = 0;
    open(null);
    await expect.poll(() => visit.sent).toEqual(["auth.session"]);
    await page.shows(`signedIn ${ada.email}`);
    expect(seen).not.toContain("signedOut");
  });

  test("C12: with the same session in another object, or with the one that is known, asks nothing", async () => {
    open(null);
    await page.shows("signedOut");
    await signIn(visit.client, ada);
    const current = await visit.client.auth.session.query();
    visit.sent.length = 0;
    for (let times = 0; times < 3; times++) open(structuredClone(current));
    open(JSON.parse(JSON.stringify(current)));
    await page.shows(`signedIn ${ada.email}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(visit.sent).toEqual([]);
  });

  test("C25: with JSON, has dates all the same", async () => {
    await signIn(visit.otherTab, ada);
    const current = JSON.parse(JSON.stringify(await visit.otherTab.auth.session.query()));
    expect(renderToString(inApp({ client: visit.client, initialSession: current }, createElement(Since)))).toBe(
      "5 dates",
    );
  });
});

describe("a page in a browser", () => {
  test("asks once for all who want to know, and shows every change", async () => {
    page.render(inApp({ client: visit.client }, who, " and ", createElement(Who)));
    await page.shows("signedOut and signedOut");
    expect(visit.sent).toEqual(["auth.session"]);
    await signIn(visit.client, ada);
    await page.shows(`signedIn ${ada.email} and signedIn ${ada.email}`);
  });

  test("follows a sign-in and a sign-out in another tab", async () => {
    page.render(inApp({ client: visit.client }, who));
    await page.shows("signedOut");
    await signIn(visit.otherTab, ada);
    await page.shows(`signedIn ${ada.email}`);
    await visit.otherTab.auth.logout.mutate();
    await page.shows("signedOut");
  });

  test("has the typed client at hand, and says what is missing where there is no provider", () => {
    expect(renderToString(inApp({ client: visit.client }, createElement(Config)))).toBe("function");
    expect(() => renderToString(who)).toThrow("This hook of Keywright's needs a KeywrightProvider around it.");
  });
});
