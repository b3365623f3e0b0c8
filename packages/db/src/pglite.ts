import { AsyncLocalStorage } from "node:async_hooks";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { type Connection, markEmbedded } from "./database.js";
import { type Cluster, claimDirectory, damaged, notMade, prepareCluster } from "./pglite-directory.js";
import { lockDirectory } from "./pglite-lock.js";
import * as schema from "./schema/index.js";

const TIDY_EVERY_MS = 5 * 60_000;

type Work = (transaction: Transaction) => Promise<unknown>;

export interface PgliteOptions {
  /** A directory used for nothing else; without it, the database lives in memory. */
  path?: string;
  /** A dump to start a new database from, instead of an empty one. */
  loadDataDir?: Blob;
  onStatement?: (sql: string) => void;
  tidyEveryMs?: number;
}

interface EmbeddedConnection extends Connection {
  /** The whole database as one file, for `loadDataDir`. */
  dump(): Promise<Blob>;
}

/**
 * Opens the embedded database: one process at a time, readable by its owner only. Throws an `Error` that says what to
 * do.
 */
export async function connectPglite(options: PgliteOptions = {}): Promise<EmbeddedConnection> {
  if (options.path === undefined) return open(options, { path: null, isNew: true, release: async () => {} });
  const directory = await claimDirectory(options.path);
  const release = await lockDirectory(directory);
  let letGo: () => Promise<void> = release;
  try {
    const cluster = await prepareCluster(directory);
    const connection = await open(options, { ...cluster, release });
    letGo = connection.close;
    await cluster.isMade();
    return connection;
  } catch (error) {
    await letGo();
    throw error;
  }
}

interface Place extends Pick<Cluster, "isNew"> {
  /** Null: in memory. */
  path: string | null;
  release(): Promise<void>;
}

async function open(options: PgliteOptions, { path, isNew, release }: Place): Promise<EmbeddedConnection> {
  const { onStatement, tidyEveryMs = TIDY_EVERY_MS } = options;
  const loadDataDir = options.loadDataDir ?? (isNew ? await archivedCluster() : null);
  const client = await PGlite.create({
    ...(path !== null && { dataDir: path }),
    ...(loadDataDir && { loadDataDir }),
    startParams: [...PGlite.defaultStartParams, "-c", "max_wal_size=64MB"],
  }).catch((error: unknown) => {
    if (path === null || isSystemFault(error)) throw error;
    throw isNew ? notMade(path) : damaged(path);
  });
  const logger = onStatement && { logQuery: (text: string) => onStatement(text) };
  const db = drizzle(refuseOuterHandle(client), { schema, ...(logger && { logger }) });
  markEmbedded(db);
  const stopTidying = keepTidy(client, tidyEveryMs);
  return {
    db,
    engine: "pglite",
    link: null,
    ping: async () => {
      await client.query("select 1");
    },
    unhurried: (work) => work(db),
    dump: () => client.dumpDataDir("none"),
    close: async () => {
      stopTidying();
      if (!client.closed) await client.close();
      await release();
    },
  };
}

/** What initdb makes in seconds and 850 MB. Null before the package is built: then initdb makes it. */
async function archivedCluster(): Promise<Blob | null> {
  return import("#empty-cluster").then(
    ({ emptyCluster }) => new Blob([Buffer.from(emptyCluster, "base64")]),
    () => null,
  );
}

/** No space, no right, no memory: the files may be well. */
function isSystemFault(error: unknown): boolean {
  return (
    error instanceof Error && (error instanceof RangeError || /^E[A-Z]+$/.test(String(Reflect.get(error, "code"))))
  );
}

/**
 * PGlite has one connection: a statement on `db` inside a transaction would wait for the transaction to end, and the
 * transaction for the statement, forever. It is rejected instead, and the stack shows where it was made.
 */
function refuseOuterHandle(client: PGlite): PGlite {
  const scopes = new AsyncLocalStorage<{ isOpen: boolean }>();
  const refuseInside = () => {
    if (scopes.getStore()?.isOpen) throw new Error("Inside db.transaction(async (tx) => …) use tx instead of db.");
  };
  const transaction = (work: Work) => {
    refuseInside();
    return client.transaction((tx) => {
      const scope = { isOpen: true };
      return scopes
        .run(scope, () => work(tx))
        .finally(() => {
          scope.isOpen = false;
        });
    });
  };
  const query = (...call: Parameters<PGlite["query"]>) => {
    refuseInside();
    return client.query(...call);
  };
  return new Proxy(client, {
    get: (target, key) => (key === "query" ? query : key === "transaction" ? transaction : Reflect.get(target, key)),
  });
}

/**
 * PGlite has no checkpointer and no autovacuum: without this, its write-ahead log grows as long as the process runs.
 */
function keepTidy(client: PGlite, everyMs: number): () => void {
  let tidyAt = "";
  const tidy = async () => {
    if ((await walPosition(client)) === tidyAt) return;
    await client.exec("VACUUM (ANALYZE)");
    await client.exec("CHECKPOINT");
    tidyAt = await walPosition(client);
  };
  // Already closed, or the disk is full: the next caller's statement will report it.
  const timer = setInterval(() => void tidy().catch(() => {}), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function walPosition(client: PGlite): Promise<string> {
  const { rows } = await client.query<{ position: string }>("select pg_current_wal_insert_lsn()::text as position");
  return rows[0]?.position ?? "";
}
