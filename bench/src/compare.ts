import { startBetterAuth } from "./better-auth-site.js";
import type { Findings } from "./findings.js";
import { startKeywright } from "./keywright-site.js";
import { startProgram } from "./processes.js";
import { measureProfiles, type Profiles } from "./profiles.js";
import { measureSessionChecks } from "./session-check.js";
import { measureSignIns } from "./sign-in.js";
import { measureStarts } from "./starts.js";
import { measureStorms } from "./storm.js";
import { type Servers, withServers } from "./with-servers.js";

export interface Sizes {
  starts: { tries: number };
  checks: { warmUpCalls: number; rounds: number; seconds: number };
  signIns: { rounds: number; seconds: number };
  storms: { rounds: number; seconds: number };
  profiles: { seconds: number };
}

type Progress = (line: string) => void;

/** All that docs/performance.md has figures of, but those of `--scale`. */
export async function measureAll(sizes: Sizes, progress: Progress): Promise<Findings> {
  return await withServers(async (servers) => {
    progress("starts");
    const starts = await measureStarts(servers.postgres, sizes.starts.tries);
    const { bcrypt, ...contenders } = await startContenders(servers, progress);
    const { keywright, raw } = contenders;
    const rawAtStart = await raw.usage();
    const classic = { keywright, betterAuth: contenders.betterAuth.defaults };
    const checks = await measureSessionChecks(contenders, sizes.checks, progress);
    const signIns = await measureSignIns({ ...classic, bcrypt }, sizes.signIns, progress);
    const storms = await measureStorms(classic, sizes.storms, progress);
    const memory = {
      keywright: { atStart: keywright.atStart, afterRun: await keywright.program.usage() },
      betterAuth: { atStart: classic.betterAuth.atStart, afterRun: await classic.betterAuth.program.usage() },
      raw: { atStart: rawAtStart, afterRun: await raw.usage() },
    };
    const profiles = await measureProfiles({ keywright, raw }, sizes.profiles, progress);
    return { starts, checks, signIns, storms, memory, profiles };
  });
}

/** What the servers do with their time, and nothing else. */
export async function profileOnly(sizes: Sizes, progress: Progress): Promise<Profiles> {
  return await withServers(async ({ postgres, programs }) => {
    const keywright = await startKeywright(postgres);
    programs.push(keywright.program);
    const raw = await startProgram("raw", keywright.database);
    programs.push(raw);
    return await measureProfiles({ keywright, raw }, sizes.profiles, progress);
  });
}

async function startContenders({ postgres, programs }: Servers, progress: Progress) {
  progress("starting, with a thousand callers each");
  const keywright = await startKeywright(postgres);
  const betterAuth = await startBetterAuth(postgres);
  const app = await startProgram("app", keywright.database);
  const raw = await startProgram("raw", keywright.database);
  const bareTrpc = await startProgram("bare-trpc");
  const bcrypt = await startProgram("bcrypt");
  programs.push(keywright.program, ...Object.values(betterAuth).map(({ program }) => program));
  programs.push(app, raw, bareTrpc, bcrypt);
  return { keywright, betterAuth, app, raw, bareTrpc, bcrypt };
}
