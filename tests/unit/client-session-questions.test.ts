import type { CurrentSession } from "@keywright/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createTabWorld, openStore, signedIn, soon } from "../support/tab.js";

const { begin, end, openTab, page, stops, window } = createTabWorld();
beforeEach(begin);
afterEach(end);

/** What a server refuses a call with. */
function refused(reason: string, retryAfter: number): Error {
  return Object.assign(new Error(reason), { data: { reason, retryAfter, requestId: "1" } });
}

describe("a page that", () => {
  test("gets no answer asks again, twice as long after each failure, for as long as somebody waits (C6, C21)", async () => {
    const answer: { now: CurrentSession | Error } = { now: new TypeError("fetch failed") };
    const { asked, store, stop } = openTab("no answer", answer);
    await soon();
    expect(store.get()).toMatchObject({ status: "loading", error: answer.now });
    await vi.advanceTimersByTimeAsync(1_800_000);
    const pauses = asked.times.slice(1).map((time, index) => (time - (asked.times[index] ?? 0)) / 1_000);
    const meant = [5, 10, 20, 40, 80, 160, 300, 300];
    for (const [index, seconds] of meant.entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(0.75 * seconds);
      expect(pauses[index]).toBeLessThanOrEqual(1.25 * seconds);
    }
    // By chance, so that not all pages ask at once.
    expect(meant.filter((seconds, index) => Math.abs(seconds - (pauses[index] ?? 0)) > 0.001)).not.toEqual([]);
    answer.now = signedIn;
    await vi.advanceTimersByTimeAsync(400_000);
    expect(store.get()).toMatchObject({ status: "signedIn", error: null });
    const { count } = asked;
    await vi.advanceTimersByTimeAsync(1_800_000);
    expect(asked.count).toBe(count);
    stop();
  });

  test("is told by the server when to ask again waits for so long, however often it comes to the front (C21)", async () => {
    const { asked } = openTab("limited", { now: refused("RATE_LIMITED", 120) });
    await soon();
    for (let second = 0; second < 119; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      window.dispatchEvent(new Event("focus"));
    }
    expect(asked.count).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.count).toBe(2);
  });

  test("is hidden in an outage asks nothing until it is looked at (C21)", async () => {
    const { asked } = openTab("hidden outage", { now: new TypeError("fetch failed") });
    await soon();
    page.visibilityState = "hidden";
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(asked.count).toBe(1);
    page.visibilityState = "visible";
    page.dispatchEvent(new Event("visibilitychange"));
    await soon();
    expect(asked.count).toBe(2);
  });

  test("begins to look after a question that failed asks at once, and owns the next attempts (C6)", async () => {
    const answer: { now: CurrentSession | Error } = { now: new TypeError("fetch failed") };
    const { store, asked } = openStore("late subscriber", answer);
    await expect(store.refresh()).rejects.toThrow("fetch failed");
    stops.push(store.subscribe(() => {}));
    await soon();
    expect(asked.count).toBe(2);
    answer.now = signedIn;
    await vi.advanceTimersByTimeAsync(13_000);
    expect(store.get().status).toBe("signedIn");
  });

  test("waits for an answer that never comes gives up after half a minute, and asks anew (C4)", async () => {
    const stuck = new Promise<null>(() => {});
    const { store, asked, signals } = openStore("stuck", { now: stuck });
    stops.push(store.subscribe(() => {}));
    await soon();
    const failure = store.refresh().catch((error: Error) => error.message);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await failure).toBe("No answer within 30 seconds.");
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(store.get().error?.message).toBe("No answer within 30 seconds.");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked.count).toBe(3);
  });

  test("has a clock that is set back asks as soon as ever (C16)", async () => {
    const { asked } = openTab("clock", { now: null });
    await soon();
    vi.setSystemTime(Date.now() - 3_600_000);
    await vi.advanceTimersByTimeAsync(5_001);
    window.dispatchEvent(new Event("focus"));
    expect(asked.count).toBe(2);
  });

  test("shows a session that ends asks when it is over (C26)", async () => {
    const inADay = { ...signedIn, session: { ...signedIn.session, expiresAt: new Date(Date.now() + 86_400_000) } };
    const answer: { now: CurrentSession | null } = { now: inADay };
    const { store, asked } = openTab("expiry", answer);
    await soon();
    answer.now = null;
    await vi.advanceTimersByTimeAsync(86_399_000);
    expect(asked.count).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(store.get().status).toBe("signedOut");
  });
});

