import {
  type ActionCookie,
  type KeywrightContext,
  mountAuth,
  refusalOf,
  transformer,
  userProcedure,
} from "@keywright/api";
import { createKeywrightClient } from "@keywright/client";
import { initTRPC } from "@trpc/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { createBrowser } from "../support/browser.js";
import { refusal } from "../support/refusal.js";

/** An app's own root, with its own formatter, called on the server itself. */
const t = initTRPC.context<KeywrightContext>().create({ transformer });
const signedIn = t.procedure.concat(userProcedure);
const notes: string[] = [];
const router = t.router({
  ...mountAuth(t),
  notes: t.router({
    mine: signedIn.query(({ ctx }) => notes.filter((note) => note.startsWith(ctx.user.id))),
    add: signedIn.mutation(({ ctx }) => notes.push(`${ctx.user.id} was here`)),
  }),
});
const callerOf = t.createCallerFactory(router);

/** What a browser sends when somebody follows a link on another site. */
const byLink = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "user-agent": "Browser" };

const thrownReason = async (call: Promise<unknown>) => refusalOf(await refusal(call)).reason;

let app: TestApp;
let ada: TestUser;
let cookie: string;
beforeAll(async () => {
  app = await createTestApp();
  ada = await app.addUser();
  cookie = await cookieOf(ada);
});
afterAll(() => app.close());

/** The `Cookie` header of a browser in which somebody has signed in. */
async function cookieOf({ email, password }: TestUser): Promise<string> {
  const { fetch, jar } = createBrowser((request) => app.handle(request, "127.0.0.1"));
  await createKeywrightClient({ url: publicUrl, fetch }).auth.login.mutate({ email, password });
  return [...jar].map((pair) => pair.join("=")).join("; ");
}

const reading = async (headers: Record<string, string>) =>
  callerOf(await app.keywright.contextOf(new Headers(headers), "203.0.113.7"));

describe("a page rendered on the server", () => {
  test("H6: who follows another site's link is signed in there", async () => {
    const page = await reading({ ...byLink, cookie });
    expect(await page.auth.session()).toMatchObject({ user: { email: ada.email } });
    expect(await page.notes.mine()).toEqual([]);
    expect(await page.user.me()).toMatchObject({ username: ada.username });
  });

  test("a visitor, and a browser with an ended session, are nobody", async () => {
    const stranger = await reading(byLink);
    expect(await stranger.auth.session()).toBeNull();
    expect(await thrownReason(stranger.notes.mine())).toBe("NOT_AUTHENTICATED");
    const ended = cookie.replace(/kws_[\w-]{5}/, "kws_ended");
    expect(await (await reading({ cookie: ended })).auth.session()).toBeNull();
  });

  test("costs one statement, however much of it asks who is there", async () => {
    const { statements } = await app.costOf(async () => {
      const page = await reading({ ...byLink, cookie });
      await Promise.all([page.auth.session(), page.user.me(), page.notes.mine()]);
    });
    expect(statements).toHaveLength(1);
  });

  test.for<[what: string, headers: Record<string, string>]>([
    ["from the app's own page", { origin: publicUrl, "sec-fetch-site": "same-origin" }],
    ["by another site's link", byLink],
    ["with the header of a program that has tokens", { ...byLink, "keywright-transport": "bearer" }],
  ])("changes nothing, whoever comes %s", async ([, headers]) => {
    const page = await reading({ ...headers, cookie });
    expect(await thrownReason(page.auth.logout())).toBe("FORBIDDEN");
    expect(await thrownReason(page.user.update({ firstName: "Eve" }))).toBe("FORBIDDEN");
    expect(await thrownReason(page.notes.add())).toBe("FORBIDDEN");
    expect(await thrownReason(page.registration.register({ email: "new@example.com" }))).toBe("FORBIDDEN");
    expect(notes).toEqual([]);
    expect(await page.user.me()).toMatchObject({ firstName: "" });
  });
});

describe("a server action", () => {
  const set: [name: string, value: string, attributes: ActionCookie][] = [];
  const acting = async (headers: Record<string, string>) => {
    set.length = 0;
    const cookies = { set: (...cookie: [string, string, ActionCookie]) => set.push(cookie) };
    return callerOf(await app.keywright.actionContext({ headers: new Headers(headers), cookies }));
  };

  test("H7: the cookie of a sign-up reaches the browser, which is signed in with it", async () => {
    const action = await acting({ origin: publicUrl });
    const email = "from-an-action@example.com";
    const answer = await action.registration.register({ email, password: "correct horse" });
    expect(answer).toMatchObject({ status: "signed_in", tokens: null });
    const [name, value, attributes] = set[0] ?? [];
    expect(attributes).toMatchObject({ path: "/", httpOnly: true, sameSite: "lax", maxAge: expect.any(Number) });
    const page = await reading({ cookie: `${name}=${value}` });
    expect(await page.auth.session()).toMatchObject({ user: { email } });
  });

  test("a sign-out removes the cookie", async () => {
    const browser = await cookieOf(ada);
    const action = await acting({ origin: publicUrl, cookie: browser });
    await action.auth.logout();
    expect(set).toContainEqual([
      expect.stringContaining("session"),
      "",
      expect.objectContaining({ maxAge: 0, path: "/" }),
    ]);
    expect(await (await reading({ cookie: browser })).auth.session()).toBeNull();
  });

  test.for<[what: string, headers: Record<string, string>]>([
    ["another site's", { origin: "https://evil.example" }],
    ["another site's, with a fetch header of ours", { origin: "null", "sec-fetch-site": "cross-site" }],
    ["none, as at the rendering of a page", {}],
    ["none, though the browser says that it is ours", { "sec-fetch-site": "same-origin" }],
  ])("is refused with an origin that is %s", async ([, headers]) => {
    expect(await thrownReason(acting({ ...headers, cookie }))).toBe("FORBIDDEN");
    expect(set).toEqual([]);
  });

  test("always answers by cookie, whatever the request asks for", async () => {
    const action = await acting({ origin: publicUrl, "keywright-transport": "bearer" });
    const answer = await action.auth.login({ email: ada.email, password: ada.password });
    expect(answer).toMatchObject({ status: "signed_in", tokens: null });
    expect(set.length).toBeGreaterThan(0);
  });
});
