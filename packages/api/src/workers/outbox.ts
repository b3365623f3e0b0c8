import { setTimeout as wait } from "node:timers/promises";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { summarize } from "../log.js";
import type { Mailer } from "../mail/mail.js";
import { type Delivery, deliverDue } from "./deliver.js";
import { createOutage } from "./outage.js";

export interface OutboxWorker {
  /** Looks for mail now rather than at the next poll. */
  wake(): void;
  /**
   * Delivers all that is due now; for tests and for emptying the queue by hand. A mail server that is away is tried once,
   * however soon that is after the last time.
   */
  drain(): Promise<void>;
  /** Takes no more mail, waits up to ten seconds for what is under way, and gives the rest back. */
  stop(): Promise<void>;
}

const maxStopMs = 10_000;
/** How many times rarer the worker looks for mail when it finds none. */
const maxIdle = 10;

/**
 * Delivers queued mail, at least once, in any number of processes. A mail's life:
 *
 * 1. Queued (`services/queue-mail.ts`): one row, in the transaction of what it is about, then `wake`. Nothing is looked
 *    up, and there is no secret yet.
 * 2. Claimed (`deliver.ts`): leased to one worker. A worker that dies loses its lease after a minute.
 * 3. Prepared (`prepare-mail.ts`): the flow that it belongs to decides what it becomes (`plans.ts`), its secret is minted
 *    (`mint.ts`) and it is written (`mail/compose.ts`). With nobody to tell it is `dropped`.
 * 4. Handed to the mailer, and `sent`; or tried again later (`retry.ts`). While the mail server is away all wait
 *    (`outage.ts`), and no attempt is counted.
 * 5. Or `dead`: its address does not exist, or it is too old to be of use (`plans.ts`).
 */
export function startOutbox(deps: Deps, mailer: Mailer): OutboxWorker {
  const bell = createBell();
  const delivery: Delivery = { mailer, outage: createOutage(deps), leases: new Set() };
  let last: Promise<unknown> = Promise.resolve();

  /** One batch at a time: who waits for a batch has waited for those before it. */
  function deliverNext(): Promise<number> {
    const next = last.then(() => deliverDue(deps, delivery));
    last = next.catch(() => {});
    return next;
  }

  /** An outage is sat out without a look at the database, since no mail would leave. */
  async function turn(): Promise<number> {
    if (delivery.outage.isPaused()) return 0;
    return await deliverNext().catch((error: unknown) => noteUnreadable(deps, error));
  }

  async function run(): Promise<void> {
    let idle = 0;
    while (!bell.isStopped()) {
      idle = (await turn()) > 0 ? 0 : idle + 1;
      if (idle > 0) await bell.wait(deps.settings.mail.pollMs * Math.min(idle, maxIdle));
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
      await atMost(maxStopMs, running);
      // What a slow mail server holds up is the next worker's; should both arrive, they are the same mail.
      for (const lease of delivery.leases) await db.postponeMail(deps.db, lease, { nextAttemptAt: deps.now() });
    },
  };
}

function noteUnreadable({ log }: Deps, error: unknown): number {
  log({ level: "error", message: "The outbox cannot be read.", error: summarize(error) });
  return 0;
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const patience = new AbortController();
  await Promise.race([work, wait(ms, null, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
}

/** Waits until somebody rings, or `maxMs` are over; a ring while nobody waits is remembered. */
function createBell() {
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
    async wait(maxMs: number) {
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
