import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";

const exec = promisify(execFile);
const scaffolder = "create-t3-app@7.40.0";
const choices = [
  "--CI",
  "--trpc",
  "--drizzle",
  "--tailwind",
  "false",
  "--nextAuth",
  "false",
  "--dbProvider",
  "postgres",
];
const manifest = z.object({ dependencies: z.record(z.string(), z.string()) }).loose();
const failure = z.object({ stdout: z.string(), stderr: z.string() });

/**
 * tRPC's packages come out together. This registry has no `@trpc/react-query` beyond 11.19, which demands its own
 * version of the others; with an override, it runs on 11.22.1, the newest of which the registry has server, client and
 * TanStack's adapter, and the oldest that Keywright takes.
 */
const trpc = "11.22.1";

/** Google's fonts, which `next build` would download. */
const fonts = `module.exports = new Proxy({}, {
  has: () => true,
  get: () => "@font-face { font-family: 'Geist'; src: url(https://fonts.gstatic.com/s/geist.woff2) format('woff2'); }",
});`;

const startMs = 60_000;

export interface T3App {
  folder: string;
  /** Runs a command of a guide or of the app's package.json. Throws with what it printed. */
  run(command: string, env?: Record<string, string>): Promise<string>;
  /** `next start`, until `stop`. */
  start(port: number, env: Record<string, string>): Promise<Served>;
  remove(): Promise<void>;
}

export interface Served {
  log(): string;
  stop(): Promise<void>;
}

/** Scaffolds an app as its authors tell people to, and installs what it wants. */
export async function makeT3App(): Promise<T3App> {
  const parent = await mkdtemp(join(tmpdir(), "keywright-t3-"));
  const folder = join(parent, "app");
  const quiet = { NEXT_TELEMETRY_DISABLED: "1", CI: "1", NEXT_FONT_GOOGLE_MOCKED_RESPONSES: join(parent, "fonts.cjs") };
  const base = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...quiet };
  await writeFile(join(parent, "fonts.cjs"), fonts);

  async function run(command: string, env: Record<string, string> = {}, cwd = folder): Promise<string> {
    try {
      const options = { cwd, env: { ...base, ...env }, maxBuffer: 16_000_000 };
      return (await exec("bash", ["-euo", "pipefail", "-c", command], options)).stdout;
    } catch (fault) {
      const said = failure.safeParse(fault).data;
      throw new Error(`${command}\n${said?.stdout}\n${said?.stderr}`, { cause: fault });
    }
  }

  await run(`npx --yes ${scaffolder} app ${choices.join(" ")} --appRouter --noGit --noInstall`, {}, parent);
  await pinTrpc(join(folder, "package.json"));
  await run("npm install --no-audit --no-fund");
  return {
    folder,
    run,
    start: (port, env) => serve(folder, port, { ...base, ...env }),
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}

async function pinTrpc(path: string): Promise<void> {
  const { dependencies, ...rest } = manifest.parse(JSON.parse(await readFile(path, "utf8")));
  const pinned = { ...dependencies, "@trpc/client": trpc, "@trpc/server": trpc };
  const overrides = { "@trpc/react-query": { "@trpc/client": "$@trpc/client", "@trpc/server": "$@trpc/server" } };
  await writeFile(path, JSON.stringify({ ...rest, dependencies: pinned, overrides }, null, 2));
}

async function serve(folder: string, port: number, env: Record<string, string>): Promise<Served> {
  const words = [
    join(folder, "node_modules/next/dist/bin/next"),
    "start",
    "--hostname",
    "127.0.0.1",
    "--port",
    `${port}`,
  ];
  const child = spawn(process.execPath, words, { cwd: folder, env: { ...env, NODE_ENV: "production" }, stdio: "pipe" });
  const ended = once(child, "close");
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
  const deadline = performance.now() + startMs;
  while (!/Ready in/.test(said)) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`next start: ${said}`);
    await sleep(50);
  }
  return {
    log: () => said,
    async stop() {
      process.off("exit", kill);
      kill();
      await ended;
    },
  };
}
