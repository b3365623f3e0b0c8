import type { BetterAuthSites } from "./better-auth-site.js";
import { candidate, interleave } from "./interleave.js";
import type { Headers } from "./load.js";
import { flood } from "./load.js";
import type { Program } from "./processes.js";
import { addressMark, type Site } from "./sites.js";

export interface Contenders {
  keywright: Site;
  /** An app that has Keywright in its own server. */
  app: Program;
  betterAuth: BetterAuthSites;
  raw: Program;
  bareTrpc: Program;
}

export interface Checks {
  calls: number;
  perSecond: number;
  /** CPU time that the server spends per call, all threads together. */
  cpuMicroseconds: number;
}

export type SessionChecks = Awaited<ReturnType<typeof measureSessionChecks>>;

/** How many session checks per second each of them answers under full load. */
export async function measureSessionChecks(
  contenders: Contenders,
  { warmUpCalls, rounds, seconds }: { warmUpCalls: number; rounds: number; seconds: number },
  progress: (line: string) => void,
) {
  const candidates = candidatesOf(contenders, seconds);
  const all = Object.values(candidates);
  for (const { name, run } of all) {
    progress(`session check: warming up ${name}`);
    await warmUp(run, warmUpCalls);
  }
  await interleave(all, rounds, (line) => progress(`session check ${line}`));
  return candidates;
}

/** V8 compiles what is called often; a slow server gets more time for it, but not for ever. */
async function warmUp(run: () => Promise<Checks>, wanted: number): Promise<void> {
  let calls = 0;
  for (let times = 0; times < 4; times++) {
    calls += (await run()).calls;
    if (calls >= wanted) return;
  }
}

function candidatesOf({ keywright, app, betterAuth, raw, bareTrpc }: Contenders, seconds: number) {
  const { cookie, bearer } = keywright.sessions;
  const check = (program: Program, url: string, headers: Headers[]) => () =>
    checkFor(program, { url, headers, seconds, mark: addressMark });
  const checkAt = ({ program, check: url, sessions }: Site) => check(program, url, sessions.cookie);
  const queryOf = (program: Program, paths: string) => `${program.url}/trpc/${paths}?batch=1&input=%7B%7D`;
  const ping = { url: queryOf(bareTrpc, "ping"), headers: [{}], seconds, mark: "isThere" };
  const five = queryOf(keywright.program, Array(5).fill("user.me").join());
  return {
    raw: candidate("raw", check(raw, raw.url, cookie)),
    bareTrpc: candidate("bare tRPC", () => checkFor(bareTrpc, ping)),
    bearer: candidate("bearer", check(keywright.program, keywright.check, bearer)),
    cookie: candidate("cookie", checkAt(keywright)),
    five: candidate("batch of five", check(keywright.program, five, cookie)),
    app: candidate("an app's own query", check(app, queryOf(app, "desk.owner"), cookie)),
    betterAuth: candidate("better-auth", checkAt(betterAuth.defaults)),
    joins: candidate("better-auth with joins", checkAt(betterAuth.joins)),
    cookieCache: candidate("better-auth with its cookie cache", checkAt(betterAuth.cookieCache)),
  };
}

async function checkFor(program: Program, load: Parameters<typeof flood>[0]): Promise<Checks> {
  const before = await program.usage();
  const { calls, perSecond } = await flood(load);
  const after = await program.usage();
  return { calls, perSecond, cpuMicroseconds: ((after.cpuMs - before.cpuMs) * 1000) / calls };
}
