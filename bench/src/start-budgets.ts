import { startPostgres } from "./postgres.js";
import { measureStarts, type Starts, startGoals } from "./starts.js";
import { table, whole } from "./tables.js";

interface Line {
  what: string;
  figure: keyof Starts;
  /** What fails the run; a time, on a machine on which a bare Node.js starts in 40 ms. */
  max?: number;
}

const lines: readonly Line[] = [
  { what: "bare Node.js, ms", figure: "bareMs" },
  { what: "import of `@keywright/api`, ms", figure: "importMs", max: 1_500 },
  { what: "first start, embedded database, ms", figure: "firstEmbeddedMs" },
  { what: "second start, embedded database, ms", figure: "embeddedMs", max: 3_000 },
  { what: "… resident memory, MB", figure: "embeddedMb", max: 500 },
  { what: "first start, PostgreSQL, ms", figure: "firstPostgresMs" },
  { what: "second start, PostgreSQL, ms", figure: "postgresMs", max: 3_000 },
  { what: "… resident memory, MB", figure: "postgresMb", max: 120 },
];
const goals: Partial<Record<keyof Starts, number>> = startGoals;
const tries = 5;
const usualBareMs = 40;

const starts = await measureAlone();
console.log(reportOf(starts));
process.exitCode = lines.every((line) => starts[line.figure] <= limitOf(starts, line)) ? 0 : 1;

async function measureAlone(): Promise<Starts> {
  const server = await startPostgres();
  try {
    return await measureStarts(server, tries);
  } finally {
    await server.stop();
  }
}

/** Stretched where a bare Node.js takes longer: the machine is slow, or busy with something else. */
function limitOf({ bareMs }: Starts, { figure, max = Number.POSITIVE_INFINITY }: Line): number {
  return figure.endsWith("Ms") ? max * Math.max(1, bareMs / usualBareMs) : max;
}

function reportOf(all: Starts): string {
  const rows = lines.map((line) => {
    const { what, figure } = line;
    const limit = line.max === undefined ? "" : `≤ ${whole(limitOf(all, line))}`;
    const { [figure]: wanted } = goals;
    const met = wanted === undefined ? "" : all[figure] <= wanted ? "yes" : "no";
    return [what, whole(all[figure]), wanted ? `≤ ${whole(wanted)}` : "", met, limit];
  });
  return table(["Start and memory", "Keywright", "wanted", "met", "limit"], rows);
}
