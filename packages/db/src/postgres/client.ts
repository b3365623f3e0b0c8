import { createOpening, type Route } from "./opening.js";
import { codeOf } from "./startup-faults.js";

export interface Statement {
  text: string;
  parameters: unknown[];
  /** Those of the parameters: the driver prepares a text once for each combination. */
  types: string;
}

/** One connection, which is opened with the first statement. */
export interface Client {
  query(statement: Statement, isRaw: boolean): Promise<unknown>;
  begin(): Promise<unknown>;
  /**
   * Whether a statement can be sent before those under way are answered: it goes out in one piece. Otherwise the driver
   * asks for its types first, and PgBouncer may give the connection to the server away between that and the rest.
   */
  mayFollow(statement: Statement): boolean;
  /** How much longer a statement may take, because it waits for the connection. */
  openingMs(): number;
  /** The server does not take writes: the next connection begins with another. */
  leave(): void;
  end(options: { timeout: number }): Promise<void>;
}

export interface Patience {
  openingMs: number;
  /** The server's own limit, for where it cannot be sent when connecting. */
  serverMs: number;
}

export function createClient(route: Route, { openingMs, serverMs }: Patience, onClose: () => void): Client {
  const { ways } = route;
  const opening = createOpening(route, onClose);
  const prepared = createPrepared();
  return {
    async query(statement, isRaw) {
      const { text, parameters } = statement;
      const isPrepared = ways.isPrepared();
      try {
        const rows = await opening.through(({ driver }) => driver.query({ text, parameters, isRaw, isPrepared }));
        if (isPrepared) prepared.add(statement);
        return rows;
      } catch (error) {
        prepared.remove(statement);
        if (isLostPreparation(error)) ways.unprepare();
        throw error;
      }
    },
    mayFollow: (statement) => statement.parameters.length === 0 || (ways.isPrepared() && prepared.has(statement)),
    begin: () =>
      opening.through(({ driver, way }) => {
        const text = way.isBare ? beginWithLimits(serverMs) : "begin";
        return driver.query({ text, parameters: [], isRaw: false, isPrepared: false });
      }),
    openingMs: () => (opening.current().isOpen() ? 0 : openingMs),
    leave: () => ways.leave(opening.current().way),
    end: opening.end,
  };
}

export function statementOf(text: string, parameters: unknown[] = []): Statement {
  return { text, parameters, types: parameters.map((value) => (value instanceof Date ? "date" : typeof value)).join() };
}

/**
 * What the connection has prepared. Looked up for every statement and connection, so by the text as it is: a key put
 * together of both would have to be hashed anew each time, which took a tenth of a session check.
 */
function createPrepared() {
  const typesOf = new Map<string, Set<string>>();
  return {
    has: ({ text, types }: Statement) => typesOf.get(text)?.has(types) === true,
    add({ text, types }: Statement) {
      const known = typesOf.get(text);
      if (known) known.add(types);
      else typesOf.set(text, new Set([types]));
    },
    remove: ({ text, types }: Statement) => typesOf.get(text)?.delete(types),
  };
}

/** Whether the server did not know a prepared statement, or had one of that name already. */
function isLostPreparation(error: unknown): boolean {
  return /^(?:26000|42P05)$/.test(codeOf(error));
}

/** In one message, so that it takes no longer than a plain `begin`. */
function beginWithLimits(ms: number): string {
  return `begin; set local statement_timeout = ${ms}; set local idle_in_transaction_session_timeout = ${ms}`;
}
