import { costlierBy, type Findings, fasterBy, p99Beyond, signInBy } from "./findings.js";
import { type Starts, startGoals } from "./starts.js";
import { table } from "./tables.js";

export interface Target {
  name: string;
  value: string;
  wanted: string;
  isMet: boolean;
}

/** What a run is judged by. */
export function targetsOf({ starts, checks, signIns, storms, memory }: Findings): Target[] {
  const { raw, bearer, cookie, five, app, betterAuth, cookieCache } = checks;
  const slower = (other: typeof raw) => Math.min(fasterBy(bearer, other), fasterBy(cookie, other));
  const signIn = Math.min(...[signIns.bearer, signIns.cookie].map((some) => signInBy(some, signIns.bcrypt)));
  return [
    atLeast("session check, bearer, beside raw `node:http` + statement", fasterBy(bearer, raw), 0.9),
    atLeast("… cookie", fasterBy(cookie, raw), 0.8),
    atLeast("… the slower of them beside better-auth", slower(betterAuth), 10),
    atLeast("… beside better-auth with its cookie cache", slower(cookieCache), 1),
    atMost("server CPU of five queries in a batch, in those of one query", costlierBy(five, cookie), 1.6),
    atLeast("an app's own query beside `user.me`", fasterBy(app, cookie), 0.8),
    atLeast("sign-in beside raw bcrypt", signIn, 0.95),
    below("p99 of other calls in a sign-in storm, ms beyond quiet", p99Beyond(storms.keywright), 25),
    below("resident memory after the run, MB", memory.keywright.afterRun.residentMb, 120),
    ...startTargets(starts),
  ];
}

/** Of `npm start` once its folder or its tables exist, until `/readyz` answers. */
function startTargets({ importMs, embeddedMs, postgresMs, postgresMb }: Starts): Target[] {
  return [
    below("start, embedded database, ms", embeddedMs, startGoals.embeddedMs),
    below("start, PostgreSQL, ms", postgresMs, startGoals.postgresMs),
    below("… resident memory then, MB", postgresMb, startGoals.postgresMb),
    below("import of `@keywright/api`, ms", importMs, startGoals.importMs),
  ];
}

/** In Markdown. */
export function reportOfTargets(targets: Target[]): string {
  const rows = targets.map(({ name, value, wanted, isMet }) => [name, value, wanted, isMet ? "yes" : "**no**"]);
  return table(["Target", "measured", "wanted", "met"], rows);
}

function atLeast(name: string, value: number, least: number): Target {
  return { name, value: value.toFixed(2), wanted: `≥ ${least}`, isMet: value >= least };
}

function atMost(name: string, value: number, limit: number): Target {
  return { name, value: value.toFixed(2), wanted: `≤ ${limit}`, isMet: value <= limit };
}

function below(name: string, value: number, limit: number): Target {
  return { name, value: value.toFixed(0), wanted: `< ${limit}`, isMet: value < limit };
}
