import {
  type AnyTRPCRouter,
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  initTRPC,
  TRPCError,
  type TRPCRouterRecord,
} from "@trpc/server";
import { z } from "zod";
import type { KeywrightContext } from "../context.js";
import { isReason, KeywrightError, type Reason, reasons } from "../contract/reasons.js";
import { errorFormatter } from "../trpc/error-shapes.js";
import { stepsOf } from "../trpc/one-step.js";
import { transformer } from "../trpc/transformer.js";

/** A procedure of a router, with what is known about it at run time. */
export interface Procedure {
  /** Such as `auth.login`. */
  path: string;
  type: "query" | "mutation";
  /** One for each `.input()`; each sees the whole input. */
  inputs: z.core.$ZodType[];
  /** Null if its output has no zod schema. */
  output: z.core.$ZodType | null;
  refusals: Refusals;
}

/** What a caller can be refused with: HTTP status → reasons. */
export type Refusals = ReadonlyMap<number, readonly Reason[]>;

type ErrorMiddleware = (call: object) => Promise<unknown>;

const definition = z.object({
  type: z.enum(["query", "mutation", "subscription"]),
  inputs: z.array(z.unknown()),
  output: z.unknown().optional(),
});
const refused = z.object({ data: z.object({ reason: z.string(), httpStatus: z.number() }) });

/** A router as given, or the one that a root like ours would make of a record of procedures. */
export function toRouter(served: AnyTRPCRouter | TRPCRouterRecord): AnyTRPCRouter {
  if (isRouter(served)) return served;
  return initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false }).router(served);
}

/** All queries and mutations of a router, including lazy ones. OpenAPI cannot describe subscriptions. */
export async function proceduresOf(router: AnyTRPCRouter): Promise<Procedure[]> {
  const { lazy } = router._def;
  while (Object.keys(lazy).length > 0) await Promise.all(Object.values(lazy).map(({ load }) => load()));
  const entries: [string, unknown][] = Object.entries(router._def.procedures);
  return (await Promise.all(entries.map(([path, procedure]) => read(router, path, procedure)))).flat();
}

async function read(router: AnyTRPCRouter, path: string, procedure: unknown): Promise<Procedure[]> {
  const _def: object = Object(Reflect.get(Object(procedure), "_def"));
  const { type, inputs, output } = definition.parse(_def);
  if (type === "subscription") return [];
  const middlewares: readonly unknown[] = stepsOf({ _def });
  const refusals = await refusalsOf(router, middlewares.filter(isErrorMiddleware), type);
  return [{ path, type, inputs: inputs.map(orAnything), output: isZod(output) ? output : null, refusals }];
}

/**
 * Finds out what `.errors()` declared, instead of keeping a second list: each reason is thrown at the procedure's own
 * formatters, innermost first as in a real call, then at its root's. Those that come through unchanged are its reasons,
 * with the status actually sent. No other middleware runs, and no resolver.
 */
async function refusalsOf(
  router: AnyTRPCRouter,
  formatters: ErrorMiddleware[],
  type: "query" | "mutation",
): Promise<Refusals> {
  const byStatus = new Map<number, Reason[]>();
  const add = (status: number, reason: Reason) => {
    byStatus.set(status, [...new Set([...(byStatus.get(status) ?? []), reason])]);
  };
  for (const reason of Object.keys(reasons).filter(isReason)) {
    const formatted = await format(router, formatters, getTRPCErrorFromUnknown(new KeywrightError(reason)));
    if (formatted?.reason === reason) add(formatted.httpStatus, reason);
  }
  for (const code of type === "mutation" ? (["PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"] as const) : []) {
    const formatted = await format(router, [], new TRPCError({ code }));
    if (formatted && isReason(formatted.reason)) add(formatted.httpStatus, formatted.reason);
  }
  return new Map([...byStatus].toSorted(([one], [other]) => one - other));
}

/** The formatted error; null if it has no reason, as with tRPC's own formatter. */
async function format(router: AnyTRPCRouter, formatters: ErrorMiddleware[], error: TRPCError) {
  const call = { path: "", type: "mutation", ctx: undefined, input: undefined } as const;
  const next = async () => ({ ok: false, error });
  try {
    for (const formatter of formatters.toReversed()) await formatter({ ...call, next });
    const shape: unknown = getTRPCErrorShape({ ...call, config: router._def._config, error });
    return refused.safeParse(shape).data?.data ?? null;
  } catch {
    return null; // a formatter that needs its own context
  }
}

function isErrorMiddleware(middleware: unknown): middleware is ErrorMiddleware {
  return typeof middleware === "function" && Reflect.get(middleware, "_type") === "errors";
}

/** Validators of other libraries are served, too, but cannot be described. */
function orAnything(parser: unknown): z.core.$ZodType {
  return isZod(parser) ? parser : z.unknown();
}

function isZod(parser: unknown): parser is z.core.$ZodType {
  return parser instanceof z.core.$ZodType;
}

function isRouter(served: AnyTRPCRouter | TRPCRouterRecord): served is AnyTRPCRouter {
  return "_def" in served;
}
