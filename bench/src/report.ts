import type { Candidate } from "./interleave.js";
import type { Usage } from "./program.js";
import type { Checks, SessionChecks } from "./session-check.js";
import type { SignIns } from "./sign-in.js";
import { median, ratio } from "./statistics.js";
import type { Storms, Weather } from "./storm.js";
import { table, whole } from "./tables.js";

export interface Findings {
  checks: SessionChecks;
  signIns: SignIns;
  storms: Storms;
  memory: { keywright: Usage; betterAuth: Usage; raw: Usage };
}

export interface Target {
  name: string;
  value: string;
  wanted: string;
  isMet: boolean;
}

export function targetsOf({ checks, signIns, storms, memory }: Findings): Target[] {
  const { bearer, cookie, raw, betterAuth } = checks;
  const slowest = (other: Candidate<Checks>) => Math.min(fasterBy(bearer, other), fasterBy(cookie, other));
  const signIn = Math.min(
    ...[signIns.bearer, signIns.cookie].map(({ results }) => ratio(results, signIns.bcrypt.results)),
  );
  return [
    atLeast("session check beside better-auth", slowest(betterAuth), 4),
    atLeast("session check beside raw `node:http` + statement", slowest(raw), 0.35),
    atLeast("sign-in beside raw bcrypt", signIn, 0.9),
    atMost("p99 of other calls during a sign-in storm, ms", overRounds(storms.keywright, "stormP99"), 100),
    atMost("resident memory after the run, MB", memory.keywright.residentMb, 160),
  ];
}

/** The tables, in Markdown. */
export function reportOf(findings: Findings): string {
  const targets = targetsOf(findings).map(({ name, value, wanted, isMet }) => [
    name,
    value,
    wanted,
    isMet ? "yes" : "**no**",
  ]);
  return [
    table(["Target", "measured", "wanted", "met"], targets),
    checksTable(findings.checks),
    signInsTable(findings.signIns),
    stormsTable(findings.storms),
    memoryTable(findings.memory),
  ].join("\n\n");
}

function checksTable({ raw, bareTrpc, bearer, cookie, betterAuth }: SessionChecks): string {
  const row = (name: string, checks: Candidate<Checks>) => [
    name,
    whole(median(checks.results.map(({ perSecond }) => perSecond))),
    whole(median(checks.results.map(({ cpuMicroseconds }) => cpuMicroseconds))),
    fasterBy(checks, raw).toFixed(2),
    fasterBy(checks, betterAuth).toFixed(1),
  ];
  return table(
    ["Session check", "calls/s", "server CPU, µs a call", "× raw", "× better-auth"],
    [
      row("raw `node:http` + the same statement, cookie", raw),
      row("bare tRPC: no session, no statement", bareTrpc),
      row("Keywright `user.me`, bearer", bearer),
      row("Keywright `user.me`, cookie", cookie),
      row("better-auth `get-session`, cookie", betterAuth),
    ],
  );
}

function signInsTable({ bcrypt, bearer, cookie, betterAuth }: SignIns): string {
  const row = (name: string, { results }: Candidate<number>) => [
    name,
    median(results).toFixed(1),
    ratio(results, bcrypt.results).toFixed(2),
  ];
  return table(
    ["Sign-in", "a second", "× raw bcrypt"],
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
    overRounds(storm, "quietP50").toFixed(1),
    overRounds(storm, "quietP99").toFixed(1),
    overRounds(storm, "stormP50").toFixed(1),
    overRounds(storm, "stormP99").toFixed(1),
    overRounds(storm, "signInsPerSecond").toFixed(1),
    whole(overRounds(storm, "refused")),
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
  const row = (name: string, { residentMb, peakMb }: Usage) => [name, whole(residentMb), whole(peakMb)];
  return table(
    ["Resident memory, MB", "after the run", "at most"],
    [row("Keywright", keywright), row("better-auth", betterAuth), row("raw `node:http`", raw)],
  );
}

function fasterBy(some: Candidate<Checks>, other: Candidate<Checks>): number {
  const rates = ({ results }: Candidate<Checks>) => results.map(({ perSecond }) => perSecond);
  return ratio(rates(some), rates(other));
}

function overRounds({ results }: Candidate<Weather>, key: keyof Weather): number {
  return median(results.map((weather) => weather[key]));
}

function atLeast(name: string, value: number, least: number): Target {
  return { name, value: value.toFixed(2), wanted: `≥ ${least}`, isMet: value >= least };
}

function atMost(name: string, value: number, limit: number): Target {
  return { name, value: value.toFixed(0), wanted: `≤ ${limit}`, isMet: value <= limit };
}
