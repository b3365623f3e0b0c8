import { type Postgres, startPostgres } from "./postgres.js";
import type { Program } from "./processes.js";

export interface Servers {
  postgres: Postgres;
  /** Stopped at the end, whatever happens. */
  programs: Program[];
}

/** Runs `work` with a PostgreSQL of its own. */
export async function withServers<Result>(work: (servers: Servers) => Promise<Result>): Promise<Result> {
  const programs: Program[] = [];
  const postgres = await startPostgres();
  try {
    return await work({ postgres, programs });
  } finally {
    for (const program of programs) await program.stop();
    await postgres.stop();
  }
}
