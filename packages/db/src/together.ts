import { connectionFault } from "./postgres/pool.js";

/** Looks up all these keys in one statement. What is not there is not in the answer. */
export type LookUpAll<Row> = (keys: readonly string[]) => Promise<Map<string, Row>>;

export interface TogetherOptions {
  /** Shared with the other look-ups on the same database. */
  road: Road;
  /** Whether a failure may be of one key alone, so that the others are to be looked up without it. */
  isOfOneKey(error: unknown): boolean;
}

/** What the look-ups on one database have under way between them. */
export interface Road {
  lanes: Set<{ sinceMs: number }>;
  /** Each sends what waits, if there is a lane. The one that was served last comes last. */
  departures: (() => void)[];
}

interface Asked<Row> {
  resolve(row: Row | null): void;
  reject(error: unknown): void;
}

type Asking<Row> = Map<string, Asked<Row>[]>;

interface Self<Row> extends TogetherOptions {
  lookUpAll: LookUpAll<Row>;
  /** Of those that came since the last statement was sent. */
  waiting: Asking<Row>;
  timer: ReturnType<typeof setTimeout> | undefined;
  depart: () => void;
}

/** Statements under way that are not late. */
const maxLanes = 2;
/** Then a statement is late, and another one may be sent beside it. */
const lateMs = 50;
/** With the late ones: they must leave the pool's connections to others. */
const maxLanesInAll = 5;
const maxKeys = 200;
/** As long as one statement may take. */
const patienceMs = 6_000;

export function createRoad(): Road {
  return { lanes: new Set(), departures: [] };
}

/**
 * Look-ups of one moment in one statement: one that comes alone leaves at once, and what comes while two are under way
 * waits for the first of them. No statement answers for a key that came after it was sent, so that what had ended by then
 * is gone. One that is stuck holds up nobody else: after 50 ms it no longer counts. What has waited for six seconds all
 * the same is rejected with ETIMEDOUT, wherever it is then.
 */
export function together<Row>(
  lookUpAll: LookUpAll<Row>,
  options: TogetherOptions,
): (key: string) => Promise<Row | null> {
  const self: Self<Row> = {
    ...options,
    lookUpAll,
    waiting: new Map(),
    timer: undefined,
    depart: () => depart(self),
  };
  options.road.departures.push(self.depart);
  return (key) =>
    new Promise((resolve, reject) => {
      const leavesAtOnce = self.waiting.size === 0 && hasLane(self.road);
      const asked = leavesAtOnce ? { resolve, reject } : patient(self, key, { resolve, reject });
      const others = self.waiting.get(key);
      if (others) others.push(asked);
      else self.waiting.set(key, [asked]);
      depart(self);
    });
}

/** Gives up after six seconds. A key that nobody waits for any more is not looked up. */
function patient<Row>(self: Self<Row>, key: string, { resolve, reject }: Asked<Row>): Asked<Row> {
  const timer = setTimeout(() => {
    const left = self.waiting.get(key)?.filter((other) => other !== asked) ?? [];
    if (left.length > 0) self.waiting.set(key, left);
    else self.waiting.delete(key);
    reject(connectionFault("ETIMEDOUT", "PostgreSQL did not answer in time"));
  }, patienceMs);
  const asked: Asked<Row> = {
    resolve(row) {
      clearTimeout(timer);
      resolve(row);
    },
    reject(error) {
      clearTimeout(timer);
      reject(error);
    },
  };
  return asked;
}

function depart<Row>(self: Self<Row>): void {
  clearTimeout(self.timer);
  while (self.waiting.size > 0 && hasLane(self.road)) void travel(self, nextOf(self));
  // Nobody else may come, or come back, to send them.
  if (self.waiting.size > 0) self.timer = setTimeout(self.depart, lateMs).unref();
}

function hasLane({ lanes }: Road): boolean {
  if (lanes.size < maxLanes) return true;
  const nowMs = performance.now();
  const punctual = [...lanes].filter(({ sinceMs }) => nowMs - sinceMs < lateMs);
  return punctual.length < maxLanes && lanes.size < maxLanesInAll;
}

function nextOf<Row>(self: Self<Row>): Asking<Row> {
  const all = [...self.waiting];
  self.waiting = new Map(all.slice(maxKeys));
  return new Map(all.slice(0, maxKeys));
}

async function travel<Row>(self: Self<Row>, asking: Asking<Row>): Promise<void> {
  const { lanes, departures } = self.road;
  const lane = { sinceMs: performance.now() };
  lanes.add(lane);
  await answer(self, asking);
  lanes.delete(lane);
  departures.push(...departures.splice(departures.indexOf(self.depart), 1));
  for (const depart of [...departures]) depart();
}

/** Never rejects. */
async function answer<Row>(self: Self<Row>, asking: Asking<Row>): Promise<void> {
  try {
    const rows = await self.lookUpAll([...asking.keys()]);
    for (const [key, asked] of asking) tell(asked, rows.get(key) ?? null);
  } catch (error) {
    if (asking.size > 1 && self.isOfOneKey(error)) {
      for (const one of asking) await answer(self, new Map([one]));
      return;
    }
    for (const { reject } of [...asking.values()].flat()) reject(error);
  }
}

/** Each gets a row of its own: what one does with it is nobody else's. */
function tell<Row>([first, ...others]: Asked<Row>[], row: Row | null): void {
  for (const { resolve } of others) resolve(structuredClone(row));
  first?.resolve(row);
}
