import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type * as schema from "./schema/index.js";

/** Either engine, or a transaction on it: what every query takes as its first parameter. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

export interface ConnectOptions {
  /** Called with the SQL text of every statement, never with its parameters. */
  onStatement?: (sql: string) => void;
  /** Connections to PostgreSQL, 10 by default. The embedded database has one. */
  poolSize?: number;
}

export interface Connection {
  db: Database;
  engine: "postgres" | "pglite";
  /** Resolves when the database answers, rejects within seconds when it does not. */
  ping(): Promise<void>;
  /** Runs work that may take minutes (a migration) apart from the pool and without the time limits of a request. */
  unhurried<Result>(work: (db: Database) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
