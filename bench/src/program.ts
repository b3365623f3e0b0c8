import { Session } from "node:inspector/promises";
import type { Server } from "node:net";
import { z } from "zod";

export interface Usage {
  residentMb: number;
  peakMb: number;
  /** Of all threads, since the process started. */
  cpuMs: number;
}

const question = z.union([
  z.object({ usage: z.literal(true) }).transform(() => "usage" as const),
  z.object({ profile: z.enum(["start", "stop"]) }).transform(({ profile }) => profile),
]);

/** For a program of the benchmark: reports to the parent that it is ready, answers it, and exits with it. */
export function serveParent(port: number, work: (job: unknown) => Promise<unknown> = async () => null): void {
  const answers = { usage: async () => usage(), ...createProfiler() };
  process.on("message", async (job: unknown) => {
    const asked = question.safeParse(job);
    process.send?.(await (asked.success ? answers[asked.data]() : work(job)));
  });
  process.on("disconnect", () => process.exit());
  process.send?.({ port });
}

export function portOf(server: Server): number {
  return z.object({ port: z.number() }).parse(server.address()).port;
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const { maxRSS } = process.resourceUsage();
  return {
    residentMb: process.memoryUsage.rss() / 1_048_576,
    peakMb: maxRSS / 1024,
    cpuMs: (user + system) / 1000,
  };
}

/** As `--cpu-prof` does, but without the start of the program. */
function createProfiler() {
  let session: Session | null = null;
  return {
    async start() {
      // Not before it is needed: it counts as memory.
      session = new Session();
      session.connect();
      await session.post("Profiler.enable");
      await session.post("Profiler.setSamplingInterval", { interval: 500 });
      await session.post("Profiler.start");
      return null;
    },
    async stop() {
      const stopped = await session?.post("Profiler.stop");
      session?.disconnect();
      return stopped?.profile;
    },
  };
}
