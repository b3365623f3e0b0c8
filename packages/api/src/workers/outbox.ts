import { setTimeout as wait } from "node:timers/promises";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { summarize } from "../log.js";
import type { Mailer } from "../mail/mail.js";
import { deliverDue } from "./deliver.js";

export interface OutboxWorker {
  /** Looks for mail now rather than at the next poll. */
  wake(): void;
  /** Delivers all that is due now; for tests and for emptying the queue by hand. */
  drain(): Promise<void>;
  /** Takes no more mail, waits up to ten seconds for what is under way, and gives the rest back. */
  stop(): Promise<void>;
}

const maxStopMs = 10_000;

/** Delivers queued mail, at least once, in any number of processes: each row is leased to one of them at a time. */
export function startOutbox(deps: Deps, mailer: Mailer): OutboxWorker {
  const bell = createBell(deps.settings.mail.pollMs);
  const leased = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  /** One batch at a time: who waits for a batch has waited for those before it. */
  function deliverNext(): Promise<number> {
    const next = last.then(() => deliverDue(deps, mailer, leased));
    last = next.catch(() => {});
    return next;
  }

  async function run(): Promise<void> {
    while (!bell.isStopped()) {
      const delivered = await deliverNext().catch((error: unknown) => {
        deps.log({ level: "error", message: "The outbox cannot be read.", error: summarize(error) });
        return 0;
      });
      if (delivered === 0) await bell.wait();
    }
  }

  const running = run();
  return {
    wake: () => bell.ring(),
    async drain() {
      while ((await deliverNext()) > 0);
    },
    async stop() {
      bell.stop();
      const patience = new AbortController();
      await Promise.race([running, wait(maxStopMs, null, { signal: patience.signal }).catch(() => {})]);
      patience.abort();
      // What a slow mail server holds up is the next worker's; should both arrive, they are the same mail.
      await db.releaseMails(deps.db, [...leased]);
    },
  };
}

/** Waits until somebody rings, or `maxMs` are over; a ring while nobody waits is remembered. */
function createBell(maxMs: number) {
  const state = { isRung: false, isStopped: false, wakeUp: () => {} };
  return {
    isStopped: () => state.isStopped,
    ring() {
      state.isRung = true;
      state.wakeUp();
    },
    stop() {
      state.isStopped = true;
      state.wakeUp();
    },
    async wait() {
      if (!state.isRung && !state.isStopped) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, maxMs);
          state.wakeUp = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      state.isRung = false;
    },
  };
}
