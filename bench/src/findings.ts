import type { Candidate } from "./interleave.js";
import type { Profiles } from "./profiles.js";
import type { Usage } from "./program.js";
import type { Checks, SessionChecks } from "./session-check.js";
import type { SignInRate, SignIns } from "./sign-in.js";
import type { Starts } from "./starts.js";
import { median, ratio } from "./statistics.js";
import type { Storms, Weather } from "./storm.js";

/** All that one run has measured. */
export interface Findings {
  starts: Starts;
  checks: SessionChecks;
  signIns: SignIns;
  storms: Storms;
  memory: { keywright: Memory; betterAuth: Memory; raw: Memory };
  profiles: Profiles;
}

export interface Memory {
  atStart: Usage;
  afterRun: Usage;
}

/** How often some answer while the other answers once. */
export function fasterBy(some: Candidate<Checks>, other: Candidate<Checks>): number {
  return ratioOf(some, other, "perSecond");
}

/** What a call of the one costs its server, beside one of the other. */
export function costlierBy(some: Candidate<Checks>, other: Candidate<Checks>): number {
  return ratioOf(some, other, "cpuMicroseconds");
}

export function signInBy(some: Candidate<SignInRate>, other: Candidate<SignInRate>): number {
  const rates = ({ results }: Candidate<SignInRate>) => results.map(({ perSecond }) => perSecond);
  return ratio(rates(some), rates(other));
}

/** How much longer the slowest hundredth of the calls takes in a storm than right before it. */
export function p99Beyond({ results }: Candidate<Weather>): number {
  return median(results.map(({ quietP99, stormP99 }) => stormP99 - quietP99));
}

function ratioOf(some: Candidate<Checks>, other: Candidate<Checks>, key: keyof Checks): number {
  const values = ({ results }: Candidate<Checks>) => results.map((checks) => checks[key]);
  return ratio(values(some), values(other));
}
