import { createKeywrightClient, type KeywrightClient, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { createBrowser } from "../support/browser.js";
import { refusal } from "../support/refusal.js";
import { latch } from "./client-phone.js";

let app: TestApp;
let ada: TestUser;
let bob: TestUser;
beforeAll(async () => {
  app = await createTestApp();
  ada = await app.addUser();
  bob = await app.addUser();
});
afterAll(() => app.close());

type Intercept = (path: string, answer: () => Promise<Response>) => Promise<Response>;

/** One browser with two tabs, which hear nothing of each other, and whose network can be tampered with. */
function openTabs() {
  const network: { intercept: Intercept } = { intercept: (_path, answer) => answer() };
  const sent: string[] = [];
  const { fetch } = createBrowser((request) => {
    const path = new URL(request.url).pathname.replace("/trpc/", "");
    sent.push(path);
    return network.intercept(path, () => app.handle(request, "127.0.0.1"));
  });
  const [tab, otherTab] = [1, 2].map(() => createKeywrightClient({ url: publicUrl, fetch }));
  if (!tab || !otherTab) throw new Error("There are two tabs.");
  return { tab, otherTab, network, sent };
}

const signIn = (client: KeywrightClient, { email, password }: TestUser) =>
  client.auth.login.mutate({ email, password });
const emailIn = ({ session }: KeywrightClient) => session.get().user?.email ?? session.get().status;

/** Done by the server, whose cookie the browser has; and then the rest of the answer does not come. */
async function cutOff(response: Response, cut: Promise<unknown> = Promise.resolve()): Promise<Response> {
  const body = new ReadableStream({
    start: (controller) => void cut.then(() => controller.error(new TypeError("network error"))),
  });
  return new Response(body, { status: response.status, headers: response.headers });
}
const lost: Intercept = async (_path, answer) => cutOff(await answer());

describe("C15: a call whose answer is lost", () => {
  test("and that has signed somebody in is found out about", async () => {
    const { tab, network } = openTabs();
    const stop = tab.session.subscribe(() => {});
    await tab.session.refresh();
    network.intercept = (path, answer) => (path === "auth.login" ? lost(path, answer) : answer());
    await expect(signIn(tab, ada)).rejects.toThrow("network error");
    await expect.poll(() => emailIn(tab)).toBe(ada.email);
    stop();
  });

  test("and that has signed somebody out is found out about", async () => {
    const { tab, network } = openTabs();
    const stop = tab.session.subscribe(() => {});
    await signIn(tab, ada);
    network.intercept = (path, answer) => (path === "auth.logout" ? lost(path, answer) : answer());
    await expect(tab.auth.logout.mutate()).rejects.toThrow("network error");
    await expect.poll(() => emailIn(tab)).toBe("signedOut");
    stop();
  });

  test("because it was given up is found out about", async () => {
    const { tab, network } = openTabs();
    const stop = tab.session.subscribe(() => {});
    await tab.session.refresh();
    const [reached, cut] = [latch(), latch()];
    network.intercept = async (path, answer) => {
      if (path !== "auth.login") return answer();
      const response = await cutOff(await answer(), cut.opened);
      setTimeout(reached.open);
      return response;
    };
    const stopper = new AbortController();
    const { email, password } = ada;
    const call = tab.auth.login.mutate({ email, password }, { signal: stopper.signal });
    await reached.opened;
    // As a browser does it for `fetch`.
    stopper.abort();
    cut.open();
    await expect(call).rejects.toThrow();
    await expect.poll(() => emailIn(tab)).toBe(ada.email);
    stop();
  });

  test("and that is none of ours asks nothing", async () => {
    const { tab, network, sent } = openTabs();
    const stop = tab.session.subscribe(() => {});
    await signIn(tab, ada);
    network.intercept = lost;
    sent.length = 0;
    await expect(tab.user.update.mutate({ firstName: "Countess" })).rejects.toThrow("network error");
    expect(sent).toEqual(["user.update"]);
    stop();
  });
});

describe("C14: a sign-out that is answered after somebody else has signed in", () => {
  test("leaves them as the server has them", async () => {
    const { tab, network } = openTabs();
    const stop = tab.session.subscribe(() => {});
    await signIn(tab, ada);
    const [reached, gate] = [latch(), latch()];
    network.intercept = async (path, answer) => {
      if (path !== "auth.logout") return answer();
      reached.open();
      const response = await answer();
      await gate.opened;
      // The browser has dropped the cookie that this answer was to remove: it has been replaced meanwhile.
      return new Response(response.body, { status: response.status, headers: { "content-type": "application/json" } });
    };
    const out = tab.auth.logout.mutate();
    await reached.opened;
    await signIn(tab, bob);
    gate.open();
    await out;
    await tab.session.refresh();
    expect(emailIn(tab)).toBe(bob.email);
    stop();
  });
});

describe("C19: a tab that has not heard of another's sign-in", () => {
  const mutations: [string, (tab: KeywrightClient) => Promise<unknown>][] = [
    ["user.update", (tab) => tab.user.update.mutate({ firstName: "Mallory" })],
    ["auth.revokeOtherSessions", (tab) => tab.auth.revokeOtherSessions.mutate()],
    ["user.delete", (tab) => tab.user.delete.mutate({ password: bob.password })],
    ["auth.logout", (tab) => tab.auth.logout.mutate()],
  ];

  test.each(mutations)("does nothing in their name, and follows them: %s", async (_path, make) => {
    const { tab, otherTab } = openTabs();
    const stop = tab.session.subscribe(() => {});
    await signIn(tab, ada);
    await signIn(otherTab, bob);
    expect(reasonOf(await refusal(make(tab)))).toBe("SESSION_CHANGED");
    await expect.poll(() => emailIn(tab)).toBe(bob.email);
    expect(await otherTab.user.me.query()).toMatchObject({ email: bob.email, firstName: "" });
    stop();
  });

  test("may sign in as whoever it wants", async () => {
    const { tab, otherTab } = openTabs();
    await signIn(tab, ada);
    await signIn(otherTab, bob);
    expect(await signIn(tab, ada)).toMatchObject({ user: { email: ada.email } });
    expect(await tab.user.update.mutate({ firstName: "Ada" })).toMatchObject({ firstName: "Ada" });
  });
});

describe("C24: an app's own answer that looks like a user", () => {
  test("is not taken for who is signed in", async () => {
    const { tab, network } = openTabs();
    await signIn(tab, ada);
    const { user } = tab.session.get();
    const card = { ...user, firstName: "Only on her card" };
    network.intercept = async () => Response.json({ result: { data: { json: card } } });
    await Reflect.get(tab, "cards").mine.mutate();
    expect(tab.session.get().user).toEqual(user);
  });
});

test("a refusal on its way when somebody signs in takes their cookie away, and the page finds out", async () => {
  const { tab, network } = openTabs();
  const stop = tab.session.subscribe(() => {});
  await signIn(tab, ada);
  await (await app.signedIn(ada)).auth.revokeOtherSessions.mutate();
  const [refused, gate] = [latch(), latch()];
  network.intercept = async (path, answer) => {
    const response = await answer();
    if (path !== "user.me") return response;
    refused.open();
    await gate.opened;
    return response;
  };
  const late = refusal(tab.user.me.query());
  await refused.opened;
  await signIn(tab, bob);
  gate.open();
  expect(reasonOf(await late)).toBe("NOT_AUTHENTICATED");
  await expect.poll(() => emailIn(tab)).toBe("signedOut");
  stop();
});
