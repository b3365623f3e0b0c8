import { availableParallelism } from "node:os";
import { z } from "zod";
import { candidate, interleave } from "./interleave.js";
import { bearerTransport } from "./keywright-site.js";
import { rateOf } from "./load.js";
import type { Program } from "./processes.js";
import { expectOk, type Site } from "./sites.js";

export interface SignInRate {
  perSecond: number;
  /** CPU time that the server spends on each, all threads together. */
  cpuMs: number;
}

export type SignIns = Awaited<ReturnType<typeof measureSignIns>>;

/**
 * How many sign-ins per second each of them does, with four in progress per core. Raw bcrypt has one per core: more
 * threads would take a larger share of a machine that has other work as well, without doing more of it.
 */
export async function measureSignIns(
  { keywright, betterAuth, bcrypt }: { keywright: Site; betterAuth: Site; bcrypt: Program },
  { rounds, seconds }: { rounds: number; seconds: number },
  progress: (line: string) => void,
) {
  const cores = availableParallelism();
  let people = 0;
  const signIns = (site: Site, headers = {}) => {
    const rate = () => rateOf({ seconds, atATime: 4 * cores }, () => signInAndCheck(site, people++, headers));
    return () => rateIn(site.program, rate);
  };
  const hashes = async () => z.number().parse(await bcrypt.ask({ seconds, atATime: cores }));
  const candidates = {
    bcrypt: candidate("raw bcrypt", () => rateIn(bcrypt, hashes)),
    bearer: candidate("bearer", signIns(keywright, bearerTransport)),
    cookie: candidate("cookie", signIns(keywright)),
    betterAuth: candidate("better-auth", signIns(betterAuth)),
  };
  const all = Object.values(candidates);
  progress("sign-in: warming up");
  for (const { run } of all) await run();
  await interleave(all, rounds, (line) => progress(`sign-in ${line}`));
  return candidates;
}

async function rateIn(program: Program, rate: () => Promise<number>): Promise<SignInRate> {
  const before = await program.usage();
  const startedAt = performance.now();
  const perSecond = await rate();
  const done = (perSecond * (performance.now() - startedAt)) / 1000;
  const after = await program.usage();
  return { perSecond, cpuMs: (after.cpuMs - before.cpuMs) / done };
}

async function signInAndCheck(site: Site, person: number, headers: Record<string, string>): Promise<void> {
  expectOk(await site.signIn(person, headers));
}