describe("what is asked for by hand", () => {
  test("never gets the answer to an older question (C11)", async () => {
    const answer: ((current: CurrentSession | null) => void)[] = [];
    const { store } = openStore("older", { now: () => new Promise((resolve) => answer.push(resolve)) });
    stops.push(store.subscribe(() => {}));
    await soon();
    // A server action has set the cookie meanwhile.
    const refreshed = store.refresh();
    answer[0]?.(null);
    await soon();
    expect(store.get().status).toBe("loading");
    answer[1]?.(signedIn);
    expect((await refreshed).status).toBe("signedIn");
  });

  test.each(["answered", "refused"])(
    "is asked anew where something has happened before it was %s (C11)",
    async (how) => {
      const ends: ((now: CurrentSession | Error) => void)[] = [];
      const { store, asked } = openStore(`open ${how}`, { now: () => new Promise((resolve) => ends.push(resolve)) });
      store.seed(signedIn);
      const refreshed = store.refresh();
      await soon();
      // Nobody listens, so that nothing asks but whoever waits.
      store.doubt();
      ends[0]?.(how === "answered" ? signedIn : new TypeError("fetch failed"));
      await soon();
      expect(asked.count).toBe(2);
      ends[1]?.(signedIn);
      expect(await refreshed).toMatchObject({ status: "signedIn", isRefreshing: false });
    },
  );

  test("is not needed where a page was rendered with JSON (C25)", async () => {
    const { store } = openStore("json", { now: null });
    store.seed(JSON.parse(JSON.stringify(signedIn)));
    expect(store.get()).toMatchObject({ status: "signedIn", user: { id: signedIn.user.id } });
  });

  test("is shown as under way, once something is known (C26)", async () => {
    const { store, statuses } = openTab("refreshing", { now: signedIn });
    await soon();
    expect(store.get().isRefreshing).toBe(false);
    const refreshed = store.refresh();
    expect(store.get()).toMatchObject({ status: "signedIn", isRefreshing: true });
    await refreshed;
    expect(store.get()).toMatchObject({ status: "signedIn", isRefreshing: false });
    expect(statuses).toEqual(["signedIn", "signedIn", "signedIn"]);
  });
});

describe("whoever listens", () => {
  test("and throws is reported, and keeps nobody else from hearing of it (C8)", async () => {
    const reported: unknown[] = [];
    vi.stubGlobal("reportError", (error: unknown) => reported.push(error));
    const { store } = openStore("throwing", { now: null });
    const heard: string[] = [];
    const fault = new Error("a listener's");
    const loud = () => {
      throw fault;
    };
    stops.push(
      store.subscribe(loud),
      store.subscribe(() => heard.push(store.get().status)),
    );
    await soon();
    store.became(signedIn);
    expect(heard).toEqual(["signedOut", "signedIn"]);
    expect(reported).toEqual([fault, fault]);
  });

  test("gets what nobody can change (C26)", async () => {
    const { store } = openTab("frozen", { now: signedIn });
    await soon();
    const { user, session } = store.get();
    expect([store.get(), user, session].map((part) => Object.isFrozen(part))).toEqual([true, true, true]);
    expect(Object.isFrozen(signedIn.user)).toBe(false);
  });

  test("in a browser that forbids channels between tabs hears of this one all the same (C9)", async () => {
    const forbidden = class {
      constructor() {
        throw new DOMException("The operation is insecure.", "SecurityError");
      }
    };
    vi.stubGlobal("BroadcastChannel", forbidden);
    const { store, statuses } = openTab("forbidden", { now: null });
    await soon();
    store.became(signedIn);
    expect(statuses).toEqual(["signedOut", "signedIn"]);
  });
});
