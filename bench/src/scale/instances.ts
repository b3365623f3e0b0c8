import { flood } from "../load.js";
import { type Program, startProgram } from "../processes.js";
import { postgresCpuMs } from "./cpu.js";
import type { Place } from "./place.js";

/** Session checks by a number of instances on one database. */
export interface Crew {
  instances: number;
  perSecond: number;
  /** CPU time a call, in microseconds: of Keywright, and of PostgreSQL. */
  keywright: number;
  postgres: number;
}

export async function measureInstances(
  place: Place,
  { most, rounds, seconds }: { most: number; rounds: number; seconds: number },
  progress: (line: string) => void,
): Promise<Crew[]> {
  const programs: Program[] = [place.program];
  const crews: Crew[] = [];
  try {
    while (programs.length < most) programs.push(await startProgram("keywright", place.database));
    for (let round = 0; round < rounds; round++) {
      for (let instances = 1; instances <= most; instances++) {
        progress(`instances ${round + 1}/${rounds}: ${instances}`);
        crews.push(await floodAll(place, programs.slice(0, instances), seconds));
      }
    }
    return crews;
  } finally {
    for (const program of programs.slice(1)) await program.stop();
  }
}

/** 50 connections to each. */
async function floodAll(place: Place, programs: Program[], seconds: number): Promise<Crew> {
  const before = await cpuOf(place, programs);
  const floods = await Promise.all(
    programs.map(({ url }) => {
      const check = `${url}/trpc/user.me?batch=1&input=%7B%7D`;
      return flood({ url: check, headers: place.cookies, seconds });
    }),
  );
  const after = await cpuOf(place, programs);
  const calls = floods.reduce((sum, each) => sum + each.calls, 0);
  return {
    instances: programs.length,
    perSecond: floods.reduce((sum, each) => sum + each.perSecond, 0),
    keywright: (1000 * (after.keywright - before.keywright)) / calls,
    postgres: (1000 * (after.postgres - before.postgres)) / calls,
  };
}

async function cpuOf({ sql }: Place, programs: Program[]) {
  const usages = await Promise.all(programs.map((program) => program.usage()));
  return {
    keywright: usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    postgres: await postgresCpuMs(sql),
  };
}
