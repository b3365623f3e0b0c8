import { type Cluster, startCluster } from "./postgres-cluster.js";

export interface PostgresServer {
  /** URL of the maintenance database, with a user who may create databases. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Real PostgreSQL: the server in TEST_DATABASE_URL, or else npm's binaries, started for this run. Throws instead of
 * skipping.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const url = process.env.TEST_DATABASE_URL;
  if (url) return { url, stop: async () => {} };
  try {
    return await startOwn();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim() : "";
    const advice = "Set TEST_DATABASE_URL=postgres://… to test on a server of your own.";
    throw new Error(`No PostgreSQL for the tests: ${reason}\n${advice}`, { cause });
  }
}

function startOwn(): Promise<Cluster> {
  return startCluster({ settings: ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] });
}
