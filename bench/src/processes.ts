import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type Profile, profile } from "./profile.js";
import type { Usage } from "./program.js";

/** A program to measure, in a process of its own. */
export interface Program {
  url: string;
  usage(): Promise<Usage>;
  /** What its CPU does while `work` runs. */
  profiled(work: () => Promise<unknown>): Promise<Profile>;
  /** For programs that do not serve HTTP. */
  ask(job: object): Promise<unknown>;
  stop(): Promise<void>;
}

const usage = z.object({ residentMb: z.number(), peakMb: z.number(), cpuMs: z.number() }) satisfies z.ZodType<Usage>;

/** Starts one of `servers/` as it would run in production. */
export async function startProgram(name: string, databaseUrl = "", options: object = {}): Promise<Program> {
  const file = fileURLToPath(new URL(`./servers/${name}.js`, import.meta.url));
  const env = { ...process.env, NODE_ENV: "production" };
  const child = fork(file, [databaseUrl, JSON.stringify(options)], { env, stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-4_000);
  });
  const ended = once(child, "exit").then(() => Promise.reject(new Error(`${name} ended: ${said}`)));
  const answer = async () => {
    const [message]: unknown[] = await Promise.race([once(child, "message"), ended]);
    return message;
  };
  const ask = (job: object) => {
    child.send(job);
    return answer();
  };
  const { port } = z.object({ port: z.number() }).parse(await answer());
  return {
    url: `http://127.0.0.1:${port}`,
    usage: async () => usage.parse(await ask({ usage: true })),
    async profiled(work) {
      await ask({ profile: "start" });
      await work();
      return profile.parse(await ask({ profile: "stop" }));
    },
    ask,
    async stop() {
      child.disconnect();
      await ended.catch(() => {});
    },
  };
}
