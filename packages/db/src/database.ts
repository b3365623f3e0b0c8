import { is } from "drizzle-orm";
import { type PgDatabase, type PgQueryResultHKT, PgTransaction } from "drizzle-orm/pg-core";
import type * as schema from "./schema/index.js";

/** Either engine, or a transaction on it: the first parameter of every query. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

export function isTransaction(db: Database): boolean {
  return is(db, PgTransaction);
}

const embedded = new WeakSet<Database>();

/** Notes that a handle is PGlite's. */
export function markEmbedded(db: Database): void {
  embedded.add(db);
}

export function isEmbedded(db: Database): boolean {
  return embedded.has(db);
}

export interface ConnectOptions {
  /** Called with the SQL text of every statement, never with its parameters. */
  onStatement?: (sql: string) => void;
  /** Size of the PostgreSQL pool, 10 unless the address has `connection_limit`. The embedded database has one connection. */
  poolSize?: number;
  /** Called with a sentence for the operator's log when something works, but not as it should. */
  onWarning?: (message: string) => void;
}

/** The way to a PostgreSQL server. */
export interface Link {
  /** Whether others could listen in on it, as far as is known: it leaves this machine, unencrypted. */
  isExposed(): boolean;
  /** Replaces the connections, which may lead to a server that has become read-only. */
  renew(): void;
}

export interface Connection {
  db: Database;
  engine: "postgres" | "pglite";
  /** Null for the embedded database. */
  link: Link | null;
  /** Resolves if the database answers; otherwise rejects within seconds. */
  ping(): Promise<void>;
  /** Runs work that may take minutes (a migration) outside the pool, without the time limits of a request. */
  unhurried<Result>(work: (db: Database) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
