import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface DemoServer {
  url: string;
  stop(): Promise<void>;
}

const main = fileURLToPath(new URL("../../../apps/server/dist/main.js", import.meta.url));
const startMs = 60_000;

/** Starts a server on a scratch database, in a folder that is removed afterwards. */
export async function startServer(): Promise<DemoServer> {
  const folder = await mkdtemp(join(tmpdir(), "keywright-demo-"));
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, PORT: "0", NODE_ENV: "development" };
  const child = spawn(process.execPath, [main], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const stop = async () => {
    await stopProcess(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { url: await addressOf(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The first address that the server prints. */
async function addressOf(child: ChildProcess): Promise<string> {
  let printed = "";
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The server did not start in time:\n${printed}`)), startMs);
    const read = (chunk: unknown) => {
      printed += String(chunk);
      const address = /http:\/\/[\w.[\]:-]+:\d+/.exec(printed)?.[0];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", (chunk) => {
      printed += String(chunk);
    });
    child.once("exit", () => {
      clearTimeout(timer);
      reject(new Error(`The server did not start:\n${printed}`));
    });
  });
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}
