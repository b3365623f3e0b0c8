import { access, chmod, mkdir, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LOCK_FILE } from "./pglite-lock.js";

/** This PGlite's PostgreSQL version; it cannot read the files of another major version. */
const MAJOR = "18";
/** Subdirectory of the cluster, separate from the lock: PGlite cannot dump a directory that contains a socket. */
const CLUSTER = "pg";
/** Exists while the cluster is being made. */
const UNFINISHED = "unfinished";

export interface Cluster {
  path: string;
  /** Not made yet. */
  isNew: boolean;
  /** To be called before anything is stored in it. */
  isMade(): Promise<void>;
}

/** Makes the directory, or takes it if nothing else is in it, for its owner only. */
export async function claimDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const directory = await realpath(path);
  const strangers = (await readdir(directory)).filter((name) => !isOurs(name));
  // Before the mode changes: `pglite:/tmp` must not lock everybody else out of /tmp.
  if (strangers.length > 0) {
    throw new Error(
      `${directory} holds other files, so the embedded database was not opened there. Name a new directory.`,
    );
  }
  await chmod(directory, 0o700);
  return directory;
}

function isOurs(name: string): boolean {
  return name === CLUSTER || name === UNFINISHED || LOCK_FILE.test(name);
}

/** In a locked directory. What a start that was killed left unfinished is removed: nothing is stored in it yet. */
export async function prepareCluster(directory: string): Promise<Cluster> {
  const path = join(directory, CLUSTER);
  const mark = join(directory, UNFINISHED);
  if (await exists(mark)) await rm(path, { recursive: true, force: true });
  const isNew = (await versionOf(path)) === null;
  if (isNew) await writeFile(mark, "");
  return { path, isNew, isMade: () => rm(mark, { force: true }) };
}

async function versionOf(cluster: string): Promise<string | null> {
  const file = join(cluster, "PG_VERSION");
  if (!(await exists(file))) {
    // Written after it: without this, the files would be taken for none, and replaced by an empty database.
    if (await exists(join(cluster, "global", "pg_control"))) throw damaged(cluster);
    return null;
  }
  const version = (await readFile(file, "utf8")).trim();
  if (version === MAJOR) return version;
  if (!/^\d+(?:\.\d+)?$/.test(version)) throw damaged(cluster);
  throw new Error(
    `The database in ${dirname(cluster)} was written by PostgreSQL ${version}, and this version of Keywright reads ${MAJOR} only. Go back to the version that wrote it, or move the directory away to start with an empty database.`,
  );
}

/** What PGlite says is about its build, not about the files. */
export function damaged(cluster: string): Error {
  return new Error(
    `The database in ${dirname(cluster)} is damaged: restore the folder from a backup, or move it away to start with an empty database.`,
  );
}

/** PGlite's file system tells no reason. */
export function notMade(cluster: string): Error {
  return new Error(
    `The embedded database could not be made in ${dirname(cluster)}: make sure that the disk has 100 MB of room, and start again.`,
  );
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
