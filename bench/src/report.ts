import { type Findings, fasterBy, type Memory, signInBy } from "./findings.js";
import type { Candidate } from "./interleave.js";
import { reportOfProfiles } from "./profiles.js";
import type { Checks, SessionChecks } from "./session-check.js";
import type { SignInRate, SignIns } from "./sign-in.js";
import { median } from "./statistics.js";
import type { Storms, Weather } from "./storm.js";
import { table, whole } from "./tables.js";
import { reportOfTargets, targetsOf } from "./targets.js";

/** The tables, in Markdown. */
export function reportOf(findings: Findings): string {
  return [
    reportOfTargets(targetsOf(findings)),
    checksTable(findings.checks),
    signInsTable(findings.signIns),
    stormsTable(findings.storms),
    memoryTable(findings.memory),
    reportOfProfiles(findings.profiles),
  ].join("\n\n");
}

function checksTable(checks: SessionChecks): string {
  const { raw, betterAuth } = checks;
  const row = (name: string, some: Candidate<Checks>) => [
    name,
    whole(middleOf(some, "perSecond")),
    whole(middleOf(some, "cpuMicroseconds")),
    fasterBy(some, raw).toFixed(2),
    fasterBy(some, betterAuth).toFixed(1),
  ];
  return table(
    ["Session check", "calls/s", "server CPU, µs a call", "× raw", "× better-auth"],
    [
      row("raw `node:http` + the same statement, cookie", raw),
      row("bare tRPC: no session, no statement", checks.bareTrpc),
      row("Keywright `user.me`, bearer", checks.bearer),
      row("Keywright `user.me`, cookie", checks.cookie),
      row("Keywright, five of them in one batch, cookie", checks.five),
      row("an app's own `userProcedure` query, cookie", checks.app),
      row("better-auth `get-session`, cookie", betterAuth),
      row("… with joins", checks.joins),
      row("… with its cookie cache: no look at the database", checks.cookieCache),
    ],
  );
}

function signInsTable({ bcrypt, bearer, cookie, betterAuth }: SignIns): string {
  const row = (name: string, some: Candidate<SignInRate>) => [
    name,
    middleOf(some, "perSecond").toFixed(1),
    whole(middleOf(some, "cpuMs")),
    signInBy(some, bcrypt).toFixed(2),
  ];
  return table(
    ["Sign-in", "a second", "server CPU, ms each", "× raw bcrypt"],
    [
      row("raw `bcrypt.verify`, cost 12, no HTTP", bcrypt),
      row("Keywright `auth.login`, cost 12, bearer", bearer),
      row("Keywright `auth.login`, cost 12, cookie", cookie),
      row("better-auth `sign-in/email`: scrypt, another and cheaper hash", betterAuth),
    ],
  );
}

function stormsTable({ keywright, overrun, betterAuth }: Storms): string {
  const row = (name: string, storm: Candidate<Weather>) => [
    name,
    middleOf(storm, "quietP50").toFixed(1),
    middleOf(storm, "quietP99").toFixed(1),
    middleOf(storm, "stormP50").toFixed(1),
    middleOf(storm, "stormP99").toFixed(1),
    middleOf(storm, "signInsPerSecond").toFixed(1),
    whole(middleOf(storm, "refused")),
  ];
  return table(
    ["Session check, ms", "quiet p50", "p99", "storm p50", "p99", "sign-ins/s", "refused"],
    [
      row("Keywright, 50 sign in at a time", keywright),
      row("Keywright, 150 at a time: more than may wait", overrun),
      row("better-auth, 50 at a time", betterAuth),
    ],
  );
}

function memoryTable({ keywright, betterAuth, raw }: Findings["memory"]): string {
  const row = (name: string, { atStart, afterRun }: Memory) => [
    name,
    whole(atStart.residentMb),
    whole(afterRun.residentMb),
    whole(afterRun.peakMb),
  ];
  return table(
    ["Resident memory, MB", "after the start", "after the run", "at most"],
    [row("Keywright", keywright), row("better-auth", betterAuth), row("raw `node:http`", raw)],
  );
}

function middleOf<Key extends string>({ results }: Candidate<Record<Key, number>>, key: Key): number {
  return median(results.map((result) => result[key]));
}
