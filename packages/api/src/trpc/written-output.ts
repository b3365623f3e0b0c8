import type { AnyTRPCProcedure, AnyTRPCRouter } from "@trpc/server";
import { z } from "zod";
import { type Step, setOneStep, stepsOf } from "./one-step.js";
import { compileOutput, type WriteOutput } from "./output-writer.js";
import { transformer } from "./transformer.js";

/** A call of a procedure, as a handler of ours makes it. */
export interface ProcedureCall {
  path: string;
  type: "query" | "mutation";
  ctx: unknown;
  getRawInput(): Promise<unknown>;
  batchIndex: number;
  /** Aborted when the caller hangs up. Made only for procedures that could look at it. */
  signal(): AbortSignal;
}

/** An output that was checked and written in one go. Only a handler that asked for it gets one. */
interface WrittenOutput {
  [json]: string;
}

const json = Symbol("written output");
/** The one step of each procedure of ours. */
const lean = new WeakMap<object, Step>();

/**
 * Calls a procedure as tRPC does. One of ours is spared tRPC's copies of the call, and asked for the JSON of its answer
 * alone, which `writtenJson` then takes out of it.
 */
export async function callProcedure(
  { transformer: { output } }: AnyTRPCRouter["_def"]["_config"],
  procedure: AnyTRPCProcedure,
  call: ProcedureCall,
): Promise<unknown> {
  const step = lean.get(procedure);
  if (!step) return await procedure({ ...call, signal: call.signal() });
  const { path, type, getRawInput, batchIndex } = call;
  // Written out: copied by a spread, it becomes an object that is slow to read and to copy.
  const outcome = await step({
    path,
    type,
    ctx: Object(call.ctx),
    input: undefined,
    getRawInput,
    batchIndex,
    // An app's root may have another transformer.
    isForJson: output.serialize === transformer.output.serialize,
    next: nothingLeft,
  });
  if (!outcome.ok) throw outcome.error;
  return outcome.data;
}

async function nothingLeft(): Promise<never> {
  throw new Error("A procedure of ours went on after its end.");
}

/** The JSON of an output as superjson would have written it; null if it still has to. */
export function writtenJson(data: unknown): string | null {
  return isWritten(data) ? data[json] : null;
}

function isWritten(data: unknown): data is WrittenOutput {
  return typeof data === "object" && data !== null && json in data;
}

/**
 * Makes our own procedures run in one step and write their outputs by their schemas. In process, and behind other
 * handlers, they return what they always did. What an app has built is not touched.
 */
export function leanly<T extends object>(record: T): T {
  for (const value of Object.values(record)) {
    if (isProcedure(value)) makeLean(value);
    else leanly(value);
  }
  return record;
}

function isProcedure(value: unknown): value is { _def: object } {
  return typeof value === "function" && "_def" in value;
}

function makeLean(procedure: { _def: object }): void {
  const schema: unknown = Reflect.get(procedure._def, "output");
  const write = schema instanceof z.core.$ZodType ? compileOutput(schema) : null;
  const steps = stepsOf(procedure);
  const only = setOneStep(procedure, write ? steps.map((step) => writing(step, write)) : steps);
  if (only) lean.set(procedure, only);
}

/** What the schema refuses, and what had better be left to superjson, goes through tRPC's own check of the output. */
function writing(step: Step, write: WriteOutput): Step {
  if (Reflect.get(step, "_type") !== "output") return step;
  return async (call) => {
    if (!call.isForJson) return await step(call);
    const outcome = await call.next();
    const written = outcome.ok ? write(outcome.data) : null;
    if (written === null) return await step({ ...call, next: async () => outcome });
    return { ...outcome, data: { [json]: written } satisfies WrittenOutput };
  };
}
