import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { summarize } from "../log.js";
import { keptAfterExpiryMs } from "../services/secrets.js";
import { endExpiredSessions } from "../sessions/sessions.js";
import { createUnverifiedPurge } from "./unverified-users.js";

/** How much of each kind was removed. */
export interface Purged {
  sessions: number;
  secrets: number;
  /** Round trips to providers, hand-off codes, tickets and used ID tokens. */
  social: number;
  rateLimits: number;
  mails: number;
  events: number;
  users: number;
  /** Usernames that nobody could use, as if the accounts they were chosen for existed. */
  usernameHolds: number;
}

export interface Housekeeping {
  /** Removes everything expired, now. If a kind could not be removed, rejects after trying all the others. */
  cleanUp(): Promise<Purged>;
  /** Starts no further batch, and waits for the one in progress. */
  stop(): Promise<void>;
}

const dayMs = 86_400_000;
const firstMs = 60_000;
const everyMs = 10 * 60_000;

/** Removes expired rows from time to time, in any number of processes: they skip each other's rows. */
export function startHousekeeping(deps: Deps): Housekeeping {
  const state: State = { purges: createPurges(), isStopped: false, timer: undefined, last: Promise.resolve() };

  /** One after the other: a process needs only one connection for it. */
  function cleanUp(): Promise<Purged> {
    const next = state.last.then(() => purgeAll(deps, state));
    state.last = next.catch(() => {});
    return next;
  }

  function plan(ms: number): void {
    if (state.isStopped) return;
    // Randomized, so that processes do not run at the same moment.
    const delayMs = ms * (0.75 + Math.random() * 0.5);
    // Failures are logged, and retried at the next turn.
    state.timer = setTimeout(() => void cleanUp().then(again, again), delayMs);
  }
  const again = () => plan(everyMs);

  plan(firstMs);
  return {
    cleanUp,
    async stop() {
      state.isStopped = true;
      clearTimeout(state.timer);
      await state.last;
    },
  };
}

interface State {
  purges: Record<keyof Purged, Purge[]>;
  isStopped: boolean;
  timer: NodeJS.Timeout | undefined;
  last: Promise<unknown>;
}

/** Removes one batch. */
interface Purge {
  limit: number;
  batch(deps: Deps, batch: db.Batch): Promise<db.Purged>;
}

const rows = 1_000;
/** Each of these rows takes rows of other tables with it, and a statement has only a few seconds. */
const rowsWithOthers = 200;
/** Dead letters are kept longer, so that an operator can see who was not reached. */
const mailDays = { sent: 7, dropped: 7, dead: 90 };
const settlements = ["sent", "dropped", "dead"] as const;

const createPurges = (): Record<keyof Purged, Purge[]> => ({
  sessions: [{ limit: rowsWithOthers, batch: endExpiredSessions }],
  secrets: [
    inRows((deps, batch) => db.purgeSecrets(deps.db, { before: ago(deps, keptAfterExpiryMs / dayMs), ...batch })),
  ],
  social: [
    inRows((deps, batch) => db.purgeSocialFlows(deps.db, { before: deps.now(), ...batch })),
    inRows((deps, batch) => db.purgeSocialGrants(deps.db, { before: deps.now(), ...batch })),
  ],
  rateLimits: [inRows((deps, batch) => db.purgeRateLimits(deps.db, batch))],
  mails: settlements.map((status) =>
    inRows((deps, batch) => db.purgeMails(deps.db, { status, before: ago(deps, mailDays[status]), ...batch })),
  ),
  users: [{ limit: rowsWithOthers, batch: createUnverifiedPurge() }],
  usernameHolds: [inRows(purgeHolds)],
  events: [
    inRows((deps, batch) =>
      db.purgeAuditEvents(deps.db, { before: ago(deps, deps.settings.user.eventDays), ...batch }),
    ),
  ],
});

function inRows(batch: Purge["batch"]): Purge {
  return { limit: rows, batch };
}

const kinds = ["sessions", "secrets", "social", "rateLimits", "mails", "users", "usernameHolds", "events"] as const;

/** A kind that fails does not keep the others from being removed. */
async function purgeAll(deps: Deps, state: State): Promise<Purged> {
  const purged: Purged = {
    sessions: 0,
    secrets: 0,
    social: 0,
    rateLimits: 0,
    mails: 0,
    events: 0,
    users: 0,
    usernameHolds: 0,
  };
  const failures: unknown[] = [];
  for (const kind of kinds) {
    try {
      for (const purge of state.purges[kind]) purged[kind] += await purgeKind(deps, purge, state);
    } catch (error) {
      failures.push(error);
      deps.log({ level: "error", message: `Housekeeping failed at ${kind}.`, error: summarize(error) });
    }
  }
  if (failures.length > 0) throw failures[0];
  return purged;
}

async function purgeKind(deps: Deps, { limit, batch }: Purge, state: State): Promise<number> {
  let count = 0;
  // Each turn begins at the oldest: rows that were locked, or whose removal failed, go then.
  let from: Date | null = null;
  while (!state.isStopped) {
    const { removed, seen, first = null }: db.Purged = await batch(deps, { limit, from });
    count += removed;
    if (seen < limit) break;
    from = first;
  }
  return count;
}

/** With the unverified accounts of the same time: a name that came back sooner would tell which of them exist. */
async function purgeHolds(deps: Deps, batch: db.Batch): Promise<db.Purged> {
  const days = deps.settings.registration.unverifiedDays;
  if (days === null) return { removed: 0, seen: 0 };
  return await db.purgeUsernameHolds(deps.db, { before: ago(deps, days), ...batch });
}

function ago({ now }: Deps, days: number): Date {
  return new Date(now().getTime() - days * dayMs);
}
