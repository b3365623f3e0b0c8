import { getTRPCErrorShape, initTRPC, TRPCError } from "@trpc/server";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { isKeywrightError, KeywrightError, type Reason } from "../../packages/api/src/contract/reasons.js";
import { inOneStep, stepsOf } from "../../packages/api/src/trpc/one-step.js";

interface Context {
  trace: string[];
}

const t = initTRPC.context<Context>().create({ isDev: false });

/** Declares a reason, in a shape of its own. */
const refusedWith = (reason: Reason) => (input: { error: TRPCError }) => {
  const { cause } = input.error;
  const isClaimed = isKeywrightError(cause) && cause.reason === reason;
  return isClaimed ? ({ message: `declared ${reason}`, code: -32_603, data: { reason } } as const) : undefined;
};

/** The same procedures, with every middleware by itself or as few as there can be. */
function routerOf(merge: typeof inOneStep) {
  const noting = (name: string) =>
    t.middleware(async ({ ctx, path, next }) => {
      ctx.trace.push(`${name} of ${path}`);
      const result = await next();
      ctx.trace.push(`${name}: ${result.ok ? JSON.stringify(result.data) : result.error.message}`);
      return result;
    });
  const base = merge(t.procedure.errors(refusedWith("NOT_FOUND")).use(noting("outer")));
  const named = merge(base.use(({ next }) => next({ ctx: { name: "Ada" } })).errors(refusedWith("FORBIDDEN")));
  const inner = merge(named.use(noting("inner")).use(({ ctx, next }) => next({ ctx: { name: `${ctx.name}!` } })));
  const failing = (error: unknown) =>
    inner.query(() => {
      throw error;
    });
  const doubled = inner.input(z.object({ a: z.number() })).input(z.object({ b: z.number() }));
  return t.router({
    name: merge(inner.output(z.string()).query(({ ctx }) => ctx.name)),
    sum: merge(doubled.query(({ input }) => input.a + input.b)),
    replaced: merge(
      inner
        .input(z.string())
        .use(({ input, next }) => next({ input: `${input}, again` }))
        .query(({ input }) => input),
    ),
    reread: merge(
      inner
        .use(({ next }) => next({ getRawInput: async () => "mine" }))
        .input(z.string())
        .query(({ input }) => input),
    ),
    refused: merge(failing(new KeywrightError("FORBIDDEN"))),
    missing: merge(failing(new KeywrightError("NOT_FOUND"))),
    conflict: merge(failing(new TRPCError({ code: "CONFLICT", message: "Sold out." }))),
    broken: merge(failing(new Error("broken"))),
    thrown: merge(failing("a text")),
    invalid: merge(inner.output(z.number().max(1)).query(() => 2)),
    stopped: merge(
      inner
        .use(() => {
          throw new KeywrightError("NOT_FOUND");
        })
        .query(() => "never"),
    ),
    // Built upon what already is one step, by somebody who knows nothing of it.
    concatenated: t.procedure.concat(inner).query(({ ctx }) => ctx.name),
  });
}

const apart = routerOf((built) => built);
const merged = routerOf(inOneStep);
type Path = Exclude<keyof typeof merged, "_def" | "createCaller">;

async function told(router: typeof merged, path: Path, input: unknown) {
  const ctx: Context = { trace: [] };
  const config = router._def._config;
  const call = { ctx, path, type: "query", input: undefined } as const;
  const failed: TRPCError[] = [];
  const caller = router.createCaller(ctx, { onError: ({ error }) => void failed.push(error) });
  const answer: unknown = await Reflect.apply(caller[path], caller, [input]).catch(() => "refused");
  const shapes = failed.map((error) => getTRPCErrorShape({ ...call, config, error }));
  return { answer, trace: ctx.trace, shapes };
}

describe("a procedure whose middlewares are one step", () => {
  test.each<[Path, unknown]>([
    ["name", undefined],
    ["sum", { a: 1, b: 2 }],
    ["sum", { a: 1 }],
    ["replaced", "once"],
    ["replaced", 1],
    ["reread", "theirs"],
    ["refused", undefined],
    ["missing", undefined],
    ["conflict", undefined],
    ["broken", undefined],
    ["thrown", undefined],
    ["invalid", undefined],
    ["stopped", undefined],
    ["concatenated", undefined],
  ])("answers at %s (%j) as one whose middlewares tRPC runs", async (path, input) => {
    const { trace, ...rest } = await told(merged, path, input);
    expect(trace.length).toBeGreaterThan(0);
    expect({ trace, ...rest }).toEqual(await told(apart, path, input));
  });

  test("is one middleware to tRPC, and still shows its parts", () => {
    const middlewares = (router: typeof merged) =>
      z.array(z.unknown()).parse(Reflect.get(router.name._def, "middlewares"));
    expect(middlewares(merged)).toHaveLength(1);
    expect(middlewares(apart)).toHaveLength(8);
    expect(stepsOf(merged.name)).toHaveLength(8);
  });
});
