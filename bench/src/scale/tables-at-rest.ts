import { z } from "zod";
import type { Place } from "./place.js";

const mass = z.object({
  name: z.string(),
  table: z.string(),
  rows: z.number(),
  bytes: z.number(),
});

/** A table, or an index of one. */
export type Mass = z.infer<typeof mass>;

const upkeep = z.object({
  table: z.string(),
  live: z.number(),
  dead: z.number(),
  /** How many dead rows bring autovacuum. */
  threshold: z.number(),
  runs: z.number(),
  seconds: z.number(),
});

/** What autovacuum has done with a table so far. */
export type Upkeep = z.infer<typeof upkeep>;

/** Tables, each with its indexes, that are larger than a megabyte. */
export async function findMasses({ sql }: Place): Promise<Mass[]> {
  const rows = await sql`select c.relname as name, coalesce(t.relname, c.relname) as "table",
      c.reltuples::float8 as rows, pg_table_size(c.oid)::float8 as bytes
    from pg_class c left join pg_index i on i.indexrelid = c.oid left join pg_class t on t.oid = i.indrelid
    where c.relnamespace = 'keywright'::regnamespace and c.relkind in ('r', 'i') and pg_table_size(c.oid) > 1e6
    order by pg_total_relation_size(coalesce(t.oid, c.oid)) desc, c.relkind = 'i', bytes desc`;
  return z.array(mass).parse(rows);
}

export async function findUpkeep({ sql }: Place): Promise<Upkeep[]> {
  const rows = await sql`select relname as "table", n_live_tup::float8 as live, n_dead_tup::float8 as dead,
      least(current_setting('autovacuum_vacuum_max_threshold')::float8,
        current_setting('autovacuum_vacuum_threshold')::float8
        + current_setting('autovacuum_vacuum_scale_factor')::float8 * n_live_tup) as threshold,
      autovacuum_count::float8 as runs, total_autovacuum_time / 1000 as seconds
    from pg_stat_user_tables where schemaname = 'keywright' and n_live_tup > 1000 order by n_live_tup desc`;
  return z.array(upkeep).parse(rows);
}
