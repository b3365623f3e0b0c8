import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { freePort } from "../support/free-port.js";
import { serverAccount } from "../support/postgres-binaries.js";
import type { Cluster } from "../support/postgres-cluster.js";
import { watch } from "../support/watchdog.js";

export interface Pooler {
  /** The address of a database through it. */
  url(database: string, query?: string): string;
  /** What it has logged lately. */
  said(): string;
  /** What it has logged lately. */
  said(): string;
  stop(): Promise<void>;
}

/** PgBouncer in front of a cluster, pooling by transaction, with its defaults but for these settings. */
export async function startPgBouncer(cluster: Cluster, settings: Record<string, string> = {}): Promise<Pooler> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-pgbouncer-"));
  // Like PostgreSQL, it refuses to run as root.
  const account = await serverAccount(directory);
  const port = await freePort();
  const own = {
    listen_addr: "127.0.0.1",
    listen_port: `${port}`,
    unix_socket_dir: "",
    auth_type: "trust",
    auth_file: join(directory, "users"),
    pool_mode: "transaction",
    ...settings,
  };
  const lines = Object.entries(own).map(([name, value]) => `${name} = ${value}`);
  const databases = `[databases]\n* = host=127.0.0.1 port=${cluster.port}\n`;
  await writeFile(join(directory, "users"), '"tester" ""\n');
  await writeFile(join(directory, "ini"), `${databases}[pgbouncer]\n${lines.join("\n")}\n`);
  const pooler = spawn("pgbouncer", [join(directory, "ini")], {
    ...account,
    cwd: directory,
    env: { PATH: [process.env.PATH, "/usr/sbin"].join(delimiter) },
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said = await listening(pooler);
  return {
    said,
    url: (database, query = "") => `postgres://tester@127.0.0.1:${port}/${database}${query && `?${query}`}`,
    stop: watch(pooler, directory),
  };
}

function listening(pooler: ChildProcess): Promise<() => string> {
  return new Promise((resolve, reject) => {
    let said = "";
    pooler.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-100_000);
      if (said.includes("process up")) resolve(() => said);
    });
    pooler.on("error", reject);
    pooler.on("exit", () => reject(new Error(said || "pgbouncer ended at once")));
  });
}
