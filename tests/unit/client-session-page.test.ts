import type { CurrentSession } from "@keywright/client";
import { lastKnownUser } from "@keywright/client/offline";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createTabWorld, openStore, signedIn, soon } from "../support/tab.js";

const { begin, end, openTab, page, window } = createTabWorld();
beforeEach(begin);
afterEach(end);

/** Messages between tabs travel outside of the clock that the tests hold. */
async function until(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !isDone(); turn++) await new Promise((resolve) => setImmediate(resolve));
}

const comesToTheFront: Record<string, () => void> = {
  "gets the focus": () => void window.dispatchEvent(new Event("focus")),
  "is looked at again": () => void page.dispatchEvent(new Event("visibilitychange")),
  "has its network back": () => void window.dispatchEvent(new Event("online")),
};

describe("a page that", () => {
  test.for(Object.keys(comesToTheFront))("%s asks the server, every five seconds at most", async (event) => {
    const { asked } = openTab(event, { now: signedIn });
    await soon();
    comesToTheFront[event]?.();
    expect(asked.count).toBe(1);
    await vi.advanceTimersByTimeAsync(5_001);
    comesToTheFront[event]?.();
    comesToTheFront[event]?.();
    await soon();
    comesToTheFront[event]?.();
    expect(asked.count).toBe(2);
  });

  test("is hidden asks nothing", async () => {
    const { asked } = openTab("hidden", { now: signedIn });
    await soon();
    await vi.advanceTimersByTimeAsync(60_000);
    page.visibilityState = "hidden";
    page.dispatchEvent(new Event("visibilitychange"));
    expect(asked.count).toBe(1);
  });

  test("nobody watches any more asks nothing, and hears nothing", async () => {
    const { asked, stop } = openTab("left", { now: signedIn });
    await soon();
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    window.dispatchEvent(new Event("focus"));
    expect(asked.count).toBe(1);
  });

  test("comes back from the browser's memory shows nothing before the server has been asked", async () => {
    const answer: { now: CurrentSession | null } = { now: signedIn };
    const { statuses } = openTab("restored", answer);
    await soon();
    answer.now = null;
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    expect(statuses).toEqual(["signedIn", "loading"]);
    await soon();
    expect(statuses).toEqual(["signedIn", "loading", "signedOut"]);
  });

  test("comes back so shows no last known user either, who may have signed out in another tab", async () => {
    const current = { ...signedIn, session: { ...signedIn.session, expiresAt: new Date(Date.now() + 60_000_000) } };
    const answer: { now: CurrentSession | Error } = { now: current };
    const { statuses, store } = openTab("restored offline", answer);
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, text: string) => void kept.set(key, text),
      removeItem: (key: string) => void kept.delete(key),
    };
    lastKnownUser(storage).start(store);
    await vi.advanceTimersByTimeAsync(10_000);
    answer.now = new TypeError("fetch failed");
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    await soon();
    expect(statuses.filter((status, index) => status !== statuses[index - 1])).toEqual(["signedIn", "loading"]);
  });

  test("was given its session asks at its end", async () => {
    const expiresAt = new Date(Date.now() + 60_000);
    const { store, asked } = openStore("given", { now: null });
    store.seed({ ...signedIn, session: { ...signedIn.session, expiresAt } });
    const stop = store.subscribe(() => {});
    await vi.advanceTimersByTimeAsync(59_000);
    expect(asked.count).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(store.get().status).toBe("signedOut");
    stop();
  });

  test("was loaded afresh is no page that came back", async () => {
    const { statuses } = openTab("fresh", { now: signedIn });
    await soon();
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }));
    expect(statuses).toEqual(["signedIn"]);
  });
});

describe("the other tabs", () => {
  test("are told that something changed, and nothing of what it is", async () => {
    const heard: unknown[] = [];
    const ear = new BroadcastChannel("keywright:told");
    ear.addEventListener("message", (event) => heard.push(Reflect.get(event, "data")));
    const { store } = openTab("told", { now: null });
    await soon();
    store.became(signedIn);
    store.became(null);
    // What is no news here may be some elsewhere: a sign-out is shown here before the server has been told.
    store.left();
    store.became(null);
    await until(() => heard.length > 2);
    ear.close();
    expect(heard).toEqual(["changed", "changed", "changed"]);
  });

  test("are told by a tab that did not know of whom it has signed out, or does not know whether it has", async () => {
    const answer: { now: CurrentSession | null } = { now: null };
    const [mine, other] = [openTab("stale", answer), openTab("stale", answer)];
    await soon();
    answer.now = signedIn;
    await other.store.refresh();
    answer.now = null;
    mine.store.became(null);
    await until(() => other.statuses.at(-1) === "signedOut");
    expect(other.statuses).toEqual(["signedOut", "signedOut", "signedIn", "signedOut"]);
    answer.now = signedIn;
    mine.store.doubt();
    await until(() => other.statuses.length > 4);
    expect([mine, other].map(({ statuses }) => statuses.at(-1))).toEqual(["signedIn", "signedIn"]);
  });

  test("ask the server themselves, and the tab that told them does not", async () => {
    const answer: { now: CurrentSession | null } = { now: null };
    const [mine, other] = [openTab("ask", answer), openTab("ask", answer)];
    await soon();
    answer.now = signedIn;
    mine.store.became(signedIn);
    await until(() => other.statuses.length > 1);
    expect(other.statuses).toEqual(["signedOut", "signedIn"]);
    answer.now = null;
    mine.store.became(null);
    await until(() => other.statuses.length > 2);
    expect(other.statuses).toEqual(["signedOut", "signedIn", "signedOut"]);
    expect([mine.asked.count, other.asked.count]).toEqual([1, 3]);
  });

  test("of another server are left alone", async () => {
    const answer = { now: null };
    const [mine, other] = [openTab("here", answer), openTab("there", answer)];
    await soon();
    mine.store.became(signedIn);
    await until(() => other.asked.count > 1);
    expect(other.asked.count).toBe(1);
  });

  test("are told by a tab whose own store nobody watches", async () => {
    const answer: { now: CurrentSession | null } = { now: null };
    const [mine, other] = [openTab("unwatched", answer), openTab("unwatched", answer)];
    await soon();
    mine.stop();
    answer.now = signedIn;
    mine.store.became(signedIn);
    await until(() => other.statuses.length > 1);
    expect(other.statuses).toEqual(["signedOut", "signedIn"]);
  });
});
