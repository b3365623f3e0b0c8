import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../support/free-port.js";
import { serverAccount } from "../support/postgres-binaries.js";
import type { Cluster } from "../support/postgres-cluster.js";
import { watch } from "../support/watchdog.js";

export interface Pooler {
  /** The address of a database through it. */
  url(database: string, query?: string): string;
  /** What it has logged lately. */
  said(): string;
  stop(): Promise<void>;
}

/** What the program of Debian 13 needs of Debian 13. */
const libraries =
  "libc6 libcares2 libevent-2.1-7t64 libpam0g libssl3t64 libsystemd0 libcap2 libaudit1 libcap-ng0 liblzma5 libzstd1 libgcrypt20 libgpg-error0 liblz4-1";

/**
 * PgBouncer in front of a cluster, pooling by transaction, with its defaults but for these settings: this machine's, or
 * 1.24 from Debian 13.
 */
export async function startPgBouncer(
  cluster: Cluster,
  settings: Record<string, string> = {},
  version: "this machine's" | "1.24" = "this machine's",
): Promise<Pooler> {
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
  const [program, ...words] = version === "1.24" ? await unpack(join(directory, "debian")) : ["pgbouncer"];
  const pooler = spawn(program, [...words, join(directory, "ini")], {
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
    stop: watch(pooler, directory).end,
  };
}

async function unpack(folder: string): Promise<[program: string, ...words: string[]]> {
  const script = fileURLToPath(new URL("../../.ci/debian-13.mjs", import.meta.url));
  await mkdir(folder);
  await promisify(execFile)(process.execPath, [script, folder, "pgbouncer", ...libraries.split(" ")]);
  const loader = join(folder, "usr/lib64/ld-linux-x86-64.so.2");
  return [loader, "--library-path", join(folder, "usr/lib/x86_64-linux-gnu"), join(folder, "usr/sbin/pgbouncer")];
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
