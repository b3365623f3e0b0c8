import {
  type AnyTRPCRouter,
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  TRPCError,
  type TRPCErrorShape,
} from "@trpc/server";
import { getHTTPStatusCode } from "@trpc/server/http";
import { callProcedure } from "../trpc/written-output.js";
import { createInputs, type Inputs } from "./call-inputs.js";
import { tooLarge } from "./caps.js";
import { closedHeaders } from "./closed-headers.js";
import type { PlainCall, PlainCalls } from "./read-calls.js";
import type { CallInfo } from "./request.js";
import { writeError, writeResult } from "./write-result.js";

/** A router, and what only the host can do for a request. */
export interface Served {
  router: AnyTRPCRouter;
  createContext(info: CallInfo): Promise<unknown>;
  readBody(): Promise<string>;
  /** Aborted when the caller hangs up. */
  signal(): AbortSignal;
}

export interface PlainAnswer {
  status: number;
  /** JSON. */
  body: string;
  /** Besides those that the context has set. */
  headers: Readonly<Record<string, string>>;
}

const jsonType = { "content-type": "application/json" } as const;
/** With what tRPC's resolver chooses the form of an answer by. */
const plainHeaders = { ...jsonType, vary: "trpc-accept, accept" } as const;
const contextless = { ...plainHeaders, ...closedHeaders } as const;

/**
 * Runs the calls of a request and answers as tRPC's own resolver would, to the letter, but without the work that only
 * streams need.
 */
export async function answerCalls(served: Served, asked: PlainCalls): Promise<PlainAnswer> {
  const context = await contextOf(served, asked);
  const headers = "failure" in context ? contextless : plainHeaders;
  const running = { served, asked, context, inputs: createInputs(served, asked) };
  try {
    const all = await Promise.all(asked.calls.map((call) => outcomeOf(running, call)));
    const outcomes = all.map((outcome) => plain(running, outcome));
    const texts = outcomes.map((outcome) => textOf(running, outcome));
    return { status: statusOf(outcomes), body: asked.isBatch ? `[${texts.join()}]` : texts.join(), headers };
  } catch (cause) {
    // An answer that cannot be written stands for all of them.
    const outcome = refused(running, cause);
    return { status: statusOf([outcome]), body: textOf(running, outcome), headers };
  }
}

/** To a body that is too large: answered before tRPC runs, as tRPC would with this router. */
export function answerTooLarge({ _def: { _config: config } }: AnyTRPCRouter): PlainAnswer {
  const noCall = { ctx: undefined, input: undefined, path: undefined, type: "unknown" } as const;
  const shape = getTRPCErrorShape({ ...noCall, config, error: tooLarge() });
  return {
    status: 413,
    body: writeError(config, shape),
    headers: { ...jsonType, ...closedHeaders, connection: "close" },
  };
}

interface Running {
  served: Served;
  asked: PlainCalls;
  context: Context;
  inputs: Inputs;
}

type Context = { ctx: unknown } | { ctx: undefined; failure: unknown };

type Outcome = { call: PlainCall; data: unknown } | Refused;

interface Refused {
  error: TRPCError;
  shape: TRPCErrorShape;
}

async function contextOf({ createContext }: Served, { calls, type }: PlainCalls): Promise<Context> {
  try {
    return { ctx: await createContext({ calls, type, accept: null }) };
  } catch (failure) {
    return { ctx: undefined, failure };
  }
}

async function outcomeOf(running: Running, call: PlainCall): Promise<Outcome> {
  const { context, inputs, asked, served } = running;
  const { path, procedure, batchIndex } = call;
  try {
    if ("failure" in context) throw context.failure;
    const { type } = asked;
    const { signal, router } = served;
    const getRawInput = () => inputs.read(batchIndex);
    const asking = { path, type, ctx: context.ctx, getRawInput, batchIndex, signal };
    return { call, data: await callProcedure(router._def._config, procedure, asking) };
  } catch (cause) {
    return refused(running, cause, call);
  }
}

function refused({ served, asked, context, inputs }: Running, cause: unknown, call?: PlainCall): Refused {
  const error = getTRPCErrorFromUnknown(cause);
  const { _config: config } = served.router._def;
  const input = call && inputs.known(call.batchIndex);
  const shape = getTRPCErrorShape({ config, ctx: context.ctx, error, input, path: call?.path, type: asked.type });
  return { error, shape };
}

/** Refuses what only streaming links support. tRPC names the path only where others are answered as well. */
function plain(running: Running, outcome: Outcome): Outcome {
  if ("error" in outcome || !isStream(outcome.data)) return outcome;
  const message = "Cannot use stream-like response in non-streaming request - use httpBatchStreamLink";
  const error = new TRPCError({ code: "UNSUPPORTED_MEDIA_TYPE", message });
  return refused(running, error, running.asked.isBatch ? outcome.call : undefined);
}

function textOf({ served }: Running, outcome: Outcome): string {
  const { _config: config } = served.router._def;
  if ("error" in outcome) return writeError(config, outcome.shape);
  return writeResult(config, outcome.data);
}

function statusOf(outcomes: readonly Outcome[]): number {
  const answers = outcomes.map((outcome) =>
    "error" in outcome ? { error: outcome.shape } : { result: { data: null } },
  );
  const errors = outcomes.map((outcome) => ("error" in outcome ? outcome.error : undefined));
  return getHTTPStatusCode(answers, errors);
}

/** As tRPC tells streams from other answers. */
function isStream(data: unknown): boolean {
  if (!isObject(data)) return false;
  return isAsync(data) || Object.values(data).some((value) => isAsync(value) || isPromise(value));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAsync(value: unknown): boolean {
  return isObject(value) && Symbol.asyncIterator in value;
}

function isPromise(value: unknown): boolean {
  return (
    Object(value) === value && ["then", "catch"].every((name) => typeof Reflect.get(Object(value), name) === "function")
  );
}
