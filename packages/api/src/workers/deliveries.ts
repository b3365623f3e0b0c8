import { setTimeout as wait } from "node:timers/promises";
import type { ClaimedEntry } from "@keywright/db";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { summarize } from "../log.js";
import type { Mailer } from "../mail/mail.js";
import { deliver } from "./deliver.js";
import { createLeases, type Leases } from "./leases.js";
import { createOutage, type Outage } from "./outage.js";
import { createPlaces, type Places } from "./places.js";

/** The mails that a worker sends side by side. */
export interface Deliveries {
  places: Places;
  outage: Outage;
  leases: Leases;
  /** Claims a mail for each free place and begins to deliver it; returns how many. */
  fill(): Promise<number>;
  /** Claims no more, waits up to ten seconds for deliveries in progress, and returns the rest to the queue. */
  stop(): Promise<void>;
}

interface State extends Pick<Deliveries, "places" | "outage" | "leases"> {
  mailer: Mailer;
  worker: string;
  isStopped: boolean;
  /** Whether a free place is worth a look at the database. */
  mayHaveMore: boolean;
  claims: number;
}

const maxStopMs = 10_000;
const writeAgainMs = 1_000;
const maxWriteMs = 10 * 60_000;

export function createDeliveries(
  deps: Deps,
  mailer: Mailer,
  { worker, onFree }: { worker: string; onFree: () => void },
): Deliveries {
  const places = createPlaces(() => state.mayHaveMore && onFree());
  const parts = { places, outage: createOutage(deps), leases: createLeases(deps, worker, places) };
  const state: State = { ...parts, mailer, worker, isStopped: false, mayHaveMore: false, claims: 0 };
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...parts,
    /** One after the other, so that no place is given twice. */
    fill() {
      const next = last.then(() => claimAll(deps, state));
      last = next.catch(() => {});
      return next;
    },
    async stop() {
      state.isStopped = true;
      await atMost(maxStopMs, last.then(places.ended));
      // Mail held up by a slow server is left to the next worker; if both copies arrive, they are the same mail.
      for (const entry of places.entries()) await db.postponeMail(deps.db, entry, { nextAttemptAt: deps.now() });
      parts.leases.stop();
    },
  };
}

/** Until all places are taken or nothing is left: each claim is so small that it cannot take too much of anything. */
async function claimAll(deps: Deps, state: State): Promise<number> {
  const { places, outage, worker } = state;
  for (let found = 0; ; ) {
    const width = outage.width();
    const free = state.isStopped ? 0 : width - places.count();
    if (free <= 0) return found;
    const room = places.room({ ofDomain: Math.ceil((width * 2) / 3), ofRetries: Math.ceil(width / 2) });
    const limit = Math.min(free, room.perDomain, room.forRetries || free);
    // Those that are due longest may be retries.
    const which = room.forRetries === 0 ? { newest: limit, limit: 0 } : { newest: newestOf(limit, state), limit };
    const lease = { worker, now: deps.now(), leaseUntil: state.leases.until() };
    const entries = await db.claimMails(deps.db, { ...lease, ...which, busy: room.busy });
    for (const entry of entries) places.add(entry, work(deps, state, entry));
    found += entries.length;
    state.mayHaveMore = entries.length > 0 || room.busy.length > 0 || room.forRetries === 0;
    if (entries.length < limit) return found;
  }
}

/** Half of the free places are for the newest mails. */
function newestOf(limit: number, state: State): number {
  // The mails that wait take turns at trying the server, so that those that are too old are seen.
  if (state.outage.isOn()) return 0;
  state.claims++;
  return Math.floor((limit + (state.claims % 2)) / 2);
}

async function work(deps: Deps, state: State, entry: ClaimedEntry): Promise<void> {
  const { end, note } = await deliver(deps, state.mailer, entry);
  if (end instanceof Error) state.outage.failed(end);
  else if (end === "answered") state.outage.answered();
  try {
    await persistently(note, state);
  } catch (error) {
    // Without signs of life the lease ends, and the mail is retried.
    deps.log({ level: "error", message: "The outbox cannot be written.", error: summarize(error) });
  }
}

/** Until the database is back: a mail that was sent must not be sent again. Its lease is kept meanwhile. */
async function persistently(write: () => Promise<void>, state: State): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return await write();
    } catch (error) {
      const isOver = state.isStopped || performance.now() - startedAt > maxWriteMs;
      if (isOver || !db.isDatabaseFault(error)) throw error;
    }
    await wait(writeAgainMs, null, { ref: false });
  }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const patience = new AbortController();
  await Promise.race([work, wait(ms, null, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
}
