import { createKeywrightClient, type TokenStore } from "@keywright/client";
import SuperJSON from "superjson";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import "../../packages/client/src/bearer.js";
import { signedIn } from "../support/tab.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout", "clearTimeout"] });
});
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<never>(() => {});
const soon = () => vi.advanceTimersByTimeAsync(50);
const halfAMinute = () => vi.advanceTimersByTimeAsync(30_000);

const tokens = { accessToken: "a", refreshToken: "r2", refreshExpiresAt: new Date("2027-01-01") };

/** A server that answers what a phone with a refresh token asks, and nothing at the paths that hang. */
function phoneWith(store: TokenStore) {
  const hanging = new Set<string>();
  const sent: string[] = [];
  const client = createKeywrightClient({
    url: "http://localhost",
    tokens: store,
    fetch: async (url, init) => {
      const path = new URL(url).pathname.replace("/trpc/", "");
      sent.push(path);
      if (hanging.has(path)) await abortOf(init.signal);
      const answers = path.split(",").map((path) => ({ result: { data: SuperJSON.serialize(answerTo(path)) } }));
      return Response.json(/batch=1/.test(url) ? answers : answers[0]);
    },
  });
  return { client, hanging, sent };
}

function answerTo(path: string): unknown {
  if (path === "auth.refreshToken") return { ...tokens, accessExpiresAt: new Date(Date.now() + 300_000) };
  if (path === "auth.session") return signedIn;
  return path === "user.me" ? signedIn.user : {};
}

/** As `fetch` waits for an answer that never comes. */
function abortOf(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
}

function storeOf(changed: Partial<TokenStore> = {}): TokenStore {
  let kept: string | null = "r1";
  return {
    load: () => kept,
    save(refreshToken) {
      kept = refreshToken;
    },
    ...changed,
  };
}

/** What came of a promise, so far. */
function watched(promise: Promise<unknown>) {
  const outcome: { is: unknown } = { is: "waiting" };
  promise.then(
    (value) => (outcome.is = value),
    (error: Error) => (outcome.is = error.message),
  );
  return outcome;
}

describe("C4: a renewal that is never answered", () => {
  test("fails its calls after half a minute, and the next one begins anew", async () => {
    const { client, hanging, sent } = phoneWith(storeOf());
    hanging.add("auth.refreshToken");
    const [first, asked] = [watched(client.user.me.query()), watched(client.session.refresh())];
    await soon();
    expect([first.is, asked.is]).toEqual(["waiting", "waiting"]);
    await halfAMinute();
    expect([first.is, asked.is]).toEqual(["No answer within 30 seconds.", "No answer within 30 seconds."]);
    hanging.clear();
    const next = watched(client.user.me.query());
    await soon();
    expect(next.is).toMatchObject({ email: signedIn.user.email });
    expect(sent.filter((path) => path === "auth.refreshToken")).toHaveLength(2);
  });

  test("keeps nobody signed in who signs out", async () => {
    const store = storeOf();
    const { client, hanging } = phoneWith(store);
    hanging.add("auth.refreshToken").add("auth.revokeToken").add("auth.logout");
    const call = watched(client.user.me.query());
    await soon();
    const out = watched(client.auth.logout.mutate());
    await soon();
    expect(client.session.get().status).toBe("signedOut");
    expect(await store.load()).toBe(" r1");
    await halfAMinute();
    expect(out.is).toEqual({});
    expect(call.is).not.toBe("waiting");
    hanging.clear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await store.load()).toBeNull();
  });
});

describe("C4: a keychain that never answers", () => {
  test("is an error after half a minute; calls that need nothing from it are answered", async () => {
    const store: TokenStore = storeOf({ load: never });
    const { client } = phoneWith(store);
    const stop = client.session.subscribe(() => {});
    const open = watched(client.auth.config.query());
    await halfAMinute();
    await soon();
    expect(client.session.get()).toMatchObject({ status: "signedOut", error: { name: "TokenStoreError" } });
    expect(client.session.get().error?.message).toMatch(/read on this device: No answer within 25 seconds/);
    expect(open.is).toEqual({});
    store.load = () => "r1";
    const next = watched(client.session.refresh());
    await soon();
    expect(next.is).toMatchObject({ status: "signedIn" });
    stop();
  });

  test("at a write holds nobody up for longer than that", async () => {
    const store: TokenStore = storeOf({ save: never });
    const { client } = phoneWith(store);
    const call = watched(client.user.me.query());
    await halfAMinute();
    await soon();
    expect(call.is).toMatchObject({ email: signedIn.user.email });
  });
});

describe("C4: a write to the keychain that was given up", () => {
  test("and lands after a later one is written over", async () => {
    let kept: string | null = "r1";
    const slowness = [27_000, 0, 0, 0];
    const save = (refreshToken: string | null) =>
      new Promise<void>((resolve) => {
        setTimeout(() => {
          kept = refreshToken;
          resolve();
        }, slowness.shift() ?? 0);
      });
    const { client } = phoneWith({ load: () => kept, save });
    const out = watched(client.auth.logout.mutate());
    await vi.advanceTimersByTimeAsync(26_000);
    expect(out.is).toEqual({});
    expect(kept).toBeNull();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(kept).toBeNull();
  });
});

describe("C17: a keychain that asks its user, who refuses", () => {
  test("is asked once, and not again by itself", async () => {
    let reads = 0;
    const load = () => {
      reads++;
      throw new Error("User canceled the authentication");
    };
    const { client } = phoneWith(storeOf({ load }));
    const stop = client.session.subscribe(() => {});
    await soon();
    expect(client.session.get()).toMatchObject({ status: "signedOut", error: { name: "TokenStoreError" } });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(reads).toBe(1);
    await client.session.refresh().catch(() => {});
    expect(reads).toBe(2);
    stop();
  });
});

describe("A30: a server that does not answer", () => {
  test("lets a phone show its last known user after three seconds", async () => {
    const { lastKnownUser } = await import("@keywright/client/offline");
    const items = new Map([["keywright.user", SuperJSON.stringify(later(signedIn))]]);
    const storage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    };
    const fetch = never;
    const client = createKeywrightClient({ url: "http://localhost", fetch, lastKnown: lastKnownUser(storage) });
    const stop = client.session.subscribe(() => {});
    await vi.advanceTimersByTimeAsync(2_900);
    expect(client.session.get().status).toBe("loading");
    await vi.advanceTimersByTimeAsync(200);
    expect(client.session.get()).toMatchObject({ status: "offline", user: { id: "1" }, error: null });
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(client.session.get()).toMatchObject({ status: "loading", user: null });
    stop();
  });
});

function later(current: typeof signedIn): typeof signedIn {
  return { ...current, session: { ...current.session, expiresAt: new Date(Date.now() + 86_400_000) } };
}
