import { memoryTokens } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { createPhone, latch, type NotedStore, noNetwork, notedStore, signIn } from "./client-phone.js";

let app: TestApp;
let ada: TestUser;
let bob: TestUser;
beforeAll(async () => {
  app = await createTestApp();
  [ada, bob] = [await app.addUser(), await app.addUser()];
});
afterAll(() => app.close());

type Phone = ReturnType<typeof createPhone>;
const expired = () => app.travel(6 * 60_000);
const cut = ({ network }: Phone) => {
  network.intercept = noNetwork;
};
const connect = ({ network }: Phone) => {
  network.intercept = (_path, answer) => answer();
};

async function signedInPhone(user: TestUser, store?: NotedStore) {
  const phone = createPhone(app, store ? { store } : {});
  await signIn(phone, user);
  phone.sent();
  return phone;
}

/** The sessions that the server knows of, but for the one that asks and the one of the registration. */
async function sessionsOf({ email, password }: TestUser): Promise<number> {
  const witness = app.visitor();
  await witness.auth.login.mutate({ email, password });
  const count = (await witness.auth.sessions.query()).length - 2;
  await witness.auth.logout.mutate();
  return count;
}

describe("A28: a sign-out without a network", () => {
  test.each(["at hand", "expired"])("signs out on the device at once: access token %s", async (token) => {
    const phone = await signedInPhone(ada);
    const stop = phone.client.session.subscribe(() => {});
    await vi.waitFor(() => expect(phone.client.session.get().status).toBe("signedIn"));
    if (token === "expired") expired();
    cut(phone);
    expect(await phone.client.auth.logout.mutate()).toEqual({});
    expect(phone.client.session.get().status).toBe("signedOut");
    const restarted = createPhone(app, { store: phone.store });
    expect(await restarted.client.auth.session.query()).toBeNull();
    stop();
  });

  test("shows it before the server has answered", async () => {
    const phone = await signedInPhone(ada);
    const stop = phone.client.session.subscribe(() => {});
    await vi.waitFor(() => expect(phone.client.session.get().status).toBe("signedIn"));
    const answered = latch();
    phone.network.intercept = (_path, answer) => answered.opened.then(answer);
    const signedOut = phone.client.auth.logout.mutate();
    expect(phone.client.session.get().status).toBe("signedOut");
    answered.open();
    await signedOut;
    expect(phone.sent()).toEqual(["auth.logout"]);
    stop();
  });

  test("is told to the server as soon as any call is answered", async () => {
    const user = await app.addUser();
    const phone = await signedInPhone(user);
    cut(phone);
    await phone.client.auth.logout.mutate();
    expect(await sessionsOf(user)).toBe(1);
    connect(phone);
    await phone.client.auth.config.query();
    await vi.waitFor(async () => expect(await sessionsOf(user)).toBe(0));
    await vi.waitFor(() => expect(phone.store.saved.at(-1)).toBeNull());
  });

  test("is told after a restart, and after somebody else has signed in", async () => {
    const user = await app.addUser();
    const phone = await signedInPhone(user);
    cut(phone);
    await phone.client.auth.logout.mutate();
    const restarted = createPhone(app, { store: phone.store });
    await signIn(restarted, bob);
    await vi.waitFor(async () => expect(await sessionsOf(user)).toBe(0));
    expect((await restarted.client.user.me.query()).email).toBe(bob.email);
    await vi.waitFor(() => expect(phone.store.saved.at(-1)).not.toContain(" "));
    expect((await createPhone(app, { store: phone.store }).client.user.me.query()).email).toBe(bob.email);
  });

  test("everywhere ends the other devices' sessions too, once it can be told", async () => {
    const user = await app.addUser();
    const [phone, tablet] = [await signedInPhone(user), await signedInPhone(user)];
    cut(phone);
    await phone.client.auth.logout.mutate({ everywhere: true });
    await tablet.client.user.me.query();
    const restarted = createPhone(app, { store: phone.store });
    await restarted.client.auth.config.query();
    await vi.waitFor(() => expect(phone.store.saved.at(-1)).toBeNull());
    await expect(tablet.client.user.me.query()).rejects.toMatchObject({ data: { reason: "NOT_AUTHENTICATED" } });
  });

  test("ends the session that a renewal under way is just prolonging", async () => {
    const user = await app.addUser();
    const phone = createPhone(app, { store: (await signedInPhone(user)).store });
    const [reached, gate] = [latch(), latch()];
    phone.network.intercept = async (path, answer) => {
      const response = await answer();
      if (path !== "auth.refreshToken") return response;
      reached.open();
      await gate.opened;
      return response;
    };
    const late = phone.client.user.me.query().catch((error) => error.data.reason);
    await reached.opened;
    await phone.client.auth.logout.mutate();
    gate.open();
    expect(await late).toBe("SESSION_CHANGED");
    expect(await sessionsOf(user)).toBe(0);
    expect(phone.store.saved.at(-1)).toBeNull();
  });

  test("by a device that nobody was signed in on rejects as any call does", async () => {
    const phone = createPhone(app);
    cut(phone);
    await expect(phone.client.auth.logout.mutate()).rejects.toThrow("fetch failed");
  });

  test("leaves alone whom another program on the same store has signed in", async () => {
    const phone = await signedInPhone(ada);
    const other = createPhone(app, { store: phone.store });
    await signIn(other, bob);
    await vi.waitFor(() => expect(phone.store.saved.at(-1)).not.toContain(" "));
    await phone.client.auth.logout.mutate();
    expect((await createPhone(app, { store: phone.store }).client.user.me.query()).email).toBe(bob.email);
  });

  test("that can neither be written nor told rejects, and is repeated", async () => {
    const user = await app.addUser();
    const phone = await signedInPhone(user);
    const { save } = phone.store;
    phone.store.save = () => Promise.reject(new Error("the keychain is locked"));
    cut(phone);
    await expect(phone.client.auth.logout.mutate()).rejects.toThrow("the keychain is locked");
    expect(await phone.client.auth.session.query().catch(() => "no network")).toBe("no network");
    phone.store.save = save;
    connect(phone);
    expect(await phone.client.auth.session.query()).toBeNull();
    await vi.waitFor(async () => expect(await sessionsOf(user)).toBe(0));
    expect(phone.store.saved.at(-1)).toBeNull();
  });
});

