import { setTimeout as sleep } from "node:timers/promises";
import autocannon from "autocannon";
import { z } from "zod";
import { callersOf, connections } from "./connections.js";

export type Headers = Record<string, string>;

export interface Flood {
  url: string;
  /** One for each caller. Each connection has callers of its own, so that no two calls of one moment are the same. */
  headers: Headers[];
  seconds: number;
  /** Text that every right answer contains. Default: anything will do. */
  mark?: string;
}

const finished = z.object({
  "2xx": z.number(),
  non2xx: z.number(),
  errors: z.number(),
  mismatches: z.number(),
  duration: z.number(),
});

/** As many GET requests as 50 connections can make. Throws an `Error` if any of them fails, or is answered wrongly. */
export async function flood({
  url,
  headers,
  seconds,
  mark = "",
}: Flood): Promise<{ calls: number; perSecond: number }> {
  let connection = 0;
  const options = {
    url,
    connections,
    duration: seconds,
    setupClient: (client: Client) => client.setRequests(requestsOf(callersOf(headers, connection++))),
    verifyBody: (body: string) => body.includes(mark),
  };
  const result = finished.parse(await autocannon(options));
  const failed = result.non2xx + result.errors + result.mismatches;
  if (failed > 0) throw new Error(`${failed} of the calls to ${url} failed.`);
  return { calls: result["2xx"], perSecond: result["2xx"] / result.duration };
}

interface Client {
  setRequests(requests: { method: "GET"; headers: Headers }[]): void;
}

function requestsOf(headers: Headers[]): { method: "GET"; headers: Headers }[] {
  return headers.map((each) => ({ method: "GET", headers: each }));
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
