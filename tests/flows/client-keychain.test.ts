import { reasonOf } from "@keywright/client";
import { lastKnownUser } from "@keywright/client/offline";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { createPhone, type NotedStore, noNetwork, notedStore, signIn } from "./client-phone.js";

let app: TestApp;
let ada: TestUser;
let bob: TestUser;
beforeAll(async () => {
  app = await createTestApp();
  [ada, bob] = [await app.addUser(), await app.addUser()];
});
afterAll(() => app.close());

const expired = () => app.travel(6 * 60_000);

async function signedInPhone(user = ada, store = notedStore()) {
  const phone = createPhone(app, { store });
  await signIn(phone, user);
  phone.sent();
  return phone;
}

/** A keychain that asks its user each time, who can refuse. */
function asking(store: NotedStore) {
  const asked = { reads: 0, writes: 0, isRefused: false };
  const answer = <T>(work: () => T): T => {
    if (asked.isRefused) throw new Error("User canceled the authentication");
    return work();
  };
  return {
    asked,
    store: {
      saved: store.saved,
      load() {
        asked.reads++;
        return answer(() => store.load());
      },
      save(refreshToken: string | null) {
        asked.writes++;
        return answer(() => store.save(refreshToken));
      },
    },
  };
}

describe("A29: a keychain that cannot be read", () => {
  test("is an error beside `signedOut`, and whoever can be answered without it is", async () => {
    const { asked, store } = asking((await signedInPhone()).store);
    asked.isRefused = true;
    const { client } = createPhone(app, { store });
    const stop = client.session.subscribe(() => {});
    await vi.waitFor(() => expect(client.session.get().status).toBe("signedOut"));
    expect(client.session.get().error).toMatchObject({
      name: "TokenStoreError",
      message: "The session could not be read on this device: User canceled the authentication",
    });
    expect((await client.auth.config.query()).registrationOpen).toBe(true);
    const error = await refusal(client.user.me.query());
    expect(error).toMatchObject({ name: "TokenStoreError", cause: { message: "User canceled the authentication" } });
    expect(reasonOf(error)).toBeNull();
    asked.isRefused = false;
    expect(await client.session.refresh()).toMatchObject({ status: "signedIn", error: null });
    stop();
  });

  test("and can be read later shows whose calls are made from then on", async () => {
    const { asked, store } = asking((await signedInPhone()).store);
    asked.isRefused = true;
    const { client } = createPhone(app, { store });
    const stop = client.session.subscribe(() => {});
    await vi.waitFor(() => expect(client.session.get().status).toBe("signedOut"));
    asked.isRefused = false;
    await client.user.me.query().catch(() => {});
    await vi.waitFor(() => expect(client.session.get()).toMatchObject({ status: "signedIn", error: null }));
    stop();
  });

  test("signs nobody out who is known to be signed in", async () => {
    const { asked, store } = asking(notedStore());
    const phone = await signedInPhone(ada, store);
    const { session } = phone.client;
    const stop = session.subscribe(() => {});
    await vi.waitFor(() => expect(session.get().status).toBe("signedIn"));
    expired();
    asked.isRefused = true;
    await expect(session.refresh()).rejects.toThrow("User canceled");
    expect(session.get()).toMatchObject({ status: "signedIn", error: { name: "TokenStoreError" } });
    stop();
  });

  test("can be signed out all the same", async () => {
    const { asked, store } = asking((await signedInPhone()).store);
    const { client } = createPhone(app, { store });
    asked.isRefused = true;
    await refusal(client.user.me.query());
    asked.isRefused = false;
    await client.auth.logout.mutate();
    expect(store.saved.at(-1)).toBeNull();
  });
});

describe("C17: a keychain that asks its user", () => {
  test("is read once and written once for a renewal", async () => {
    const { asked, store } = asking(notedStore());
    const phone = await signedInPhone(ada, store);
    for (const _time of [1, 2]) {
      expired();
      Object.assign(asked, { reads: 0, writes: 0 });
      await Promise.all([phone.client.user.me.query(), phone.client.auth.sessions.query()]);
      expect(asked).toMatchObject({ reads: 1, writes: 1 });
    }
  });
});

describe("C10: two tabs that keep tokens in one store", () => {
  test("of which the other has signed somebody else in: the first posts nothing in their name, and shows them", async () => {
    const first = await signedInPhone(ada);
    const { session } = first.client;
    const stop = session.subscribe(() => {});
    await vi.waitFor(() => expect(session.get().user?.email).toBe(ada.email));
    await signIn(createPhone(app, { store: first.store }), bob);
    expired();
    const post = first.client.user.update.mutate({ firstName: "Countess" });
    expect(reasonOf(await refusal(post))).toBe("SESSION_CHANGED");
    await vi.waitFor(() => expect(session.get().user?.email).toBe(bob.email));
    expect(session.get().user?.firstName).toBe("");
    stop();
  });
});

