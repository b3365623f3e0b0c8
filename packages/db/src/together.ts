/** Looks up all these keys in one statement. What is not there is not in the answer. */
export type LookUpAll<Row> = (keys: readonly string[]) => Promise<Map<string, Row>>;

export interface TogetherOptions {
  /** Whether a failure may be of one key alone, so that the others are to be looked up without it. */
  isOfOneKey(error: unknown): boolean;
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
  /** When each statement under way was sent. */
  lanes: Set<{ sinceMs: number }>;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Statements under way that are not late. */
const maxLanes = 2;
/** Then a statement is late, and another one may be sent beside it. */
const lateMs = 50;
/** With the late ones: they must leave the pool's connections to others. */
const maxLanesInAll = 5;
const maxKeys = 200;

/**
 * Look-ups of one moment in one statement: one that comes alone leaves at once, and what comes while two are under way
 * waits for the first of them. No statement answers for a key that came after it was sent, so that what had ended by then
 * is gone. One that is stuck holds up nobody else: after 50 ms it no longer counts.
 */
export function together<Row>(
  lookUpAll: LookUpAll<Row>,
  options: TogetherOptions,
): (key: string) => Promise<Row | null> {
  const self: Self<Row> = { ...options, lookUpAll, waiting: new Map(), lanes: new Set(), timer: undefined };
  return (key) =>
    new Promise((resolve, reject) => {
      const others = self.waiting.get(key);
      if (others) others.push({ resolve, reject });
      else self.waiting.set(key, [{ resolve, reject }]);
      depart(self);
    });
}

function depart<Row>(self: Self<Row>): void {
  clearTimeout(self.timer);
  while (self.waiting.size > 0 && hasLane(self)) void travel(self, nextOf(self));
  // Nobody else may come, or come back, to send them.
  if (self.waiting.size > 0) self.timer = setTimeout(() => depart(self), lateMs).unref();
}

function hasLane({ lanes }: Self<unknown>): boolean {
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
  const lane = { sinceMs: performance.now() };
  self.lanes.add(lane);
  await answer(self, asking);
  self.lanes.delete(lane);
  depart(self);
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
