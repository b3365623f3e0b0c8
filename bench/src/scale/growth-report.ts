import { median } from "../statistics.js";
import { table, whole } from "../tables.js";
import type { Crew } from "./instances.js";
import type { Pair } from "./pairs.js";
import { type Growth, settings } from "./scale.js";
import type { Mass } from "./tables-at-rest.js";

/** How much longer an operation may take with a thousand times as many users. */
const mostRatio = 1.3;

/** Whether growth costs nobody much: in time, or by reading whole tables. */
export function isSmooth({ pairs, plans }: Growth): boolean {
  return pairs.every(isMet) && plans.every(({ readWhole }) => readWhole.length === 0);
}

function isMet({ ratio, isCold }: Pair): boolean {
  return isCold || ratio <= mostRatio;
}

/** The tables, in Markdown. */
export function reportOfGrowth(growth: Growth): string {
  const { small, large } = growth;
  return [
    `${whole(large.users)} users and ${whole(large.sessions)} sessions beside ${whole(small.users)} and ${whole(small.sessions)}. PostgreSQL's settings: ${settings.map((setting) => `\`${setting}\``).join(", ")}.`,
    pairsTable(growth),
    costsTable(growth),
    crewsTable(growth.crews),
    massesTable(growth.masses),
    upkeepTable(growth),
    plansTable(growth),
  ].join("\n\n");
}

/** The plans as PostgreSQL prints them. */
export function fullPlans({ plans }: Growth): string {
  return plans.map(({ operation, statement, text }) => `-- ${operation}\n${statement}\n${text}`).join("\n\n");
}

function pairsTable({ pairs, small, large }: Growth): string {
  return table(
    [
      "p50, ms",
      `${whole(small.users)} users`,
      `${whole(large.users)} users`,
      "p99",
      `× (wanted ≤ ${mostRatio})`,
      "met",
    ],
    pairs.map((pair) => [
      pair.name,
      pair.small.toFixed(2),
      pair.large.toFixed(2),
      pair.largeP99.toFixed(1),
      pair.ratio.toFixed(2),
      pair.isCold ? "" : isMet(pair) ? "yes" : "**no**",
    ]),
  );
}

function costsTable({ costs }: Growth): string {
  return table(
    ["What a call costs PostgreSQL", "CPU, µs", "write-ahead log, B"],
    costs.map(({ name, cpuMicroseconds, logBytes }) => [name, whole(cpuMicroseconds), whole(logBytes)]),
  );
}

function crewsTable(crews: Crew[]): string {
  const numbers = [...new Set(crews.map(({ instances }) => instances))];
  return table(
    ["Session checks, 50 connections to each instance", "calls/s", "Keywright's CPU, µs a call", "PostgreSQL's CPU"],
    numbers.map((number) => {
      const rounds = crews.filter(({ instances }) => instances === number);
      const middle = (key: keyof Crew) => whole(median(rounds.map((crew) => crew[key])));
      return [`${number} of Keywright`, middle("perSecond"), middle("keywright"), middle("postgres")];
    }),
  );
}

function massesTable(masses: Mass[]): string {
  const rows = masses.map(({ name, table, rows, bytes }) => [
    name === table ? `\`${name}\`` : `– \`${name}\``,
    whole(rows),
    whole(bytes / 1e6),
  ]);
  const all = masses.reduce((sum, { bytes }) => sum + bytes, 0);
  return table(["Table, and its indexes", "rows", "MB"], [...rows, ["all", "", whole(all / 1e6)]]);
}

function upkeepTable({ upkeep, vacuumSeconds }: Growth): string {
  const rows = upkeep.map(({ table, live, dead, threshold, runs, seconds }) => {
    return [`\`${table}\``, whole(live), whole(dead), whole(threshold), whole(runs), seconds.toFixed(1)];
  });
  const head = ["Autovacuum", "live rows", "dead rows", "comes at dead rows", "runs so far", "seconds"];
  return `${table(head, rows)}\n\nA vacuum of \`sessions\` afterwards took ${vacuumSeconds.toFixed(1)} s.`;
}

function plansTable({ plans }: Growth): string {
  return table(
    ["Statement", "reads", "pages"],
    plans.map(({ operation, statement, text, pages, readWhole }) => [
      `${operation}: \`${statement.slice(0, 60).replaceAll("|", "\\|").replaceAll("`", "")}\``,
      readWhole.length > 0 ? `**all of ${readWhole.join(", ")}**` : pathsOf(text),
      whole(pages),
    ]),
  );
}

/** The indexes and tables that a plan uses, in its order. */
function pathsOf(plan: string): string {
  const scans = [
    ...plan.matchAll(/(?:Index(?: Only)? Scan(?: Backward)? using|Bitmap Index Scan on|Seq Scan on) (\w+)/g),
  ];
  const names = [...new Set(scans.map(([, name = ""]) => name))];
  return names.length === 0 ? "–" : names.join(", ");
}
