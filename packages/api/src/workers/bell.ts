/** What a worker sleeps beside. */
export interface Bell {
  ring(): void;
  stop(): void;
  isStopped(): boolean;
  /** True once somebody rings, false when `maxMs` have passed. A ring while nobody waits is remembered. */
  wait(maxMs: number): Promise<boolean>;
}

export function createBell(): Bell {
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
    async wait(maxMs) {
      if (!state.isRung && !state.isStopped) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, maxMs);
          state.wakeUp = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      const { isRung } = state;
      state.isRung = false;
      return isRung;
    },
  };
}
