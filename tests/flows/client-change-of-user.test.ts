import { createKeywrightClient, memoryTokens, reasonOf } from "@keywright/client";
import { createRouterClient } from "@keywright/client/router";
import { TRPCClientError } from "@trpc/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { createBrowser } from "../support/browser.js";
import { refusal } from "../support/refusal.js";
import { createPhone, latch, notedStore, signIn } from "./client-phone.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

let ada: TestUser;
let bob: TestUser;
beforeEach(async () => {
  [ada, bob] = [await app.addUser(), await app.addUser()];
});
afterEach(() => vi.unstubAllGlobals());

type Phone = ReturnType<typeof createPhone>;
const expired = () => app.travel(6 * 60_000);

async function signedInPhone(user: TestUser) {
  const phone = createPhone(app);
  await signIn(phone, user);
  phone.sent();
  return phone;
}

/** An app that starts with the refresh token of its last run. */
async function restartedPhone(user: TestUser) {
  return createPhone(app, { store: (await signedInPhone(user)).store });
}

/** Holds the first answer for a path back until it is let go. */
function held({ network }: Phone, heldPath: string) {
  const [gate, reached] = [latch(), latch()];
  let isFirst = true;
  network.intercept = async (path, answer) => {
    const response = await answer();
    if (path !== heldPath || !isFirst) return response;
    isFirst = false;
    reached.open();
    await gate.opened;
    return response;
  };
  return { reached: reached.opened, letGo: gate.open };
}

const rename = ({ client }: Phone) => client.user.update.mutate({ firstName: "Countess" });
const calls: [path: string, make: (phone: Phone) => Promise<unknown>][] = [
  ["user.update", rename],
  ["user.me", ({ client }) => client.user.me.query()],
  ["auth.revokeOtherSessions", ({ client }) => client.auth.revokeOtherSessions.mutate()],
];
/** The paths of the requests, without those by which a device ends the session before. */
const sentBy = ({ sent }: Phone) => sent().filter((path) => path !== "auth.revokeToken");

/** Whoever is signed in on the phone is Bob, and nothing was done in his name. */
async function expectBobUntouched({ client }: Phone) {
  expect(await client.user.me.query()).toMatchObject({ email: bob.email, firstName: "" });
}

describe("C1: a call that waits for a renewal", () => {
  test.each(calls)("is not sent as whoever signs in meanwhile: %s", async (_path, make) => {
    const phone = await restartedPhone(ada);
    const { reached, letGo } = held(phone, "auth.refreshToken");
    const adasCall = refusal(make(phone));
    await reached;
    await signIn(phone, bob);
    letGo();
    expect(reasonOf(await adasCall)).toBe("SESSION_CHANGED");
    expect(sentBy(phone)).toEqual(["auth.refreshToken", "auth.login"]);
    await expectBobUntouched(phone);
  });

  test.each(calls)("is not sent again as whoever has signed in since it was refused: %s", async (path, make) => {
    const phone = await signedInPhone(ada);
    expired();
    const { reached, letGo } = held(phone, path);
    const adasCall = refusal(make(phone));
    await reached;
    await signIn(phone, bob);
    letGo();
    expect(reasonOf(await adasCall)).toBe("SESSION_CHANGED");
    expect(sentBy(phone)).toEqual([path, "auth.login"]);
    await expectBobUntouched(phone);
  });

  test.each(calls)("is not sent as a visitor's after a sign-out: %s", async (path, make) => {
    const phone = await signedInPhone(ada);
    expired();
    const { reached, letGo } = held(phone, path);
    const late = refusal(make(phone));
    await reached;
    await phone.client.auth.logout.mutate();
    phone.sent();
    letGo();
    expect(reasonOf(await late)).toBe("SESSION_CHANGED");
    expect(phone.sent()).toEqual([]);
  });

  test("was made as a visitor's, and is not sent as whoever signs in while the store is read", async () => {
    const [read, answered] = [latch(), latch()];
    const phone = createPhone(app, { store: { ...notedStore(), load: () => read.opened.then(() => null) } });
    phone.network.intercept = async (_path, answer) => {
      const response = await answer();
      setTimeout(answered.open, 100);
      return response;
    };
    const visitorsCall = refusal(rename(phone));
    const login = signIn(phone, bob);
    await answered.opened;
    read.open();
    await login;
    expect(reasonOf(await visitorsCall)).toBe("SESSION_CHANGED");
    await expectBobUntouched(phone);
  });

  test("is made for whoever has signed in as soon as it goes as theirs, though their token is still being kept", async () => {
    const kept = latch();
    const phone = createPhone(app, { store: { ...notedStore(), save: () => kept.opened } });
    const login = signIn(phone, bob);
    await expect.poll(() => phone.client.session.get().user?.email).toBe(bob.email);
    await expectBobUntouched(phone);
    kept.open();
    await login;
  });

  test("is refused in tRPC's own way by the client in tRPC's types", async () => {
    const phone = await restartedPhone(ada);
    const [gate, reached] = [latch(), latch()];
    const { fetch } = createBrowser((request) => app.handle(request, "127.0.0.1"));
    const client = createRouterClient({
      url: publicUrl,
      tokens: phone.store,
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        if (url.includes("refreshToken")) {
          reached.open();
          await gate.opened;
        }
        return response;
      },
    });
    const adasCall = refusal(client.user.update.mutate({ firstName: "Countess" }));
    await reached.opened;
    await client.auth.login.mutate({ email: bob.email, password: bob.password });
    gate.open();
    const error = await adasCall;
    expect(error).toBeInstanceOf(TRPCClientError);
    expect(error).toMatchObject({ data: { reason: "SESSION_CHANGED" } });
    expect((await client.user.me.query()).firstName).toBe("");
  });
});

