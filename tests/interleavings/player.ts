import { EventEmitter } from "node:events";
import type { Backend, Watcher } from "./proxy.js";

/** A statement that waits to be let through. */
interface Held {
  text: string;
  backend: Backend;
  release(): void;
}

export type Phase = "held" | "asked" | "thinking" | "done";

/** One of the two callers, with an instance and a proxy of its own. */
export interface Player {
  watcher: Watcher;
  /** `held`: a statement waits; `asked`: the database has it; `thinking`: neither; `done`: the call has ended. */
  phase(): Phase;
  /** The processes in the database that work for it. */
  pids(): number[];
  /** Lets its oldest statement through. */
  release(): void;
  /** Plays a call; from then on its statements are held. */
  play<T>(work: () => Promise<T>): Promise<T>;
  /** What it sent since `play`, in order; `isStep` if it was held. */
  sent: Sent[];
}

export interface Sent {
  text: string;
  pid: number;
  isStep: boolean;
  /** Whether it found, wrote or removed anything. */
  hasRows: boolean;
  code: string | null;
}

/** Tells when anything happened to either player. */
export function createBell() {
  const events = new EventEmitter();
  return {
    ring: () => void events.emit("ring"),
    next: (listener: () => void) => void events.once("ring", listener),
    cancel: (listener: () => void) => void events.off("ring", listener),
  };
}

export type Bell = ReturnType<typeof createBell>;

export function createPlayer(bell: Bell): Player {
  const held: Held[] = [];
  const asked = new Map<Backend, Sent>();
  const sent: Sent[] = [];
  let isPlaying = false;
  let isDone = true;
  const watcher: Watcher = {
    arrived(text, backend) {
      if (!isPlaying) return null;
      const entry = { text, pid: backend.pid, isStep: isStep(text), hasRows: false, code: null };
      sent.push(entry);
      asked.set(backend, entry);
      if (!entry.isStep) return null;
      asked.delete(backend);
      return new Promise((resolve) => {
        const release = () => {
          asked.set(backend, entry);
          resolve();
        };
        held.push({ text, backend, release });
        bell.ring();
      });
    },
    answered(backend, { code, hasRows }) {
      const entry = asked.get(backend);
      if (entry) Object.assign(entry, { code, hasRows });
      asked.delete(backend);
      bell.ring();
    },
  };
  return {
    watcher,
    sent,
    phase() {
      if (held.length > 0) return "held";
      if (asked.size > 0) return "asked";
      return isDone ? "done" : "thinking";
    },
    pids: () => [...asked.keys()].map(({ pid }) => pid),
    release: () => held.shift()?.release(),
    async play(work) {
      sent.length = 0;
      isPlaying = true;
      isDone = false;
      return await work().finally(() => {
        isPlaying = false;
        isDone = true;
        bell.ring();
      });
    },
  };
}

/**
 * What is held. `begin` takes no snapshot and a rollback shows nothing, counters are no part of an account, and the mail
 * worker's and housekeeping's own looks are not the calls'.
 */
function isStep(text: string): boolean {
  return !/^(?:begin|savepoint|release|rollback|set )|"rate_limits"/i.test(text);
}
