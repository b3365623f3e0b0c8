import { connectionFault, type Lease, type Pool } from "./postgres-pool.js";

type Statement = [text: string, parameters?: unknown[], options?: object];
type Work = (session: object) => Promise<unknown>;

interface PendingRows extends Promise<unknown> {
  values(): unknown;
}

/** The parts of a postgres.js client that we use. */
export interface Client {
  unsafe(text: string, parameters?: unknown[], options?: object): PendingRows;
  end(options: { timeout: number }): Promise<void>;
}

export interface Limits {
  statementMs: number;
  transactionMs: number;
}

/** A transaction, or a savepoint within one. */
interface Scope {
  lease: Lease<Client>;
  statementMs: number;
  parent: Scope | null;
  /** Shared by all scopes of a transaction. `end` settles with the last statement so far: they take turns. */
  line: { end: Promise<unknown>; savepoints: number };
  isOver: boolean;
  failure: { error: unknown } | null;
}

/**
 * The client methods that Drizzle calls, on connections from the pool. Statements are prepared on the server, which
 * saves a round trip and the planning each time (Drizzle asks for neither). All end in time, even when the server is
 * frozen or the network drops packets, where the server's own statement_timeout cannot help.
 */
export function sessionOn(pool: Pool<Client>, limits: Limits) {
  return {
    unsafe: (...statement: Statement) => {
      return pending((isRaw) => pool.share((lease) => run(lease, statement, { isRaw, ms: limits.statementMs })));
    },
    begin: (work: Work) => pool.use((lease) => transaction(lease, work, limits)),
  };
}

/** Rejects with ETIMEDOUT if the work takes longer; the work itself continues. */
export async function inTime<Result>(work: Promise<Result>, ms: number, onLate = () => {}): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      onLate();
      reject(connectionFault("ETIMEDOUT", "PostgreSQL did not answer in time"));
    }, ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A promise of rows with a `values` method: all that Drizzle needs of a pending query. It is called at once or never.
 */
function pending(start: (isRaw: boolean) => Promise<unknown>) {
  let isRaw = false;
  const rows = Promise.resolve().then(() => start(isRaw));
  const values = () => {
    isRaw = true;
    return rows;
  };
  return Object.assign(rows, { values });
}

async function run(lease: Lease<Client>, statement: Statement, { isRaw, ms }: { isRaw: boolean; ms: number }) {
  if (lease.isLost) throw connectionFault("CONNECTION_CLOSED", "The connection to PostgreSQL was lost");
  const [text, parameters, options] = statement;
  const query = lease.client.unsafe(text, parameters, { ...options, prepare: true });
  if (isRaw) query.values();
  return inTime(query, ms).catch((error: unknown) => {
    if (!isRefusal(error)) lease.discard();
    throw error;
  });
}

/** Whether the server answered, even if with an error, and the connection is still good. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== "PostgresError") return false;
  return Reflect.get(error, "severity") === "ERROR";
}

async function transaction(lease: Lease<Client>, work: Work, limits: Limits): Promise<unknown> {
  const line = { end: Promise.resolve(), savepoints: 0 };
  const scope = { lease, statementMs: limits.statementMs, parent: null, line, isOver: false, failure: null };
  await command(scope, "begin");
  const settled = settle(scope, work, { keep: "commit", undo: "rollback" });
  return inTime(settled, limits.transactionMs, lease.discard);
}

async function savepoint(parent: Scope, work: Work): Promise<unknown> {
  const name = `s${++parent.line.savepoints}`;
  const scope = { ...parent, parent, isOver: false, failure: null };
  await command(scope, `savepoint ${name}`);
  return settle(scope, work, { keep: `release savepoint ${name}`, undo: `rollback to savepoint ${name}` });
}

async function settle(scope: Scope, work: Work, { keep, undo }: { keep: string; undo: string }): Promise<unknown> {
  try {
    const result = await work(handle(scope));
    await inLine(scope, async () => {
      // PostgreSQL answers COMMIT after a failed statement with a rollback, not with an error.
      if (scope.failure) throw scope.failure.error;
      await ordered(scope, keep);
      scope.isOver = true;
    });
    return result;
  } catch (error) {
    scope.isOver = true;
    await command(scope, undo).catch(() => {
      if (!isOrphan(scope)) scope.lease.discard();
    });
    throw error;
  }
}

function handle(scope: Scope): object {
  return {
    unsafe: (...statement: Statement) => pending((isRaw) => statementIn(scope, statement, isRaw)),
    savepoint: (work: Work) => savepoint(scope, work),
  };
}

function statementIn(scope: Scope, statement: Statement, isRaw: boolean): Promise<unknown> {
  const rows = inLine(scope, async () => {
    if (scope.isOver || isOrphan(scope)) throw ended();
    return run(scope.lease, statement, { isRaw, ms: scope.statementMs });
  });
  return rows.catch((error: unknown) => {
    scope.failure ??= { error };
    throw error;
  });
}

function command(scope: Scope, text: string): Promise<unknown> {
  return inLine(scope, () => ordered(scope, text));
}

async function ordered(scope: Scope, text: string): Promise<void> {
  if (isOrphan(scope)) throw ended();
  await run(scope.lease, [text], { isRaw: false, ms: scope.statementMs });
}

function isOrphan({ parent }: Scope): boolean {
  return parent !== null && (parent.isOver || isOrphan(parent));
}

/** For statements that the caller did not await: the connection now belongs, or soon will, to somebody else. */
function ended(): Error {
  return new Error("The transaction has ended");
}

function inLine(scope: Scope, start: () => Promise<unknown>): Promise<unknown> {
  const turn = scope.line.end.then(start);
  scope.line.end = turn.catch(() => {});
  return turn;
}
