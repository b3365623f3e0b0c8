import { createOpening, type Route } from "./opening.js";
import { codeOf } from "./startup-faults.js";

export type Statement = [text: string, parameters?: unknown[]];

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
  const prepared = new Set<string>();
  return {
    async query(statement, isRaw) {
      const [text, parameters = []] = statement;
      const isPrepared = ways.isPrepared();
      try {
        const rows = await opening.through(({ driver }) => driver.query({ text, parameters, isRaw, isPrepared }));
        if (isPrepared) prepared.add(signatureOf(statement));
        return rows;
      } catch (error) {
        prepared.delete(signatureOf(statement));
        if (isLostPreparation(error)) ways.unprepare();
        throw error;
      }
    },
    mayFollow: (statement) => !statement[1]?.length || (ways.isPrepared() && prepared.has(signatureOf(statement))),
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

/** The driver prepares a text once for each combination of types. */
function signatureOf([text, parameters = []]: Statement): string {
  return `${parameters.map((value) => (value instanceof Date ? "date" : typeof value)).join()} ${text}`;
}

/** Whether the server did not know a prepared statement, or had one of that name already. */
function isLostPreparation(error: unknown): boolean {
  return /^(?:26000|42P05)$/.test(codeOf(error));
}

/** In one message, so that it takes no longer than a plain `begin`. */
function beginWithLimits(ms: number): string {
  return `begin; set local statement_timeout = ${ms}; set local idle_in_transaction_session_timeout = ${ms}`;
}
