import { z } from "zod";

export interface Usage {
  residentMb: number;
  peakMb: number;
  /** Of all threads, since the process started. */
  cpuMs: number;
}

const question = z.object({ usage: z.literal(true) });

/** For a program of the benchmark: reports to the parent that it is ready, answers it, and exits with it. */
export function serveParent(port: number, work: (job: unknown) => Promise<unknown> = async () => null): void {
  process.on("message", async (job: unknown) => {
    process.send?.(question.safeParse(job).success ? usage() : await work(job));
  });
  process.on("disconnect", () => process.exit());
  process.send?.({ port });
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
