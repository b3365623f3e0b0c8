import { AsyncLocalStorage } from "node:async_hooks";
import { access, chmod, mkdir, readdir, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import type { Connection } from "./database.js";
import { LOCK_FILE, lockDirectory } from "./pglite-lock.js";
import * as schema from "./schema/index.js";

/** This PGlite's PostgreSQL version; it cannot read the files of another major version. */
const MAJOR = "18";
/** Subdirectory of the cluster, separate from the lock: PGlite cannot dump a directory that contains a socket. */
const CLUSTER = "pg";
const TIDY_EVERY_MS = 5 * 60_000;

type Work = (transaction: Transaction) => Promise<unknown>;

export interface PgliteOptions {
  /** A directory used for nothing else; without it, the database lives in memory. */
  path?: string;
  /** A dump to start a new database from: 0.5 s, while initdb takes seconds and 700 MB. */
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
  if (options.path === undefined) return open(options, async () => {});
  const directory = await claimDirectory(options.path);
  const release = await lockDirectory(directory);
  try {
    await checkVersion(directory);
    return await open({ ...options, path: join(directory, CLUSTER) }, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function open(options: PgliteOptions, release: () => Promise<void>): Promise<EmbeddedConnection> {
  const { path, loadDataDir, onStatement, tidyEveryMs = TIDY_EVERY_MS } = options;
  const client = await PGlite.create({
    ...(path !== undefined && { dataDir: path }),
    ...(loadDataDir && { loadDataDir }),
    startParams: [...PGlite.defaultStartParams, "-c", "max_wal_size=64MB"],
  }).catch((error: unknown) => {
    throw path === undefined || isSystemFault(error) ? error : damaged(path);
  });
  const logger = onStatement && { logQuery: (text: string) => onStatement(text) };
  const db = drizzle(refuseOuterHandle(client), { schema, ...(logger && { logger }) });
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

/** What PGlite says is about its build, not about the files. */
function damaged(cluster: string): Error {
  return new Error(
    `The database in ${dirname(cluster)} is damaged: restore the folder from a backup, or move it away to start with an empty database.`,
  );
}

/** No space, no right, no memory: the files may be well. */
function isSystemFault(error: unknown): boolean {
  return (
    error instanceof Error && (error instanceof RangeError || /^E[A-Z]+$/.test(String(Reflect.get(error, "code"))))
  );
}

async function claimDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const directory = await realpath(path);
  const strangers = (await readdir(directory)).filter((name) => name !== CLUSTER && !LOCK_FILE.test(name));
  // Before the mode changes: `pglite:/tmp` must not lock everybody else out of /tmp.
  if (strangers.length > 0) {
    throw new Error(
      `${directory} holds other files, so the embedded database was not opened there. Name a new directory.`,
    );
  }
  await chmod(directory, 0o700);
  return directory;
}

async function checkVersion(directory: string): Promise<void> {
  const cluster = join(directory, CLUSTER);
  const file = join(cluster, "PG_VERSION");
  if (!(await exists(file))) {
    // Written after it: without this, the files would be taken for none, and replaced by an empty database.
    if (await exists(join(cluster, "global", "pg_control"))) throw damaged(cluster);
    return;
  }
  const version = (await readFile(file, "utf8")).trim();
  if (version === MAJOR) return;
  if (!/^\d+(?:\.\d+)?$/.test(version)) throw damaged(cluster);
  throw new Error(
    `The database in ${directory} was written by PostgreSQL ${version}, and this version of Keywright reads ${MAJOR} only. Go back to the version that wrote it, or move the directory away to start with an empty database.`,
  );
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
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
