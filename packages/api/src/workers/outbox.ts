import { setTimeout as wait } from "node:timers/promises";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { summarize } from "../log.js";
import type { Mailer } from "../mail/mail.js";
import { type Delivery, deliverDue } from "./deliver.js";
import { createOutage } from "./outage.js";

export interface OutboxWorker {
  /** Checks for mail now rather than at the next poll. */
  wake(): void;
  /**
   * Delivers everything that is due now; for tests, and for emptying the queue by hand. If the mail server is down, it
   * is tried once, however recent the last attempt.
   */
  drain(): Promise<void>;
  /** Takes no more mail, waits up to ten seconds for deliveries in progress, and returns the rest to the queue. */
  stop(): Promise<void>;
}

const maxStopMs = 10_000;
/** How many times less often the worker checks for mail when it finds none. */
const maxIdle = 10;

/**
 * Delivers queued mail, at least once, in any number of processes. The life of a mail:
 *
 * 1. Queued (`services/queue-mail.ts`): one row, in the transaction that causes it, then `wake`. Nothing is looked up,
 *    and there is no secret yet.
 * 2. Claimed (`deliver.ts`): leased to one worker. A worker that dies loses its lease after a minute.
 * 3. Prepared (`prepare-mail.ts`): its flow decides which mail to send (`plans.ts`), its secret is minted (`mint.ts`) and
 *    its text is written (`mail/compose.ts`). If there is nobody to write to, it is `dropped`.
 * 4. Handed to the mailer, and `sent`; or retried later (`retry.ts`). While the mail server is down, all mails wait
 *    (`outage.ts`), and no attempt is counted.
 * 5. Or `dead`: its address does not exist, it was rejected three times (`retry.ts`), or it is too old to be of use
 *    (`plans.ts`: 6 hours for a password's link, 3 days for a verification, 7 days for a notice).
 *
 * A provider's token that is to be revoked travels the same way, without a mail (`revoke.ts`).
 */
export function startOutbox(deps: Deps, mailer: Mailer): OutboxWorker {
  const bell = createBell();
  const delivery: Delivery = { mailer, outage: createOutage(deps), leases: new Set() };
  let last: Promise<unknown> = Promise.resolve();

  /** One batch at a time: whoever waits for a batch has also waited for those before it. */
  function deliverNext(): Promise<number> {
    const next = last.then(() => deliverDue(deps, delivery));
    last = next.catch(() => {});
    return next;
  }

  /** During an outage the database is not even queried, since no mail could be sent. */
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
      // Mail held up by a slow server is left to the next worker; if both copies arrive, they are the same mail.
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

/** Waits until somebody rings or `maxMs` have passed; a ring while nobody waits is remembered. */
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
