import fc from "fast-check";
import { calmDown } from "./calm.js";
import type { ClientCode } from "./client-code.js";
import { type Counter, createMaker, type Steps } from "./steps.js";
import { stepsOfApps, stepsOfPrograms, stepsOfTabs } from "./steps-of-programs.js";
import { stepsOfSurroundings, stepsOfWire } from "./steps-of-surroundings.js";
import { createWorld, type Kind } from "./world.js";

export interface Exploration {
  code: ClientCode;
  kind: Kind;
  /** How many steps are made, at least. */
  steps: number;
  seed: number;
}

export interface Explored {
  /** Until the first fault was found. */
  steps: number;
  /** In the fewest steps that show it; null if nothing was wrong. */
  fault: string | null;
}

const runsOfASeed = 20;

/** Makes steps at random until something is wrong. */
export async function explore(exploration: Exploration): Promise<Explored> {
  const { stackTraceLimit } = Error;
  // Thousands of errors are meant, and where they come from would take a third of the time.
  Error.stackTraceLimit = 0;
  try {
    return await exploreFrom(exploration);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function exploreFrom({ code, kind, steps, seed }: Exploration): Promise<Explored> {
  const counter: Counter = { steps: 0, firstFault: null };
  const property = propertyOf(code, kind, counter);
  for (let next = seed; counter.steps < steps; next++) {
    const { failed, errorInstance, counterexample } = await fc.check(property, { seed: next, numRuns: runsOfASeed });
    if (!failed) continue;
    const story = String(counterexample).replaceAll(/,(?=(?:tab|app|wire|call|the|\d))/g, "\n  ");
    return { steps: counter.firstFault ?? 0, fault: `${errorInstance}\n  ${story}\n  (KEYWRIGHT_SEED=${next})` };
  }
  return { steps: counter.steps, fault: null };
}

/** Everything that can happen. */
function stepsIn(kind: Kind, counter: Counter): Steps[] {
  const maker = createMaker(kind, counter);
  const own = kind === "tab" ? stepsOfTabs(maker) : stepsOfApps(maker);
  return [...stepsOfPrograms(maker), ...own, ...stepsOfWire(maker), ...stepsOfSurroundings(maker)];
}

function propertyOf(code: ClientCode, kind: Kind, counter: Counter) {
  const commands = fc.commands(stepsIn(kind, counter), { maxCommands: 60, size: "max" });
  return fc.asyncProperty(commands, async (commands) => {
    const rejected: unknown[] = [];
    const note = (error: unknown) => rejected.push(error);
    process.on("unhandledRejection", note);
    const world = createWorld(code, kind);
    try {
      await fc.asyncModelRun(() => ({ model: world, real: world }), commands);
      await calmDown(world);
      if (rejected.length > 0) throw new Error(`Nobody handles a rejection: ${rejected[0]}`);
    } catch (error) {
      counter.firstFault ??= counter.steps;
      throw error;
    } finally {
      process.off("unhandledRejection", note);
      for (const program of world.programs) program.end();
    }
  });
}
