import { explained } from "./startup-faults.js";
import type { Way, Ways } from "./ways.js";

export interface Query {
  text: string;
  parameters: unknown[];
  /** Whether rows are arrays instead of objects. */
  isRaw: boolean;
  isPrepared: boolean;
}

/** A postgres.js client with one connection. */
export interface Driver {
  query(query: Query): Promise<unknown>;
  end(options: { timeout: number }): Promise<void>;
}

export interface Hooks {
  /** The server has accepted the connection, and has not been sent a statement yet. */
  onUp(): void;
  onClose(): void;
}

export interface Route {
  ways: Ways;
  open(way: Way, hooks: Hooks): Driver;
  /** An SQL condition that holds on a server that will do; null if any does. */
  fitness: string | null;
}

export interface Attempt {
  way: Way;
  driver: Driver;
  isOpen(): boolean;
  /** Rejects if the server will not do. */
  fit: Promise<void> | null;
}

/** A connection that is being opened, in one way after the other until one works, and then stays with that. */
export interface Opening {
  current(): Attempt;
  /** Sends a statement, on each attempt until it has reached a server: only then can it have run. */
  through(send: (attempt: Attempt) => Promise<unknown>): Promise<unknown>;
  end(options: { timeout: number }): Promise<void>;
}

export function createOpening(route: Route, onClose: () => void): Opening {
  const tried: Way[] = [];
  const start = (way: Way): Attempt => {
    tried.push(way);
    const started: Attempt = startAttempt(route, way, () => started === current && onClose());
    return started;
  };
  let isEnded = false;
  let current = start(route.ways.first());
  const goesOn = (failed: Attempt, error: unknown): boolean => {
    if (failed.isOpen() || isEnded) return false;
    // Another statement was waiting too, and has found the next way.
    if (failed !== current) return true;
    const way = route.ways.next(failed.way, error, tried);
    if (way === null) return false;
    current = start(way);
    void failed.driver.end({ timeout: 0 });
    return true;
  };
  return {
    current: () => current,
    async through(send) {
      for (;;) {
        const at = current;
        try {
          await at.fit;
          return await send(at);
        } catch (error) {
          if (!goesOn(at, error)) throw at.isOpen() ? error : explained(error);
        }
      }
    },
    end(options) {
      isEnded = true;
      return current.driver.end(options);
    },
  };
}

function startAttempt({ ways, open, fitness }: Route, way: Way, onClose: () => void): Attempt {
  let isOpen = false;
  const opened = () => {
    if (!isOpen) ways.worked(way);
    isOpen = true;
  };
  const driver = open(way, { onUp: () => fitness === null && opened(), onClose });
  const fit = fitness === null ? null : isFit(driver, fitness).then(opened);
  // Whoever sends a statement hears of it.
  fit?.catch(() => {});
  return { way, driver, isOpen: () => isOpen, fit };
}

async function isFit(driver: Driver, condition: string): Promise<void> {
  const text = `select 1 where ${condition}`;
  const rows = await driver.query({ text, parameters: [], isRaw: false, isPrepared: false });
  if (Array.isArray(rows) && rows.length === 1) return;
  throw Object.assign(new Error("PostgreSQL at this address is read-only, or a standby"), { code: "25006" });
}
