import { readdir, readFile } from "node:fs/promises";
import type { Sql } from "postgres";
import { z } from "zod";

/** Linux counts in hundredths of a second. */
const tickMs = 10;

/** CPU time of PostgreSQL's processes so far, of those that have ended as well; NaN where there is no `/proc`. */
export async function postgresCpuMs(sql: Sql): Promise<number> {
  const rows = z.array(z.object({ file: z.string() })).parse(await sql`select pg_read_file('postmaster.pid') as file`);
  const postmaster = rows[0]?.file.split("\n", 1)[0] ?? "";
  const stats = await Promise.all((await readdir("/proc").catch(() => [])).map(statOf));
  const ours = stats.filter(({ pid, parent }) => pid === postmaster || parent === postmaster);
  if (ours.length === 0) return Number.NaN;
  return ours.reduce((sum, { ticks }) => sum + ticks, 0) * tickMs;
}

/** See proc_pid_stat(5): the columns after the name, which may contain spaces. */
async function statOf(pid: string): Promise<{ pid: string; parent: string; ticks: number }> {
  const text = /^\d+$/.test(pid) ? await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "") : "";
  const columns = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = columns.slice(11, 15).reduce((sum, column) => sum + Number(column), 0);
  return { pid, parent: columns[1] ?? "", ticks };
}
