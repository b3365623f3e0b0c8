import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.js";
import { ownBinaries, serverAccount } from "./postgres-binaries.js";
import { watch } from "./watchdog.js";

interface ClusterOptions {
  /** Beside those that each has. */
  settings?: readonly string[];
  /** Files in its data directory, by their names. */
  files?: Record<string, string>;
  /** The data directory of a stopped cluster, to begin with a copy of it. */
  copyOf?: string;
  /** A file whose neighbours in `node_modules` have the binaries, to run another version. */
  binariesFrom?: string;
  /** Its data are on a disk of their own, with this many megabytes. */
  diskMb?: number;
  /** Gets what it logs. */
  onLog?: (text: string) => void;
}

export interface Cluster {
  url: string;
  port: number;
  data: string;
  /** The folder of its socket. */
  directory: string;
  /** Kills it without a chance to say goodbye. */
  kill(): Promise<void>;
  /** Ends it; its data stay. */
  shutDown(): Promise<void>;
  /** Ends it like `pg_ctl stop -m immediate`: the next start recovers. */
  stopAtOnce(): Promise<void>;
  /** Starts it again at the same address, after it has ended. */
  startAgain(): Promise<void>;
  /** Whether it has ended, by itself or not. */
  hasEnded(): boolean;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** A PostgreSQL from npm's binaries that ends when this process does. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  // Twice: another program may take the free port before PostgreSQL does.
  return await start(options).catch(() => start(options));
}

async function start({
  settings = [],
  files = {},
  copyOf,
  binariesFrom,
  diskMb,
  onLog = () => {},
}: ClusterOptions): Promise<Cluster> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-pg-"));
  try {
    const account = await serverAccount(directory);
    const binaries = await ownBinaries(directory, account, binariesFrom);
    const data = join(diskMb === undefined ? directory : await mountDisk(directory, diskMb, account), "data");
    const options = ["-D", data, "-U", "tester", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
    const run = { ...account, cwd: directory };
    if (copyOf === undefined) await promisify(execFile)(join(binaries, "initdb"), options, run);
    else await promisify(execFile)("cp", ["-a", copyOf, data], run);
    for (const [name, text] of Object.entries(files)) await writeOwn(join(data, name), text, account);
    const port = await freePort();
    const all = ["listen_addresses=127.0.0.1", "max_connections=200", ...settings].flatMap((line) => ["-c", line]);
    const launch = () => {
      // Detached, like the watchdog: Ctrl-C reaches neither, and the server outlives those who use it.
      const child = spawn(join(binaries, "postgres"), ["-D", data, "-p", `${port}`, "-k", directory, ...all], {
        ...run,
        detached: true,
        stdio: ["ignore", "ignore", "pipe"],
      });
      child.stderr.setEncoding("utf8").on("data", onLog);
      return child;
    };
    const url = `postgres://tester@127.0.0.1:${port}/postgres`;
    return { url, port, data, directory, ...(await serve(launch, directory)) };
  } catch (error) {
    if (diskMb !== undefined) await promisify(execFile)("umount", ["-l", join(directory, "disk")]).catch(() => {});
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function serve(launch: () => ChildProcess, directory: string) {
  let server = launch();
  const { end: stop, mind } = watch(server, directory);
  await ready(server).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const hasEnded = () => server.exitCode !== null || server.signalCode !== null;
  const end = async (signal: NodeJS.Signals) => {
    server.kill(signal);
    if (!hasEnded()) await once(server, "exit");
  };
  return {
    kill: () => end("SIGKILL"),
    shutDown: () => end("SIGINT"),
    stopAtOnce: () => end("SIGQUIT"),
    async startAgain() {
      server = launch();
      mind(server);
      await ready(server);
    },
    hasEnded,
    stop,
  };
}

/** A disk in memory; the watchdog unmounts it. */
async function mountDisk(directory: string, mb: number, { uid, gid }: { uid?: number; gid?: number }): Promise<string> {
  const disk = join(directory, "disk");
  await mkdir(disk);
  const owner = uid === undefined ? "" : `,uid=${uid},gid=${gid}`;
  const options = ["-t", "tmpfs", "-o", `size=${mb}m,mode=700${owner}`, "tmpfs", disk];
  await promisify(execFile)("mount", options).catch((cause: unknown) => {
    throw new Error("A disk that can be full must be mounted, which takes Linux and root.", { cause });
  });
  return disk;
}

async function writeOwn(path: string, text: string, { uid, gid }: { uid?: number; gid?: number }): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o600);
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

/** Resolves when the server is ready; if it exits instead, rejects with its output. */
function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    server.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-4_000);
      if (/ready to accept (?:read-only )?connections/.test(said)) resolve();
    });
    server.on("error", reject);
    server.on("exit", () => reject(new Error(said || "postgres ended at once")));
  });
}
