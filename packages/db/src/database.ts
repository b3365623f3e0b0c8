import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type * as schema from "./schema/index.js";

/** Either engine, or a transaction on it: the first parameter of every query. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

export interface ConnectOptions {
  /** Called with the SQL text of every statement, never with its parameters. */
  onStatement?: (sql: string) => void;
  /** Size of the PostgreSQL pool, 10 by default. The embedded database has one connection. */
  poolSize?: number;
}

export interface Connection {
  db: Database;
  engine: "postgres" | "pglite";
  /** Resolves if the database answers; otherwise rejects within seconds. */
  ping(): Promise<void>;
  /** Runs work that may take minutes (a migration) outside the pool, without the time limits of a request. */
  unhurried<Result>(work: (db: Database) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
