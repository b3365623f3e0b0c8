import { safe } from "@keywright/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { createPhone, latch, noNetwork } from "./client-phone.js";

let app: TestApp;
let ada: TestUser;
let bob: TestUser;
beforeAll(async () => {
  app = await createTestApp();
  ada = await app.addUser({ email: "ada@example.com" });
  bob = await app.addUser({ email: "bob@example.com" });
});
afterAll(() => app.close());

/** A client with its states written down: the status, and whose it is. */
function watched() {
  const phone = createPhone(app);
  const { session } = phone.client;
  const seen: string[] = [];
  const stop = session.subscribe(() => {
    const { status, user } = session.get();
    seen.push(user ? `${status} ${user.email}` : status);
  });
  return { ...phone, session, seen, stop };
}

let tab: ReturnType<typeof watched>;
/** Nobody is signed in, and the tab knows. */
beforeEach(async () => {
  tab = watched();
  await tab.session.refresh();
  tab.seen.splice(0);
  tab.sent();
});
afterEach(() => tab.stop());

const signIn = ({ email, password }: TestUser) => tab.client.auth.login.mutate({ email, password });
const settled = () => tab.session.refresh();

describe("what the store says", () => {
  test("is loading until the server has been asked, and then that nobody is signed in", async () => {
    const fresh = watched();
    expect(fresh.session.get()).toEqual({
      status: "loading",
      user: null,
      session: null,
      error: null,
      isRefreshing: false,
    });
    await fresh.session.refresh();
    expect(fresh.seen).toEqual(["signedOut"]);
    expect(fresh.sent()).toEqual(["auth.session"]);
    fresh.stop();
  });

  test("changes with a sign-in, without asking again", async () => {
    await signIn(ada);
    expect(tab.seen).toEqual(["signedIn ada@example.com"]);
    expect(tab.session.get().session).toMatchObject({ current: true, createdAt: expect.any(Date) });
    expect(tab.sent()).toEqual(["auth.login"]);
  });

  test("changes with each way out", async () => {
    await signIn(ada);
    await tab.client.auth.logout.mutate();
    await signIn(bob);
    await tab.client.user.archive.mutate({ password: bob.password });
    await signIn(bob);
    expect(tab.seen).toEqual([
      "signedIn ada@example.com",
      "signedOut",
      "signedIn bob@example.com",
      "signedOut",
      "signedIn bob@example.com",
    ]);
  });

  test("is that nobody is signed in, once the server says so to any call", async () => {
    await signIn(ada);
    const other = await app.signedIn(ada);
    await other.auth.revokeOtherSessions.mutate();
    await Promise.all([refusal(tab.client.user.me.query()), refusal(tab.client.auth.sessions.query())]);
    expect(tab.seen).toEqual(["signedIn ada@example.com", "signedOut"]);
  });

  test("has the user as they were changed", async () => {
    await signIn(ada);
    await tab.client.user.update.mutate({ firstName: "Augusta" });
    expect(tab.session.get().user).toMatchObject({ firstName: "Augusta" });
    const before = tab.session.get();
    await tab.client.user.me.query();
    expect(tab.session.get()).toBe(before);
  });

  test("is asked for again after what may have changed it", async () => {
    await signIn(ada);
    const { id } = tab.session.get().session ?? { id: "" };
    await tab.client.auth.revokeSession.mutate({ id });
    await settled();
    expect(tab.seen.at(-1)).toBe("signedOut");
  });

  test("stays what it was where the network fails, and the caller is told", async () => {
    await signIn(ada);
    tab.network.intercept = noNetwork;
    const [, failure] = await safe(tab.client.user.me.query());
    expect(failure?.data).toBeUndefined();
    await expect(tab.session.refresh()).rejects.toThrow("fetch failed");
    expect(tab.session.get().status).toBe("signedIn");
  });

  test("is what a page was rendered with, until more is known", async () => {
    const current = await (await app.signedIn(ada)).auth.session.query();
    const { session } = createPhone(app).client;
    session.seed(current);
    expect(session.get().user?.email).toBe(ada.email);
    session.seed(null);
    expect(session.get().user?.email).toBe(ada.email);
    expect((await session.refresh()).status).toBe("signedOut");
  });
});

