import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The program that `npm start` runs, ready to serve. */
export interface ServerProcess {
  /** From before the process existed until `/readyz` said that its database answers. */
  readyMs: number;
  residentMb(): Promise<number>;
  stop(): Promise<void>;
}

const main = fileURLToPath(import.meta.resolve("@keywright/server/dist/main.js"));

/** Starts it in a working directory, with nothing in its environment but this, on a free port. */
export async function startServer(folder: string, environment: Record<string, string> = {}): Promise<ServerProcess> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [main], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const url = await Promise.race([announcedUrl(child.stdout), ended.then(() => null)]);
  if (url === null) throw new Error("The server did not start.");
  const answer = await fetch(new URL("/readyz", url));
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${await answer.text()}`);
  const readyMs = performance.now() - startedAt;
  return {
    readyMs,
    residentMb: () => residentMb(child.pid),
    async stop() {
      child.kill("SIGTERM");
      await ended;
      process.off("exit", kill);
    },
  };
}

async function announcedUrl(output: NodeJS.ReadableStream): Promise<string | null> {
  let said = "";
  for await (const text of output.setEncoding("utf8")) {
    said += text;
    const [, url] = /^Keywright is ready at (\S+)\n/m.exec(said) ?? [];
    if (url !== undefined) return url;
  }
  return null;
}

/** As the system counts it: V8's heap, native code and data, and what pages of shared files are in use. */
async function residentMb(id: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kb !== undefined) return Number(kb) / 1024;
  const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", `${id}`]);
  return Number(stdout) / 1024;
}
