import { randomUUID } from "node:crypto";
import type { Deps } from "../deps.js";
import { summarize } from "../log.js";
import type { Mailer } from "../mail/mail.js";
import { type Bell, createBell } from "./bell.js";
import { createDeliveries, type Deliveries } from "./deliveries.js";
import { lookMs } from "./leases.js";

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

/** How many times less often the worker checks for mail when it finds none. */
const maxIdle = 5;

/**
 * Delivers queued mail, at least once, in any number of processes. The life of a mail:
 *
 * 1. Queued (`services/queue-mail.ts`): one row, in the transaction that causes it, then `wake`. Nothing is looked up,
 *    and there is no secret yet.
 * 2. Claimed (`deliveries.ts`): leased to one worker, as soon as one of its places is free. Others take the mails of a
 *    worker that gives no more signs of life (`leases.ts`).
 * 3. Prepared (`prepare-mail.ts`): its flow decides which mail to send (`plans.ts`), its secret is minted (`mint.ts`) and
 *    its text is written (`mail/compose.ts`). If there is nobody to write to, it is `dropped`.
 * 4. Handed to the mailer (`deliver.ts`), and `sent`; or retried later (`retry.ts`). While the mail server is down, all
 *    mails wait (`outage.ts`), and no attempt is counted.
 * 5. Or `dead`: its address does not exist, it was rejected three times (`retry.ts`), or it is too old to be of use
 *    (`plans.ts`: 6 hours for a password's link, 3 days for a verification, 7 days for a notice). An operator can have it
 *    tried again (`services/mails.ts`).
 *
 * A provider's token that is to be revoked travels the same way, without a mail (`revoke.ts`).
 */
export function startOutbox(deps: Deps, mailer: Mailer): OutboxWorker {
  const bell = createBell();
  const deliveries = createDeliveries(deps, mailer, { worker: randomUUID(), onFree: bell.ring });
  const running = run(deps, bell, deliveries);
  return {
    wake: bell.ring,
    drain: () => drain(deliveries),
    async stop() {
      bell.stop();
      await Promise.all([running, deliveries.stop()]);
    },
  };
}

async function run(deps: Deps, bell: Bell, deliveries: Deliveries): Promise<void> {
  let idle = 1;
  while (!bell.isStopped()) {
    const { found, maxMs } = await turn(deps, deliveries, idle);
    if (found > 0) idle = 1;
    const isRung = await bell.wait(maxMs);
    if (!isRung) idle = Math.min(idle + 1, maxIdle);
  }
}

/** How many mails were found, and how long to wait before the next look. */
async function turn(deps: Deps, { outage, leases, fill }: Deliveries, idle: number) {
  // During an outage the database is not even queried, since no mail could be sent.
  if (outage.isPaused()) return { found: 0, maxMs: Math.max(outage.pauseMs(), 1) };
  const { pollMs } = deps.settings.mail;
  try {
    const found = await fill();
    const hasOthers = await leases.lookAgain();
    return { found, maxMs: hasOthers ? Math.min(pollMs, lookMs) : pollMs * idle };
  } catch (error) {
    deps.log({ level: "error", message: "The outbox cannot be read.", error: summarize(error) });
    return { found: 0, maxMs: pollMs * idle };
  }
}

async function drain({ outage, places, leases, fill }: Deliveries): Promise<void> {
  for (;;) {
    const refusals = outage.refusals();
    await leases.look();
    await fill();
    if (places.count() === 0) return;
    await places.ended();
    if (outage.isOn() && outage.refusals() > refusals) return;
  }
}
