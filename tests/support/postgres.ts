import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ownBinaries, serverAccount } from "./postgres-binaries.js";

const SETTINGS = [
  "listen_addresses=127.0.0.1",
  "max_connections=200",
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
];

/**
 * Its input ends with the test run, even if that is killed: then it stops the server ($1) and removes the directory
 * ($2).
 */
const WATCHDOG = `
read -r _
kill -QUIT "$1" 2>/dev/null
tries=0
while kill -0 "$1" 2>/dev/null && [ $tries -lt 40 ]; do sleep 0.05; tries=$((tries + 1)); done
kill -KILL "$1" 2>/dev/null
rm -rf "$2"`;

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
    // Twice: another program may take the free port before PostgreSQL does.
    return await startOwn().catch(startOwn);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim() : "";
    const advice = "Set TEST_DATABASE_URL=postgres://… to test on a server of your own.";
    throw new Error(`No PostgreSQL for the tests: ${reason}\n${advice}`, { cause });
  }
}

async function startOwn(): Promise<PostgresServer> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-pg-"));
  try {
    const account = await serverAccount(directory);
    const binaries = await ownBinaries(directory, account);
    const data = join(directory, "data");
    const options = ["-D", data, "-U", "tester", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
    await promisify(execFile)(join(binaries, "initdb"), options, { ...account, cwd: directory });
    const port = await freePort();
    const settings = SETTINGS.flatMap((setting) => ["-c", setting]);
    // Detached, like the watchdog: Ctrl-C reaches neither, and the server outlives those who use it.
    const server = spawn(join(binaries, "postgres"), ["-D", data, "-p", `${port}`, "-k", directory, ...settings], {
      ...account,
      cwd: directory,
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const stop = watch(server, directory);
    await ready(server).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return { url: `postgres://tester@127.0.0.1:${port}/postgres`, stop };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/** Resolves when the server is ready; if it exits instead, rejects with its output. */
function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    server.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-4_000);
      if (said.includes("ready to accept connections")) resolve();
    });
    server.on("error", reject);
    server.on("exit", () => reject(new Error(said || "postgres ended at once")));
  });
}

/** From here on, the server ends when this process does. */
function watch(server: ChildProcess, directory: string): () => Promise<void> {
  const watchdog = spawn("/bin/sh", ["-c", WATCHDOG, "watchdog", `${server.pid}`, directory], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  return async () => {
    watchdog.stdin.end();
    if (watchdog.exitCode === null) await once(watchdog, "exit");
  };
}
