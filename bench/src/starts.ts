import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Postgres } from "./postgres.js";
import { startServer } from "./server-process.js";
import { median } from "./statistics.js";

/** What a start takes. The best of several counts: whatever else the machine does can only make one slower. */
export type Starts = Awaited<ReturnType<typeof measureStarts>>;

/** What we aim at. */
export const startGoals = { importMs: 250, embeddedMs: 1_500, postgresMs: 1_500, postgresMb: 80 } as const;

/** Measures `npm start` on both databases, and what an app waits for when it imports the package. */
export async function measureStarts({ createDatabase }: Postgres, tries: number) {
  const embedded = await startsWith({}, tries);
  const postgres = await startsWith({ DATABASE_URL: await createDatabase("keywright_starts") }, tries);
  return {
    bareMs: Math.max(embedded.bareMs, postgres.bareMs),
    importMs: Math.min(...Array.from({ length: tries }, () => importMs())),
    firstEmbeddedMs: embedded.firstMs,
    embeddedMs: embedded.secondMs,
    embeddedMb: embedded.residentMb,
    firstPostgresMs: postgres.firstMs,
    postgresMs: postgres.secondMs,
    postgresMb: postgres.residentMb,
  };
}

/** The first start makes the folder or the tables; those that follow find them. */
async function startsWith(environment: Record<string, string>, tries: number) {
  const folder = await mkdtemp(join(tmpdir(), "keywright-start-"));
  try {
    const first = await measureStart(folder, environment);
    const later = [];
    for (let start = 0; start < tries; start++) later.push(await measureStart(folder, environment));
    return {
      bareMs: median([first, ...later].map(({ bareMs }) => bareMs)),
      firstMs: first.readyMs,
      secondMs: Math.min(...later.map(({ readyMs }) => readyMs)),
      residentMb: Math.min(...later.map(({ residentMb }) => residentMb)),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measureStart(folder: string, environment: Record<string, string>) {
  const bareMs = bareStartMs();
  const server = await startServer(folder, environment);
  // What the workers do at the start is part of it.
  await sleep(500);
  const residentMb = await server.residentMb();
  await server.stop();
  return { bareMs, readyMs: server.readyMs, residentMb };
}

/** How long a Node.js takes that does nothing: what the machine is like at this moment. */
function bareStartMs(): number {
  const startedAt = performance.now();
  execFileSync(process.execPath, ["--eval", ""]);
  return performance.now() - startedAt;
}

/** In a process of its own, without the time that Node.js itself takes. */
function importMs(): number {
  const program = "const at = performance.now(); await import('@keywright/api'); console.log(performance.now() - at);";
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  return Number(execFileSync(process.execPath, ["--input-type=module", "--eval", program], { cwd, encoding: "utf8" }));
}
