/** Time that passes only when the test says so. One clock for all; each device may have set its own wrong. */
export interface Time {
  nowMs(): number;
  /** Calls back after so many milliseconds; the answer ends it. */
  after(ms: number, call: () => void): () => void;
  /** Lets everything happen that is due now. */
  settle(): Promise<void>;
  /** Lets so much time pass, with everything that happens in it. */
  pass(ms: number): Promise<void>;
}

interface Timer {
  atMs: number;
  call: () => void;
}

/** All that promises have to do is done before the event loop turns. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

export function createTime(): Time {
  let nowMs = 0;
  const timers = new Set<Timer>();
  const nextBy = (ms: number): Timer | null => {
    let next: Timer | null = null;
    for (const timer of timers) if (timer.atMs <= ms && (next === null || timer.atMs < next.atMs)) next = timer;
    return next;
  };
  const passTo = async (ms: number) => {
    await turn();
    for (let timer = nextBy(ms); timer; timer = nextBy(ms)) {
      timers.delete(timer);
      nowMs = Math.max(nowMs, timer.atMs);
      timer.call();
      await turn();
    }
    nowMs = ms;
  };
  return {
    nowMs: () => nowMs,
    after(ms, call) {
      const timer = { atMs: nowMs + Math.max(0, ms), call };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    settle: () => passTo(nowMs),
    pass: (ms) => passTo(nowMs + ms),
  };
}

/** The day on which the server's clock begins. */
const dayOne = Date.UTC(2026, 0, 1);

/** The clocks and timers of one program on one device, as its globals. */
export function createClock(time: Time, device: { clockOffMs: number }) {
  const wallMs = () => dayOne + time.nowMs() + device.clockOffMs;
  const running = new Map<number, { ms: number; stop: () => void }>();
  let count = 0;
  let isOver = false;
  const globals = {
    setTimeout(call: () => void, ms = 0): number {
      const id = ++count;
      const ring = () => {
        running.delete(id);
        if (!isOver) call();
      };
      running.set(id, { ms, stop: time.after(ms, ring) });
      return id;
    },
    clearTimeout(id: number | undefined) {
      running.get(id ?? 0)?.stop();
      running.delete(id ?? 0);
    },
    Date: new Proxy(Date, {
      construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [wallMs()] : given, made),
      get: (target, name) => (name === "now" ? wallMs : Reflect.get(target, name)),
    }),
    performance: { now: () => time.nowMs() },
    // The same in each run.
    Math: Object.assign(Object.create(Math), { random: () => (++count * 0.618_034) % 1 }),
  };
  return {
    globals,
    /** How long each timer that runs was set for. */
    waits: () => [...running.values()].map(({ ms }) => ms),
    /** The program has ended: nothing of it happens any more. */
    end() {
      isOver = true;
      for (const { stop } of running.values()) stop();
      running.clear();
    },
  };
}

/** The server's clock is right. */
export const serverTime = (time: Time) => new Date(dayOne + time.nowMs());
