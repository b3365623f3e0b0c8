import type { CurrentSession } from "@keywright/client";
import { vi } from "vitest";
import { createSessionStore } from "../../packages/client/src/session-store.js";

/** A page in a browser, as far as the store listens to one; the channel between the tabs is the real one. */
class Page extends EventTarget {
  visibilityState = "visible";
}

/** What a test's tabs have in common: the page, and the clock that the test holds. */
export function createTabWorld() {
  const stops: (() => void)[] = [];
  const world = { page: new Page(), window: new EventTarget(), stops };
  return {
    ...world,
    begin() {
      world.page.visibilityState = "visible";
      vi.stubGlobal("document", world.page);
      vi.stubGlobal("window", world.window);
      vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout", "clearTimeout"] });
    },
    end() {
      for (const stop of stops.splice(0)) stop();
      vi.useRealTimers();
      vi.unstubAllGlobals();
    },
    /** The same as `openStore` in a tab that somebody looks at. */
    openTab(name: string, answer: { now: Now }) {
      const { store, asked } = openStore(name, answer);
      const statuses: string[] = [];
      const stop = store.subscribe(() => statuses.push(store.get().status));
      stops.push(stop);
      return { store, asked, statuses, stop };
    },
  };
}

const day = new Date("2026-11-24T12:00:00Z");
export const signedIn: CurrentSession = {
  user: {
    id: "1",
    username: "ada",
    email: "ada@example.com",
    emailVerified: true,
    firstName: "",
    lastName: "",
    archived: false,
    hasPassword: true,
    createdAt: day,
    lastLoginAt: null,
  },
  session: {
    id: "2",
    createdAt: day,
    lastSeenAt: day,
    expiresAt: day,
    ip: null,
    userAgent: null,
    deviceName: null,
    current: true,
  },
};

type Now = CurrentSession | null | Error;

/** A client's store, on a server whose answer can be set. Each test has a channel of its own. */
export function openStore(name: string, answer: { now: Now | Promise<Now> | (() => Promise<Now>) }) {
  const asked = { count: 0, times: [] as number[] };
  const signals: AbortSignal[] = [];
  const store = createSessionStore(async (signal) => {
    asked.count++;
    asked.times.push(performance.now());
    signals.push(signal);
    const now = await (typeof answer.now === "function" ? answer.now() : answer.now);
    if (now instanceof Error) throw now;
    return now;
  }, name);
  return { store, asked, signals };
}

export async function soon(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}
