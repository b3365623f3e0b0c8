import { vi } from "vitest";

/**
 * Watches the timers that are set from now on, so that a test can let one go off before its time. They run as ever: the
 * drivers' own need the real clock. `vi.restoreAllMocks()` ends it.
 */
export function watchAlarms() {
  const set = vi.spyOn(globalThis, "setTimeout");
  const taken = new Set<number>();
  return {
    stopped: vi.spyOn(globalThis, "clearTimeout"),
    /** Lets all that were set for so many milliseconds go off, those that have done so, too. */
    ringAll(forMs: number) {
      for (const [ring, ms] of set.mock.calls) if (ms === forMs) ring();
    },
    /** The next that is, or will be, set for so many milliseconds and, unless it is the same, not for a whole number of seconds. */
    async between(least: number, most: number) {
      return await vi.waitFor(() => {
        const isIt = (ms = 0) => ms >= least && ms <= most && (least === most || ms % 1000 !== 0);
        const index = set.mock.calls.findIndex(([, ms], at) => !taken.has(at) && isIt(ms));
        const [ring] = set.mock.calls[index] ?? [];
        if (!ring) throw new Error(`No timer was set for ${least} to ${most} ms.`);
        taken.add(index);
        return { ring, timer: set.mock.results[index]?.value };
      });
    },
  };
}
