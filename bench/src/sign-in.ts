import { availableParallelism } from "node:os";
import { z } from "zod";
import { candidate, interleave } from "./interleave.js";
import { rateOf } from "./load.js";
import type { Program } from "./processes.js";
import { bearerTransport, type Site } from "./sites.js";

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
    return () => rateOf({ seconds, atATime: 4 * cores }, () => signInAndCheck(site, people++, headers));
  };
  const candidates = {
    bcrypt: candidate("raw bcrypt", async () => z.number().parse(await bcrypt.ask({ seconds, atATime: cores }))),
    bearer: candidate("bearer", signIns(keywright, bearerTransport)),
    cookie: candidate("cookie", signIns(keywright)),
    betterAuth: candidate("better-auth", signIns(betterAuth)),
  };
  await interleave(Object.values(candidates), rounds, (line) => progress(`sign-in ${line}`));
  return candidates;
}

async function signInAndCheck(site: Site, person: number, headers: Record<string, string>): Promise<void> {
  const answer = await site.signIn(person, headers);
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`A sign-in answered ${answer.status}.`);
}