describe("A28: a sign-out on a device", () => {
  test("whose keychain can be neither read nor written rejects: nobody knows who would be there after a restart", async () => {
    const { store } = await signedInPhone(ada);
    const locked = () => Promise.reject(new Error("the keychain is locked"));
    const phone = createPhone(app, { store: { saved: store.saved, load: locked, save: locked } });
    await expect(phone.client.auth.logout.mutate()).rejects.toThrow("the keychain is locked");
  });

  test("that the server is too busy for is not repeated with each call", async () => {
    const phone = await signedInPhone(ada);
    expired();
    const data = { code: "SERVICE_UNAVAILABLE", httpStatus: 503, reason: "UNAVAILABLE", requestId: "1" };
    const busy = Response.json({ error: { json: { message: "busy", code: -32603, data } } }, { status: 503 });
    phone.network.intercept = async (path, answer) => (path === "auth.revokeToken" ? busy.clone() : answer());
    expect(await phone.client.auth.logout.mutate()).toEqual({});
    for (const _time of [1, 2, 3]) await phone.client.auth.config.query();
    expect(phone.sent()).toEqual(["auth.logout", "auth.revokeToken", "auth.config", "auth.config", "auth.config"]);
  });
});

describe("A28: with two programs on one store", () => {
  test("a sign-out without a network is not undone by the token that the other has renewed", async () => {
    const phone = await signedInPhone(await app.addUser());
    expired();
    await createPhone(app, { store: phone.store }).client.user.me.query();
    cut(phone);
    await phone.client.auth.logout.mutate();
    connect(phone);
    phone.sent();
    expect(await phone.client.auth.session.query()).toBeNull();
    expect(phone.sent()[0]).toBe("auth.revokeToken");
    await vi.waitFor(() => expect(phone.store.saved.at(-1)).toBeNull());
  });
});

describe("K9: a sign-in on a phone where somebody is signed in", () => {
  test("ends the session before it, however old its access token is", async () => {
    const user = await app.addUser();
    const { store } = await signedInPhone(user);
    for (const _again of [1, 2, 3]) {
      expired();
      await signIn(createPhone(app, { store }), user);
    }
    await vi.waitFor(async () => expect(await sessionsOf(user)).toBe(1));
    expect((await createPhone(app, { store }).client.user.me.query()).email).toBe(user.email);
  });

  test("ends it later, where the server could not be told", async () => {
    const user = await app.addUser();
    const { store } = await signedInPhone(user);
    const phone = createPhone(app, { store });
    phone.network.intercept = (path, answer) => (path === "auth.revokeToken" ? noNetwork() : answer());
    await signIn(phone, user);
    expect(await sessionsOf(user)).toBe(2);
    const restarted = createPhone(app, { store });
    await restarted.client.user.me.query();
    await vi.waitFor(async () => expect(await sessionsOf(user)).toBe(1));
  });

  test("keeps at most four ended sessions, and forgets the oldest", async () => {
    const store = notedStore();
    for (const _again of [1, 2, 3, 4, 5, 6]) {
      const phone = createPhone(app, { store });
      phone.network.intercept = (path, answer) => (path === "auth.revokeToken" ? noNetwork() : answer());
      await signIn(phone, bob);
    }
    const kept = store.saved.at(-1) ?? "";
    expect(kept.split(" ")).toHaveLength(5);
    expect(kept.length).toBeLessThan(500);
  });

  test("changes the password without ending anything twice", async () => {
    const user = await app.addUser();
    const phone = createPhone(app, { store: { ...memoryTokens(), saved: [] } });
    await signIn(phone, user);
    phone.sent();
    const [currentPassword, newPassword] = [user.password, "a longer horse 12"];
    await phone.client.password.change.mutate({ currentPassword, newPassword });
    expect((await phone.client.user.me.query()).email).toBe(user.email);
    expect(phone.sent()).toEqual(["password.change", "user.me"]);
  });
});
