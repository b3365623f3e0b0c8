import { type Client, type Statement, statementOf } from "./client.js";
import { pending } from "./pending.js";
import type { Lease } from "./pool.js";
import { inTime, run } from "./statement.js";

export interface Limits {
  statementMs: number;
  transactionMs: number;
}

export type Work = (session: object) => Promise<unknown>;

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
 * Runs the work in a transaction, which stays on one connection or fails, and is over in time.
 */
export async function transaction(lease: Lease<Client>, work: Work, limits: Limits): Promise<unknown> {
  const line = { end: Promise.resolve(), savepoints: 0 };
  const { statementMs, transactionMs } = limits;
  const scope = { lease, statementMs, parent: null, line, isOver: false, failure: null };
  await run(lease, statementMs, (client) => client.begin()).catch((error: unknown) => {
    // A pooler may have begun and refused a limit.
    lease.discard();
    throw error;
  });
  const settled = settle(scope, work, { keep: "commit", undo: "rollback" });
  return inTime(settled, transactionMs, lease.discard);
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
    unsafe: (text: string, parameters?: unknown[]) =>
      pending((isRaw) => statementIn(scope, statementOf(text, parameters), isRaw)),
    savepoint: (work: Work) => savepoint(scope, work),
  };
}

function statementIn(scope: Scope, statement: Statement, isRaw: boolean): Promise<unknown> {
  const rows = inLine(scope, async () => {
    if (scope.isOver || isOrphan(scope)) throw ended();
    return run(scope.lease, scope.statementMs, (client) => client.query(statement, isRaw));
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
  await run(scope.lease, scope.statementMs, (client) => client.query(statementOf(text), false));
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