describe("C1: a change of user", () => {
  test("holds up nobody who signs in, and nothing that is open to all", async () => {
    const phone = await restartedPhone(ada);
    const { reached, letGo } = held(phone, "auth.refreshToken");
    const asked = phone.client.auth.session.query();
    await reached;
    await phone.client.password.requestReset.mutate({ email: ada.email });
    await signIn(phone, bob);
    expect((await phone.client.auth.config.query()).registrationOpen).toBe(true);
    letGo();
    expect(await asked).toMatchObject({ user: { email: bob.email } });
    await phone.client.auth.logout.mutate();
    expect((await phone.client.auth.config.query()).registrationOpen).toBe(true);
  });

  test("keeps each call of one moment in its own name, and in a request of its own", async () => {
    const sent: string[] = [];
    const { fetch } = createBrowser((request) => {
      sent.push(new URL(request.url).pathname);
      return app.handle(request, "127.0.0.1");
    });
    const client = createKeywrightClient({ url: publicUrl, tokens: memoryTokens(), fetch });
    await signIn({ client }, ada);
    sent.length = 0;
    const held: (() => void)[] = [];
    vi.stubGlobal("setTimeout", (work: () => void) => held.push(work));
    const adasCall = client.user.me.query();
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    vi.unstubAllGlobals();
    await signIn({ client }, bob);
    const bobsCall = client.user.me.query();
    for (const work of held) setTimeout(work, 5);
    // Bob's sign-in has ended her session.
    expect(reasonOf(await refusal(adasCall))).toBe("SESSION_CHANGED");
    expect((await bobsCall).email).toBe(bob.email);
    const own = sent.filter((path) => path !== "/trpc/auth.revokeToken");
    expect(own).toEqual(["/trpc/auth.login", "/trpc/user.me", "/trpc/user.me"]);
  });

  test("by an exchange of tokens by hand is none", async () => {
    const phone = await signedInPhone(ada);
    expired();
    const { reached, letGo } = held(phone, "user.update");
    const call = rename(phone);
    await reached;
    await phone.client.auth.refreshToken.mutate({ refreshToken: phone.store.saved.at(-1) ?? "" });
    letGo();
    expect(await call).toMatchObject({ email: ada.email, firstName: "Countess" });
  });
});

