import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readFile, realpath, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { onceForAll } from "./once-for-all.js";
import { installClient } from "./packed.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const modules = join(root, "node_modules");
const client = "@keywright/client";
const manifest = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

/** Each example for the web, and its script that builds it. */
const scripts = { web: "build", frameworks: "bundle" } as const;
type Example = keyof typeof scripts;

/** The folder of an example with the client as npm would publish it, built by its own script; once in a run. */
export async function buildWebApp(example: Example = "web"): Promise<string> {
  return await onceForAll(example, (folder) => buildAloud(example, folder));
}

async function buildAloud(example: Example, folder: string): Promise<void> {
  try {
    await build(example, folder);
  } catch (fault) {
    const said = z.object({ stdout: z.string() }).safeParse(fault).data?.stdout;
    throw new Error(`examples/${example} is not built. ${said}`, { cause: fault });
  }
}

/** Serves the built app with its own script, in front of the server at `apiUrl`. */
export async function serveWebApp(folder: string, { port, apiUrl }: { port: number; apiUrl: string }) {
  const words = [join(modules, "vite/bin/vite.js"), "preview", "--host", "127.0.0.1", "--port", String(port)];
  const env = { PATH: process.env.PATH, KEYWRIGHT_URL: apiUrl };
  const child = spawn(process.execPath, words, { cwd: folder, env, stdio: "ignore" });
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const close = async () => {
    process.off("exit", kill);
    if (child.exitCode !== null) return;
    kill();
    await once(child, "exit");
  };
  for (let attempt = 0; attempt < 300 && child.exitCode === null; attempt++) {
    const isServed = await fetch(`http://127.0.0.1:${port}/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isServed) return { close };
    await sleep(100);
  }
  await close();
  throw new Error(`${folder} is not served.`);
}

async function build(example: Example, folder: string): Promise<void> {
  const isSource = (path: string) => !/[\\/](?:node_modules|dist)$/.test(path);
  await cp(join(root, "examples", example), folder, { recursive: true, filter: isSource });
  installClient(folder);
  const { dependencies, devDependencies } = await manifestOf(folder);
  const { dependencies: needed } = await manifestOf(join(folder, "node_modules", client));
  for (const library of Object.keys({ ...dependencies, ...devDependencies, ...needed })) await link(folder, library);
  const env = { PATH: `${join(modules, ".bin")}:${process.env.PATH}` };
  await run("npm", ["run", scripts[example]], { cwd: folder, env });
}

async function link(folder: string, library: string): Promise<void> {
  const place = join(folder, "node_modules", library);
  if (library === client) return;
  await mkdir(dirname(place), { recursive: true });
  await symlink(await realpath(join(modules, library)), place);
}

async function manifestOf(folder: string) {
  return manifest.parse(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
}