describe("a question that is under way", () => {
  test("is one for all who want to know", async () => {
    const states = await Promise.all([1, 2, 3].map(() => tab.session.refresh()));
    expect(new Set(states).size).toBe(1);
    expect(tab.sent()).toEqual(["auth.session"]);
  });

  test.for(["a sign-out", "a sign-in"])("is overtaken by %s: its answer undoes nothing", async (event) => {
    if (event === "a sign-out") await signIn(ada);
    const [reached, gate] = [latch(), latch()];
    tab.network.intercept = async (path, answer) => {
      const response = await answer();
      if (path !== "auth.session") return response;
      reached.open();
      await gate.opened;
      return response;
    };
    const asked = tab.session.refresh();
    await reached.opened;
    if (event === "a sign-out") await tab.client.auth.logout.mutate();
    else await signIn(ada);
    const after = tab.session.get();
    gate.open();
    expect(await asked).toBe(after);
    expect(tab.session.get().status).toBe(event === "a sign-out" ? "signedOut" : "signedIn");
  });

  test("about the user is overtaken by a change: what it answers late undoes nothing", async () => {
    await signIn(ada);
    const [reached, gate] = [latch(), latch()];
    tab.network.intercept = async (path, answer) => {
      const response = await answer();
      if (path !== "user.me") return response;
      reached.open();
      await gate.opened;
      return response;
    };
    const asked = tab.client.user.me.query();
    await reached.opened;
    await tab.client.user.update.mutate({ firstName: "Countess" });
    gate.open();
    expect((await asked).firstName).not.toBe("Countess");
    expect(tab.session.get().user?.firstName).toBe("Countess");
  });

  test("that was refused before somebody signed in signs nobody out", async () => {
    await signIn(ada);
    await (await app.signedIn(ada)).auth.revokeOtherSessions.mutate();
    const [reached, gate] = [latch(), latch()];
    tab.network.intercept = async (path, answer) => {
      const response = await answer();
      if (path !== "user.me") return response;
      reached.open();
      await gate.opened;
      return response;
    };
    const late = refusal(tab.client.user.me.query());
    await reached.opened;
    await signIn(bob);
    gate.open();
    await late;
    expect(tab.seen.at(-1)).toBe("signedIn bob@example.com");
  });
});

describe("twenty calls over an expired token", () => {
  const twenty = Array.from({ length: 20 }, (_, index) => index);

  test("cost one refresh, and the store does not blink", async () => {
    await signIn(ada);
    app.travel(6 * 60_000);
    tab.sent();
    await Promise.all(
      twenty.map((index) => (index % 2 ? tab.client.user.me.query() : tab.client.auth.sessions.query())),
    );
    expect(tab.sent().filter((path) => path === "auth.refreshToken")).toHaveLength(1);
    expect(tab.seen).toEqual(["signedIn ada@example.com"]);
  });

  test("are all refused where the refresh is, after one attempt, and the store says so once", async () => {
    await signIn(ada);
    await (await app.signedIn(ada)).auth.revokeOtherSessions.mutate();
    app.travel(6 * 60_000);
    tab.sent();
    const refused = await Promise.all(twenty.map(() => safe(tab.client.user.me.query())));
    expect(new Set(refused.map(([, failure]) => failure?.data?.reason))).toEqual(new Set(["NOT_AUTHENTICATED"]));
    expect(tab.sent().filter((path) => path === "auth.refreshToken")).toHaveLength(1);
    expect(tab.seen).toEqual(["signedIn ada@example.com", "signedOut"]);
    expect(tab.store.saved.at(-1)).toBeNull();
  });
});
