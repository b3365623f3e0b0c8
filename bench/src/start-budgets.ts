import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startPostgres } from "./postgres.js";
import { startServer } from "./server-process.js";
import { table, whole } from "./tables.js";

// The best of several counts: whatever else the machine does can only make a start slower.

type Findings = Awaited<ReturnType<typeof measureAll>>;

interface Line {
  what: string;
  figure: keyof Findings;
  /** What we aim at. */
  wanted?: number;
  /** What fails the run: far enough away that a slow machine alone does not. */
  max?: number;
}

const lines: readonly Line[] = [
  { what: "import of `@keywright/api`, ms", figure: "importMs", wanted: 250, max: 1_500 },
  { what: "first start, embedded database, ms", figure: "firstEmbeddedMs" },
  { what: "second start, embedded database, ms", figure: "embeddedMs", wanted: 1_500, max: 3_000 },
  { what: "… resident memory, MB", figure: "embeddedMb", max: 500 },
  { what: "first start, PostgreSQL, ms", figure: "firstPostgresMs" },
  { what: "second start, PostgreSQL, ms", figure: "postgresMs", wanted: 1_500, max: 3_000 },
  { what: "… resident memory, MB", figure: "postgresMb", wanted: 80, max: 160 },
];
const tries = 5;

const findings = await measureAll();
console.log(reportOf(findings));
process.exitCode = lines.every(({ figure, max = Number.POSITIVE_INFINITY }) => findings[figure] <= max) ? 0 : 1;

async function measureAll() {
  const embedded = await measureStarts();
  const server = await startPostgres();
  try {
    const postgres = await measureStarts({ DATABASE_URL: await server.createDatabase("keywright") });
    return {
      importMs: Math.min(...Array.from({ length: tries }, () => importMs())),
      firstEmbeddedMs: embedded.firstMs,
      embeddedMs: embedded.secondMs,
      embeddedMb: embedded.residentMb,
      firstPostgresMs: postgres.firstMs,
      postgresMs: postgres.secondMs,
      postgresMb: postgres.residentMb,
    };
  } finally {
    await server.stop();
  }
}

/** The first start makes the folder or the tables; those that follow find them. */
async function measureStarts(environment: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "keywright-start-"));
  try {
    const first = await measureStart(folder, environment);
    const later = [];
    for (let start = 0; start < tries; start++) later.push(await measureStart(folder, environment));
    return {
      firstMs: first.readyMs,
      secondMs: Math.min(...later.map(({ readyMs }) => readyMs)),
      residentMb: Math.min(...later.map(({ residentMb }) => residentMb)),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measureStart(folder: string, environment: Record<string, string>) {
  const server = await startServer(folder, environment);
  // What the workers do at the start is part of it.
  await sleep(500);
  const residentMb = await server.residentMb();
  await server.stop();
  return { readyMs: server.readyMs, residentMb };
}

/** In a process of its own, without the time that Node.js itself takes. */
function importMs(): number {
  const program = "const at = performance.now(); await import('@keywright/api'); console.log(performance.now() - at);";
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  return Number(execFileSync(process.execPath, ["--input-type=module", "--eval", program], { cwd, encoding: "utf8" }));
}

function reportOf(all: Findings): string {
  const rows = lines.map(({ what, figure, wanted, max }) => {
    const met = wanted === undefined ? "" : all[figure] <= wanted ? "yes" : "no";
    return [what, whole(all[figure]), wanted ? `≤ ${whole(wanted)}` : "", met, max ? `≤ ${whole(max)}` : ""];
  });
  return table(["Start and memory", "Keywright", "wanted", "met", "limit"], rows);
}
