import { openAsBlob } from "node:fs";
import { type Connection, connect, type Database, migrate } from "@keywright/db";
import { inject } from "vitest";
import type { ConnectOptions } from "../../packages/db/src/database.js";
import { connectPglite } from "../../packages/db/src/pglite.js";
import type { TestEngine } from "./engines.js";
import { createDatabase, dropDatabase } from "./postgres-databases.js";

export interface TestDatabase {
  engine: "postgres" | "pglite";
  /** For other processes; null on PGlite, whose memory they cannot reach. */
  url: string | null;
  /**
   * On PostgreSQL each call opens a pool of its own. On PGlite all share one connection, and closing theirs leaves it
   * open.
   */
  connect(options?: ConnectOptions): Promise<Connection>;
  drop(): Promise<void>;
}

/** A migrated database for this test file only, on the engine of the current project. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const provided = inject("testEngine");
  if (!provided) throw new Error("This test needs a database: run it in the project pglite or postgres.");
  return provided.engine === "postgres" ? onPostgres(provided) : onPglite(provided);
}

/** An empty database on PostgreSQL. */
export async function createEmptyDatabase(): Promise<TestDatabase & { url: string }> {
  const provided = inject("testEngine");
  if (provided?.engine !== "postgres") throw new Error("This test needs PostgreSQL: run it in the project postgres.");
  return onPostgres({ ...provided, template: "template0" });
}

async function onPostgres({ adminUrl, template }: Extract<TestEngine, { engine: "postgres" }>) {
  const url = await createDatabase(adminUrl, "keywright_test", template);
  const connections = new Set<Connection>();
  return {
    engine: "postgres" as const,
    url,
    connect: async (options?: ConnectOptions) => {
      const connection = await connect(url, options);
      connections.add(connection);
      return connection;
    },
    drop: async () => {
      await Promise.all([...connections].map((connection) => connection.close()));
      await dropDatabase(adminUrl, url);
    },
  };
}

interface EmbeddedDatabase {
  connection: Connection;
  listeners: Set<(sql: string) => void>;
}

/** Unused databases of this worker: starting another takes over a second of a core, emptying one a tenth of that. */
const spare: EmbeddedDatabase[] = [];

async function startEmbedded(dumpFile: string): Promise<EmbeddedDatabase> {
  const listeners = new Set<(sql: string) => void>();
  const onStatement = (sql: string) => {
    for (const listener of listeners) listener(sql);
  };
  return { connection: await connectPglite({ loadDataDir: await openAsBlob(dumpFile), onStatement }), listeners };
}

/** Whatever a file did to it, the next one finds it freshly migrated. */
async function empty({ connection }: EmbeddedDatabase): Promise<void> {
  for (const statement of ["drop schema public cascade", "create schema public", "drop schema keywright cascade"]) {
    await connection.db.execute(statement);
  }
  await migrate(connection);
}

async function onPglite({ dumpFile }: Extract<TestEngine, { engine: "pglite" }>) {
  const embedded = spare.pop() ?? (await startEmbedded(dumpFile));
  const { connection, listeners } = embedded;
  return {
    engine: "pglite" as const,
    url: null,
    connect: async (options: ConnectOptions = {}) => {
      const { onStatement: listener } = options;
      if (listener) listeners.add(listener);
      const close = async () => {
        if (listener) listeners.delete(listener);
      };
      // A separate handle, as on PostgreSQL: what is kept per handle (a clock, prepared statements) belongs to one
      // instance.
      const db: Database = Object.create(connection.db);
      return { ...connection, db, close };
    },
    drop: async () => {
      listeners.clear();
      await empty(embedded);
      spare.push(embedded);
    },
  };
}
