import { z } from "zod";
import { postgresCpuMs } from "./cpu.js";
import type { Operation } from "./operations.js";
import type { Place } from "./place.js";

/** What one call costs the database server. */
export interface Cost {
  name: string;
  cpuMicroseconds: number;
  /** Of the write-ahead log. */
  logBytes: number;
}

const times = 400;

export async function measureCost(place: Place, { name, run }: Operation): Promise<Cost> {
  const before = await spent(place);
  for (let number = 0; number < times; number++) await run(place, number);
  const after = await spent(place);
  return {
    name,
    cpuMicroseconds: (1000 * (after.cpuMs - before.cpuMs)) / times,
    logBytes: (after.logBytes - before.logBytes) / times,
  };
}

async function spent({ sql }: Place): Promise<{ cpuMs: number; logBytes: number }> {
  const rows = await sql`select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 as bytes`;
  const [{ bytes } = { bytes: Number.NaN }] = z.array(z.object({ bytes: z.number() })).parse(rows);
  return { cpuMs: await postgresCpuMs(sql), logBytes: bytes };
}
