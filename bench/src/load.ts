import { setTimeout as sleep } from "node:timers/promises";
import autocannon from "autocannon";
import { z } from "zod";

export type Headers = Record<string, string>;

export interface Flood {
  url: string;
  /** Each connection cycles through them. */
  headers: Headers[];
  seconds: number;
}

const connections = 50;
const finished = z.object({
  "2xx": z.number(),
  non2xx: z.number(),
  errors: z.number(),
  duration: z.number(),
  latency: z.object({ p99: z.number() }),
});

/** As many GET requests as 50 connections can make. Throws an `Error` if any of them fails. */
export async function flood({ url, headers, seconds }: Flood): Promise<{ calls: number; perSecond: number }> {
  const requests = headers.map((each) => ({ method: "GET", headers: each }));
  const result = finished.parse(await autocannon({ url, requests, connections, duration: seconds }));
  const failed = result.non2xx + result.errors;
  if (failed > 0) throw new Error(`${failed} of the calls to ${url} failed.`);
  return { calls: result["2xx"], perSecond: result["2xx"] / result.duration };
}

/**
 * How often per second something can be done at a given concurrency; work that started in time is finished and counted.
 */
export async function rateOf(
  { seconds, atATime }: { seconds: number; atATime: number },
  work: () => Promise<void>,
): Promise<number> {
  const startedAt = performance.now();
  let done = 0;
  const worker = async () => {
    while (performance.now() - startedAt < 1000 * seconds) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return (1000 * done) / (performance.now() - startedAt);
}

/** How long each call takes, in milliseconds, at a fixed rate, whether or not earlier calls have been answered. */
export async function paced(
  { perSecond, seconds }: { perSecond: number; seconds: number },
  call: () => Promise<void>,
): Promise<number[]> {
  const startedAt = performance.now();
  const calls: Promise<number>[] = [];
  while (calls.length < perSecond * seconds) {
    await sleep(Math.max(0, startedAt + (calls.length * 1000) / perSecond - performance.now()));
    calls.push(timed(call));
  }
  return await Promise.all(calls);
}

async function timed(call: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await call();
  return performance.now() - startedAt;
}
