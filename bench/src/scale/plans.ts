import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@keywright/db";
import { z } from "zod";
import type { Postgres } from "../postgres.js";
import { startProgram } from "../processes.js";
import type { Operation } from "./operations.js";
import type { Place } from "./place.js";

/** How PostgreSQL ran a statement. */
export interface Plan {
  operation: string;
  statement: string;
  /** As EXPLAIN prints it. */
  text: string;
  /** How many pages were read, from memory or not. */
  pages: number;
  /** Large tables that were read from beginning to end. */
  readWhole: string[];
}

/** Rows that are not worth an index. */
const fewRows = 10_000;
/** The plans of each statement are printed as they are when it has been run that often. */
const times = 3;

const settings = [
  "session_preload_libraries = 'auto_explain'",
  "auto_explain.log_min_duration = 0",
  // Of triggers, too: references to other tables are statements of their own.
  "auto_explain.log_nested_statements = on",
  "auto_explain.log_analyze = on",
  "auto_explain.log_buffers = on",
  "auto_explain.log_timing = off",
  // Plans that suit any value, which PostgreSQL uses for a prepared statement unless they seem dear.
  "plan_cache_mode = force_generic_plan",
];

/** The plans of all statements that these operations run, as the server's log has them. */
export async function findPlans(
  postgres: Pick<Postgres, "onLog">,
  place: Place,
  operations: Operation[],
): Promise<Plan[]> {
  const large = await largeTables(place);
  const database = new URL(place.database).pathname.slice(1);
  for (const setting of settings) await place.sql.unsafe(`alter database ${database} set ${setting}`);
  const log = { text: "" };
  postgres.onLog((text) => {
    log.text += text;
  });
  const program = await startProgram("keywright", place.database);
  const connection = await connect(place.database);
  const observed = { ...place, program, connection };
  for (const { prepare } of operations) await prepare?.(place);
  const plans: Plan[] = [];
  try {
    for (const { name, run } of operations) {
      for (let turn = 0; turn < times - 1; turn++) await run(observed, turn);
      await sleep(500);
      log.text = "";
      await run(observed, times - 1);
      await sleep(500);
      plans.push(...plansIn(log.text, large).map((plan) => ({ ...plan, operation: name })));
    }
    return plans;
  } finally {
    await connection.close();
    await program.stop();
    for (const setting of settings) {
      await place.sql.unsafe(`alter database ${database} reset ${setting.split(" ", 1)[0]}`);
    }
  }
}

async function largeTables({ sql }: Place): Promise<string[]> {
  const rows = await sql`select relname as name from pg_class
    where relnamespace = 'keywright'::regnamespace and relkind = 'r' and reltuples > ${fewRows}`;
  return z
    .array(z.object({ name: z.string() }))
    .parse(rows)
    .map(({ name }) => name);
}

/** Each statement once, however often it ran. */
function plansIn(log: string, large: readonly string[]): Omit<Plan, "operation">[] {
  const entries = log.split(/^\d{4}-\d\d-\d\d [^\n]*\[\d+\] /m).filter((entry) => entry.includes("plan:\n"));
  const plans = entries.map((entry) => {
    const [statement = "", text = ""] = splitEntry(entry);
    const scanned = [...text.matchAll(/Seq Scan on (\w+)/g)].map(([, name = ""]) => name);
    const [, hit = "0"] = /Buffers: shared hit=(\d+)/.exec(text) ?? [];
    const [, read = "0"] = /Buffers: shared (?:hit=\d+ )?read=(\d+)/.exec(text) ?? [];
    const readWhole = scanned.filter((name) => large.includes(name));
    return { statement, text, pages: Number(hit) + Number(read), readWhole };
  });
  return [...new Map(plans.map((plan) => [plan.statement, plan])).values()];
}

function splitEntry(entry: string): string[] {
  const lines = entry.split("\n").map((line) => line.replace(/^\t/, ""));
  const body = lines.slice(1).filter((line) => line !== "");
  const end = body.findIndex((line, index) => index > 0 && /\(cost=/.test(line));
  const statement = body
    .slice(0, end)
    .join(" ")
    .replace(/^Query Text: /, "")
    .replaceAll(/\s+/g, " ");
  const plan = body.slice(end).filter((line) => !/^Query Parameters/.test(line));
  return [statement.replace(/ Query Parameters: .*$/, ""), plan.join("\n")];
}