describe("C1: an answer that comes late", () => {
  test("of a change of password signs nobody in whose maker has signed out, and its session ends", async () => {
    const phone = await signedInPhone(ada);
    const { reached, letGo } = held(phone, "password.change");
    const change = { currentPassword: ada.password, newPassword: "a longer horse 12" };
    const late = refusal(phone.client.password.change.mutate(change));
    await reached;
    await phone.client.auth.logout.mutate();
    await signIn(phone, bob);
    letGo();
    expect(reasonOf(await late)).toBe("SESSION_CHANGED");
    await expectBobUntouched(phone);
    expect((await createPhone(app, { store: phone.store }).client.user.me.query()).email).toBe(bob.email);
    await vi.waitFor(() => expect(phone.store.saved.at(-1)).not.toContain(" "));
  });

  test("of a sign-in whose token is still being kept shows nobody who has been followed by another", async () => {
    const phone = createPhone(app);
    const { session } = phone.client;
    const seen: (string | null | undefined)[] = [];
    const stop = session.subscribe(() => seen.push(session.get().user?.email));
    const { save } = phone.store;
    phone.store.save = (token) => new Promise((resolve) => setTimeout(() => resolve(save(token)), 300));
    const first = signIn(phone, ada);
    await vi.waitFor(() => expect(session.get().user?.email).toBe(ada.email));
    await signIn(phone, bob);
    await first;
    expect(seen.filter((email) => email !== undefined)).toEqual([ada.email, bob.email]);
    stop();
  });

  test("of a renewal by hand is not kept for whoever has signed in meanwhile", async () => {
    const phone = await signedInPhone(ada);
    const refreshToken = phone.store.saved.at(-1) ?? "";
    const { load } = phone.store;
    const gate = latch();
    phone.store.load = () => gate.opened.then(load);
    const renewal = phone.client.auth.refreshToken.mutate({ refreshToken });
    await vi.waitFor(() => expect(phone.sent()).toEqual(["auth.refreshToken"]));
    const login = signIn(phone, bob);
    await new Promise((resolve) => setTimeout(resolve, 300));
    gate.open();
    await Promise.all([renewal, login]);
    await expectBobUntouched(phone);
  });
});

describe("C1: another program on the same store", () => {
  /** The first phone keeps its access token until that has expired; the second one is ahead of it. */
  async function twoPrograms() {
    const phone = await signedInPhone(ada);
    return { phone, other: createPhone(app, { store: phone.store }) };
  }

  test.each(calls)("that signs somebody else in gets no calls made in their name: %s", async (path, make) => {
    const { phone, other } = await twoPrograms();
    const { session } = phone.client;
    const stop = session.subscribe(() => {});
    expired();
    await signIn(other, bob);
    phone.sent();
    expect(reasonOf(await refusal(make(phone)))).toBe("SESSION_CHANGED");
    expect(phone.sent().filter((sent) => sent === path)).toHaveLength(1);
    await vi.waitFor(() => expect(session.get().user?.email).toBe(bob.email));
    await expectBobUntouched(phone);
    await expectBobUntouched(other);
    stop();
  });

  test("that signs somebody in gets no calls of the visitor that was here", async () => {
    const phone = createPhone(app);
    expect(await phone.client.auth.session.query()).toBeNull();
    await signIn(createPhone(app, { store: phone.store }), bob);
    expect(reasonOf(await refusal(rename(phone)))).toBe("SESSION_CHANGED");
    await expectBobUntouched(phone);
  });

  test("that signs out leaves no calls to be sent as a visitor's", async () => {
    const { phone, other } = await twoPrograms();
    expired();
    await other.client.auth.logout.mutate();
    phone.sent();
    expect(reasonOf(await refusal(rename(phone)))).toBe("SESSION_CHANGED");
    expect(phone.sent()).toEqual(["user.update"]);
    expect(reasonOf(await refusal(rename(phone)))).toBe("NOT_AUTHENTICATED");
  });

  test("that has renewed the same session, or signed in the same user, disturbs nobody", async () => {
    const { phone, other } = await twoPrograms();
    for (const ahead of [() => other.client.user.me.query(), () => signIn(other, ada)]) {
      expired();
      await ahead();
      expect(await rename(phone)).toMatchObject({ email: ada.email, firstName: "Countess" });
    }
  });

  test("that cannot be told apart for want of a network fails the call, and the next one is answered", async () => {
    const { phone, other } = await twoPrograms();
    expired();
    await other.client.user.me.query();
    phone.network.intercept = (path, answer) =>
      path === "auth.session" ? Promise.reject(new TypeError("fetch failed")) : answer();
    await expect(rename(phone)).rejects.toThrow("fetch failed");
    phone.network.intercept = (_path, answer) => answer();
    expect(await rename(phone)).toMatchObject({ email: ada.email, firstName: "Countess" });
  });
});
