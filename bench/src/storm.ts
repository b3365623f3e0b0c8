import { setTimeout as sleep } from "node:timers/promises";
import { candidate, interleave } from "./interleave.js";
import type { Headers } from "./load.js";
import { paced } from "./load.js";
import { send } from "./send.js";
import { expectOk, type Site } from "./sites.js";
import { percentile } from "./statistics.js";

export interface Weather {
  quietP50: number;
  quietP99: number;
  stormP50: number;
  stormP99: number;
  signInsPerSecond: number;
  /** Sign-ins that were turned away because too many were waiting. */
  refused: number;
}

export type Storms = Awaited<ReturnType<typeof measureStorms>>;

/** How long a session check takes, at 50 per second, while many people sign in non-stop. */
export async function measureStorms(
  { keywright, betterAuth }: { keywright: Site; betterAuth: Site },
  { rounds, seconds }: { rounds: number; seconds: number },
  progress: (line: string) => void,
) {
  const candidates = {
    keywright: candidate("keywright", () => storm(keywright, { callers: 50, seconds })),
    overrun: candidate("keywright, more than may wait", () => storm(keywright, { callers: 150, seconds })),
    betterAuth: candidate("better-auth", () => storm(betterAuth, { callers: 50, seconds })),
  };
  await interleave(Object.values(candidates), rounds, (line) => progress(`sign-in storm ${line}`));
  return candidates;
}

async function storm(site: Site, { callers, seconds }: { callers: number; seconds: number }): Promise<Weather> {
  const { cookie } = site.sessions;
  let calls = 0;
  const check = () => checkSession(site.check, cookie[calls++ % cookie.length] ?? {});
  const quiet = await paced({ perSecond: 50, seconds: seconds / 2 }, check);
  const tally = { signedIn: 0, refused: 0, isOver: false };
  const crowd = Promise.all(Array.from({ length: callers }, (_, number) => keepSigningIn(site, number, tally)));
  crowd.catch(() => {}); // awaited below, but may fail earlier
  await sleep(1000);
  const before = tally.signedIn;
  const during = await paced({ perSecond: 50, seconds }, check);
  const signedIn = tally.signedIn - before;
  tally.isOver = true;
  await crowd;
  return {
    quietP50: percentile(quiet, 50),
    quietP99: percentile(quiet, 99),
    stormP50: percentile(during, 50),
    stormP99: percentile(during, 99),
    signInsPerSecond: signedIn / seconds,
    refused: tally.refused,
  };
}

async function keepSigningIn(
  site: Site,
  first: number,
  tally: { signedIn: number; refused: number; isOver: boolean },
): Promise<void> {
  for (let number = first; !tally.isOver; number += 200) {
    const answer = await site.signIn(number);
    if (answer.status === 200) tally.signedIn += 1;
    else if (answer.status === 503) tally.refused += 1;
    else throw new Error(`A sign-in answered ${answer.status}.`);
    await sleep(1000 * Number(answer.headers["retry-after"] ?? 0));
  }
}

async function checkSession(url: string, headers: Headers): Promise<void> {
  expectOk(await send(url, { headers }));
}