describe("A30: a start without a network", () => {
  /** As `AsyncStorage` keeps it. */
  function createStorage() {
    const items = new Map<string, string>();
    return {
      items,
      getItem: async (key: string) => items.get(key) ?? null,
      setItem: async (key: string, value: string) => void items.set(key, value),
      removeItem: async (key: string) => void items.delete(key),
    };
  }

  type Storage = ReturnType<typeof createStorage>;
  const openPhone = (store: NotedStore, storage: Storage) =>
    createPhone(app, { store, lastKnown: lastKnownUser(storage) });

  async function restartedOffline() {
    const [storage, user] = [createStorage(), await app.addUser()];
    const phone = openPhone(notedStore(), storage);
    await signIn(phone, user);
    await vi.waitFor(() => expect(storage.items.size).toBe(1));
    const restarted = openPhone(phone.store, storage);
    restarted.network.intercept = noNetwork;
    const stop = restarted.client.session.subscribe(() => {});
    await vi.waitFor(() => expect(restarted.client.session.get().status).not.toBe("loading"));
    return { user, storage, phone: restarted, session: restarted.client.session, stop };
  }

  test("shows the last known user as offline, and whoever it is once the server answers", async () => {
    const { user, phone, session, stop } = await restartedOffline();
    expect(session.get()).toMatchObject({ status: "offline", user: { email: user.email }, isRefreshing: false });
    expect(session.get().error?.message).toBe("fetch failed");
    expect(session.get().user?.createdAt).toBeInstanceOf(Date);
    phone.network.intercept = (_path, answer) => answer();
    expect(await session.refresh()).toMatchObject({ status: "signedIn", user: { email: user.email }, error: null });
    stop();
  });

  test("does nothing for whoever else has signed in in another program meanwhile, and shows them", async () => {
    const { phone, session, stop } = await restartedOffline();
    const other = await app.addUser();
    await signIn(createPhone(app, { store: phone.store }), other);
    phone.network.intercept = (_path, answer) => answer();
    const late = refusal(phone.client.user.update.mutate({ firstName: "Countess" }));
    expect(reasonOf(await late)).toBe("SESSION_CHANGED");
    expect(session.get()).toMatchObject({ status: "signedIn", user: { email: other.email } });
    expect((await phone.client.user.me.query()).firstName).toBe("");
    stop();
  });

  test("ends with the session, where that has ended meanwhile", async () => {
    const { phone, session, stop } = await restartedOffline();
    await app.visitor().auth.revokeToken.mutate({ refreshToken: phone.store.saved.at(-1) ?? "" });
    phone.network.intercept = (_path, answer) => answer();
    expect((await session.refresh()).status).toBe("signedOut");
    stop();
  });

  test("lets the user sign out, and knows nobody afterwards", async () => {
    const { storage, phone, session, stop } = await restartedOffline();
    await phone.client.auth.logout.mutate();
    expect(session.get().status).toBe("signedOut");
    await vi.waitFor(() => expect(storage.items.size).toBe(0));
    const again = openPhone(phone.store, storage);
    again.network.intercept = noNetwork;
    expect((await again.client.session.refresh().catch(() => again.client.session.get())).status).toBe("signedOut");
    stop();
  });

  test("shows nobody whose session is over by now, and nothing that is not ours", async () => {
    const { storage, phone, stop } = await restartedOffline();
    stop();
    const text = storage.items.get("keywright.user") ?? "";
    for (const kept of [text.replaceAll(/"expiresAt":"\d{4}/g, '"expiresAt":"2001'), "{}", "<html>"]) {
      storage.items.set("keywright.user", kept);
      const other = openPhone(phone.store, storage);
      other.network.intercept = noNetwork;
      await other.client.session.refresh().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(other.client.session.get().status).toBe("loading");
    }
  });

  test("needs no store: without one it is loading, with the error", async () => {
    const { phone, stop } = await restartedOffline();
    stop();
    const other = createPhone(app, { store: phone.store });
    other.network.intercept = noNetwork;
    await other.client.session.refresh().catch(() => {});
    expect(other.client.session.get()).toMatchObject({ status: "loading", error: { message: "fetch failed" } });
  });

  test("of a phone that nobody is signed in on is signed out: nobody else can tell", async () => {
    const phone = createPhone(app);
    phone.network.intercept = noNetwork;
    expect((await phone.client.session.refresh()).status).toBe("signedOut");
  });
});
