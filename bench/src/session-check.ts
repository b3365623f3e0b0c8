import { candidate, interleave } from "./interleave.js";
import { flood, type Headers } from "./load.js";
import type { Program } from "./processes.js";
import type { Site } from "./sites.js";

export interface Contenders {
  keywright: Site;
  betterAuth: Site;
  raw: Program;
  bareTrpc: Program;
}

export interface Checks {
  perSecond: number;
  /** CPU time that the server spends per call, all threads together. */
  cpuMicroseconds: number;
}

export type SessionChecks = Awaited<ReturnType<typeof measureSessionChecks>>;

/** How many session checks per second each of them answers under full load. */
export async function measureSessionChecks(
  { keywright, betterAuth, raw, bareTrpc }: Contenders,
  { rounds, seconds }: { rounds: number; seconds: number },
  progress: (line: string) => void,
) {
  const check = (program: Program, url: string, headers: Headers[]) => () =>
    checkFor(program, { url, headers, seconds });
  const { cookie, bearer } = keywright.sessions;
  const ping = `${bareTrpc.url}/trpc/ping?batch=1&input=%7B%7D`;
  const candidates = {
    raw: candidate("raw", check(raw, raw.url, cookie)),
    bareTrpc: candidate("bare tRPC", check(bareTrpc, ping, [{}])),
    bearer: candidate("bearer", check(keywright.program, keywright.check, bearer)),
    cookie: candidate("cookie", check(keywright.program, keywright.check, cookie)),
    betterAuth: candidate("better-auth", check(betterAuth.program, betterAuth.check, betterAuth.sessions.cookie)),
  };
  const all = Object.values(candidates);
  progress("session check: warming up");
  for (const { run } of all) await run();
  await interleave(all, rounds, (line) => progress(`session check ${line}`));
  return candidates;
}

async function checkFor(program: Program, load: Parameters<typeof flood>[0]): Promise<Checks> {
  const before = await program.usage();
  const { calls, perSecond } = await flood(load);
  const after = await program.usage();
  return { perSecond, cpuMicroseconds: ((after.cpuMs - before.cpuMs) * 1000) / calls };
}
