import { vi } from "vitest";

/**
 * Watches timers set from now on, so that a test can fire one early. They also run as usual: the drivers' own timers
 * need the real clock. `vi.restoreAllMocks()` ends it.
 */
export function watchAlarms() {
  const set = vi.spyOn(globalThis, "setTimeout");
  const taken = new Set<number>();
  return {
    stopped: vi.spyOn(globalThis, "clearTimeout"),
    /** Fires every timer that was set for this many milliseconds, including those that have already fired. */
    ringAll(forMs: number) {
      for (const [ring, ms] of set.mock.calls) if (ms === forMs) ring();
    },
    /**
     * The next timer that is, or will be, set within this range; unless the bounds are equal, skips whole numbers of
     * seconds.
     */
    async between(minMs: number, maxMs: number) {
      return await vi.waitFor(() => {
        const isIt = (ms = 0) => ms >= minMs && ms <= maxMs && (minMs === maxMs || ms % 1000 !== 0);
        const index = set.mock.calls.findIndex(([, ms], at) => !taken.has(at) && isIt(ms));
        const [ring] = set.mock.calls[index] ?? [];
        if (!ring) throw new Error(`No timer was set for ${minMs} to ${maxMs} ms.`);
        taken.add(index);
        return { ring, timer: set.mock.results[index]?.value };
      });
    },
  };
}
