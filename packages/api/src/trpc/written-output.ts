import type { AnyTRPCRouter } from "@trpc/server";
import { z } from "zod";
import { inOneStep, type Step, stepsOf } from "./one-step.js";
import { compileOutput, type WriteOutput } from "./output-writer.js";
import { transformer } from "./transformer.js";

type GetRawInput = () => Promise<unknown>;

/** An output that was checked and written in one go. Only a handler that asked for it gets one. */
interface WrittenOutput {
  [json]: string;
}

const json = Symbol("written output");
/** By call, the procedure that was asked: an app's middleware may pass a call on to another one of ours. */
const asked = new WeakMap<object, object>();

/** Marks a call whose answer need not be more than its JSON, which `writtenJson` then takes out of it. */
export function forJson(
  { transformer: { output } }: AnyTRPCRouter["_def"]["_config"],
  procedure: object,
  call: GetRawInput,
): GetRawInput {
  // An app's root may have another transformer.
  if (output.serialize === transformer.output.serialize) asked.set(call, procedure);
  return call;
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
  if (write)
    Reflect.set(
      procedure._def,
      "middlewares",
      steps.map((step) => writing(step, write, procedure)),
    );
  inOneStep(procedure);
}

/** What the schema refuses, and what had better be left to superjson, goes through tRPC's own check of the output. */
function writing(step: Step, write: WriteOutput, procedure: object): Step {
  if (Reflect.get(step, "_type") !== "output") return step;
  return async (call) => {
    if (asked.get(call.getRawInput) !== procedure) return await step(call);
    const outcome = await call.next();
    const written = outcome.ok ? write(outcome.data) : null;
    if (written === null) return await step({ ...call, next: async () => outcome });
    return { ...outcome, data: { [json]: written } satisfies WrittenOutput };
  };
}
