import { startPostgres } from "./postgres.js";
import { measureStarts, type Starts, startGoals } from "./starts.js";
import { table, whole } from "./tables.js";

interface Line {
  what: string;
  figure: keyof Starts;
  /** What fails the run: far enough from the goal that a slow machine alone does not. */
  max?: number;
}

const lines: readonly Line[] = [
  { what: "import of `@keywright/api`, ms", figure: "importMs", max: 1_500 },
  { what: "first start, embedded database, ms", figure: "firstEmbeddedMs" },
  { what: "second start, embedded database, ms", figure: "embeddedMs", max: 3_000 },
  { what: "… resident memory, MB", figure: "embeddedMb", max: 500 },
  { what: "first start, PostgreSQL, ms", figure: "firstPostgresMs" },
  { what: "second start, PostgreSQL, ms", figure: "postgresMs", max: 3_000 },
  { what: "… resident memory, MB", figure: "postgresMb", max: 160 },
];
const goals: Partial<Record<keyof Starts, number>> = startGoals;
const tries = 5;

const starts = await measureAlone();
console.log(reportOf(starts));
process.exitCode = lines.every(({ figure, max = Number.POSITIVE_INFINITY }) => starts[figure] <= max) ? 0 : 1;

async function measureAlone(): Promise<Starts> {
  const server = await startPostgres();
  try {
    return await measureStarts(server, tries);
  } finally {
    await server.stop();
  }
}

function reportOf(all: Starts): string {
  const rows = lines.map(({ what, figure, max }) => {
    const { [figure]: wanted } = goals;
    const met = wanted === undefined ? "" : all[figure] <= wanted ? "yes" : "no";
    return [what, whole(all[figure]), wanted ? `≤ ${whole(wanted)}` : "", met, max ? `≤ ${whole(max)}` : ""];
  });
  return table(["Start and memory", "Keywright", "wanted", "met", "limit"], rows);
}
