import { getTRPCErrorFromUnknown } from "@trpc/server";

/** What tRPC passes to a middleware, as far as it matters here; the rest is passed on as it is. */
export interface Call {
  ctx: object;
  input: unknown;
  getRawInput: object;
  type: string;
  path: string;
  batchIndex: number;
  /** Whether its answer need not be more than its JSON. Only handlers of ours say so. */
  isForJson?: boolean;
  next(changes?: Changes): Promise<Outcome>;
}

type Changes = Partial<Pick<Call, "ctx" | "input" | "getRawInput">>;

/** What a middleware returns. */
export interface Outcome {
  ok: boolean;
  data?: unknown;
  error?: unknown;
}

export type Step = (call: Call) => Promise<Outcome>;

interface Built {
  _def: object;
}

/**
 * Makes one middleware of all that a builder or a procedure has so far: they run as tRPC would run them. For each of its
 * own steps, tRPC copies the call three times, key by key, which for five of them was a sixth of a session check. What is
 * built on a builder still runs as steps of its own.
 */
export function inOneStep<T extends Built>(built: T): T {
  setOneStep(built, stepsOf(built));
  return built;
}

/** The same with these steps instead of its own. Returns the one that they have become; null if there were none. */
export function setOneStep({ _def }: Built, steps: Step[]): Step | null {
  const only = steps.length > 1 ? oneStep(steps) : (steps[0] ?? null);
  if (only) Reflect.set(_def, "middlewares", [only]);
  return only;
}

/** The middlewares of a builder or a procedure, each by itself. None if this version of tRPC keeps them elsewhere. */
export function stepsOf({ _def }: Built): Step[] {
  const middlewares: unknown = Reflect.get(_def, "middlewares");
  return Array.isArray(middlewares) ? middlewares.filter(isStep).flatMap(partsOf) : [];
}

function isStep(middleware: unknown): middleware is Step {
  return typeof middleware === "function";
}

/** Read as a property: what another copy of this package has built has parts as well. */
function partsOf(step: Step): Step[] {
  const parts: Step[] | undefined = Reflect.get(step, "parts");
  return parts ?? [step];
}

function oneStep(parts: Step[]): Step {
  const walk = async (at: number, call: Call, leave: Step): Promise<Outcome> => {
    const part = parts[at];
    if (!part) return await leave(call);
    try {
      if (isFormatter(part)) return await formatted(part, call, await walk(at + 1, call, leave));
      return await part({ ...call, next: (changes) => walk(at + 1, changed(call, changes), leave) });
    } catch (cause) {
      return failed(cause);
    }
  };
  return Object.assign((call: Call) => walk(0, call, (last) => call.next(changesOf(call, last))), { parts });
}

/** What `.errors()` adds. */
function isFormatter(part: Step): boolean {
  return Reflect.get(part, "_type") === "errors";
}

/** It has nothing to say about an answer, unless that may still fail while it is streamed. */
async function formatted(part: Step, call: Call, outcome: Outcome): Promise<Outcome> {
  const isWhole = outcome.ok && !(Symbol.asyncIterator in Object(outcome.data)) && call.type !== "subscription";
  return isWhole ? outcome : await part({ ...call, next: async () => outcome });
}

function changed(call: Call, changes: Changes | undefined): Call {
  if (!changes) return call;
  const { ctx, getRawInput = call.getRawInput } = changes;
  const input = "input" in changes ? changes.input : call.input;
  return { ...call, ctx: ctx ? Object.assign({}, call.ctx, ctx) : call.ctx, input, getRawInput };
}

function changesOf(first: Call, { ctx, input, getRawInput }: Call): Changes {
  return { ...(ctx === first.ctx ? {} : { ctx }), input, getRawInput };
}

/** As tRPC hands a thrown error to the middlewares around it. */
function failed(cause: unknown): Outcome & { error: Error } {
  return Object.assign({ ok: false, error: getTRPCErrorFromUnknown(cause) }, { marker: "middlewareMarker" });
}
