import type { SeenLease } from "@keywright/db";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import type { Places } from "./places.js";

/** What keeps a worker's mails its own, and finds those of workers that are gone. */
export interface Leases {
  /** When the mails claimed now are free again for workers of older versions. */
  until(): Date;
  /** Returns the mails of dead workers to the queue. True while other workers have mails. */
  look(): Promise<boolean>;
  /** The same, unless that was done a moment ago. */
  lookAgain(): Promise<boolean>;
  stop(): void;
}

/** For older versions, which go by the clock. */
const leaseMs = 60_000;
const beatMs = 1_500;
/** Without a sign of life for so long, a worker is dead. Measured by the one who waits: clocks are not compared. */
const deadMs = 6_000;
/** How often to look, while others have mails. */
export const lookMs = 1_500;
/** Who has not looked for so long, because the database was away for instance, cannot tell how long a lease stands still. */
const maxGapMs = 4_000;
const maxSeen = 1_000;

interface State {
  worker: string;
  places: Places;
  /** Other workers' leases, and since when each shows the same number of beats. */
  seen: Map<string, { beats: number; since: number }>;
  lookedAt: number;
  hasOthers: boolean;
  isBeating: boolean;
}

export function createLeases(deps: Deps, worker: string, places: Places): Leases {
  const state: State = {
    worker,
    places,
    seen: new Map(),
    lookedAt: Number.NEGATIVE_INFINITY,
    hasOthers: false,
    isBeating: false,
  };
  const timer = setInterval(() => void beat(deps, state), beatMs);
  const look = () => lookAt(deps, state);
  return {
    until: () => leaseUntil(deps),
    look,
    lookAgain: async () => (performance.now() - state.lookedAt < lookMs ? state.hasOthers : await look()),
    stop: () => clearInterval(timer),
  };
}

function leaseUntil(deps: Deps): Date {
  return new Date(deps.now().getTime() + leaseMs);
}

async function beat(deps: Deps, state: State): Promise<void> {
  const ids = state.places.entries().map(({ id }) => id);
  if (ids.length === 0 || state.isBeating) return;
  state.isBeating = true;
  const lease = { worker: state.worker, ids, leaseUntil: leaseUntil(deps) };
  // If the database fails, the next beat may be in time.
  await db.renewLeases(deps.db, lease).catch(() => {});
  state.isBeating = false;
}

async function lookAt(deps: Deps, state: State): Promise<boolean> {
  const now = performance.now();
  if (now - state.lookedAt > maxGapMs) state.seen.clear();
  const own = new Set(state.places.entries().map(({ id }) => id));
  const others = (await db.listLeases(deps.db, maxSeen)).filter(({ id }) => !own.has(id));
  const ids = new Set(others.map(({ id }) => id));
  for (const id of state.seen.keys()) if (!ids.has(id)) state.seen.delete(id);
  for (const lease of others.filter((lease) => isDead(deps, state, lease))) {
    await db.takeBack(deps.db, lease, { now: deps.now(), error: "The worker that had it is gone." });
  }
  state.hasOthers = others.length > 0;
  state.lookedAt = now;
  return state.hasOthers;
}

function isDead(deps: Deps, { seen }: State, lease: SeenLease): boolean {
  if (lease.lockedBy === null) return lease.lockedUntil !== null && lease.lockedUntil <= deps.now();
  const known = seen.get(lease.id);
  if (known?.beats === lease.beats) return performance.now() - known.since >= deadMs;
  seen.set(lease.id, { beats: lease.beats, since: performance.now() });
  return false;
}
