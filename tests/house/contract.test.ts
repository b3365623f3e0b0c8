import { expect, test } from "vitest";
import { loneCalls } from "../../packages/api/src/contract/session-effects.js";
import {
  cookieProcedures,
  disorderedServices,
  emptyRouters,
  inferredTypes,
  looseInputs,
  openOutputs,
  procedureNames,
  undocumentedProcedures,
} from "./contract.js";
import { houseSources, madeUp, type Source } from "./sources.js";

const path = "packages/api/src/routers/password.ts";

function router(...lines: string[]): Source[] {
  return madeUp({
    [path]: ["/** All about passwords. */", "export const passwordRouter = {", ...lines, "};"].join("\n"),
  });
}

test("the house documents every procedure", () => {
  expect(undocumentedProcedures(houseSources())).toEqual([]);
  expect(emptyRouters(houseSources())).toEqual([]);
});

test("the house says what every procedure answers", () => {
  expect(openOutputs(houseSources())).toEqual([]);
});

test("the house declares every procedure that sets a cookie, for streams to refuse it", () => {
  const declared = Object.entries(loneCalls).flatMap(([name, effect]) => (effect === "sets cookies" ? [name] : []));
  expect(cookieProcedures(houseSources()).toSorted()).toEqual(declared.toSorted());
  const own = router("  a: p.mutation(({ ctx }) => ctx.auth.carrier.clear()),", "  b: p.query(() => 1),");
  expect(cookieProcedures(own)).toEqual(["password.a"]);
});

test("the house has every service take deps, who and input in that order", () => {
  expect(disorderedServices(houseSources())).toEqual([]);
});

test("the house refuses unknown fields in every input", () => {
  expect(looseInputs(houseSources())).toEqual([]);
});

test("the house writes its public types out", () => {
  expect(inferredTypes(houseSources())).toEqual([]);
});

test("the procedures of every group are looked at", () => {
  const seen = procedureNames(houseSources());
  expect(seen).toEqual(expect.arrayContaining(["auth.login", "password.reset", "user.me", "registration.register"]));
});

test("a procedure without a doc comment is found", () => {
  const declared = (...lines: string[]) =>
    madeUp({
      "packages/api/src/contract/procedures.ts": ["export type PasswordProcedures = {", ...lines, "};"].join("\n"),
    });
  const bare = declared(
    "  /** Resets. */",
    "  reset: Mutation<Io<A, B>>;",
    "  // Not for readers.",
    "  change: Query<Io<A, B>>;",
  );
  expect(undocumentedProcedures(bare)).toEqual([expect.stringContaining("procedures.ts:5 this procedure has no doc")]);
  expect(undocumentedProcedures(declared("  /** */", "  reset: Mutation<Io<A, B>>;"))).toHaveLength(1);
  expect(undocumentedProcedures(declared("  /** Resets. */", "  reset: Mutation<Io<A, B>>;", "  in: In;"))).toEqual([]);
});

test("a router file in which no procedures are seen is found", () => {
  expect(emptyRouters(router())).toEqual([expect.stringContaining("no procedures")]);
  const made = madeUp({ [path]: "export const passwordRouter = makeRouter();" });
  expect(emptyRouters(made)).toEqual([expect.stringContaining("no procedures")]);
  const checked = madeUp({ [path]: "export const passwordRouter = {\n  reset } satisfies Router;" });
  expect(emptyRouters([...router("  reset: mutation,", "  ...more,"), ...checked])).toEqual([]);
});

test("a procedure that does not say what it answers is found", () => {
  const open = router("  reset: base.input(z).mutation(({ ctx }) => ctx.output(1)),");
  expect(openOutputs(open)).toEqual([expect.stringContaining(`${path}:3 reset has no .output()`)]);
  expect(openOutputs(router("  reset: base.input(z).output(nothing).mutation(() => 1),"))).toEqual([]);
});

test.for(["packages/api/src/inputs/password.ts", "packages/api/src/inputs.ts"])(
  "%s with a loose object is found",
  (file) => {
    expect(looseInputs(madeUp({ [file]: "const a = z.object({});" }))).toEqual([expect.stringContaining(`${file}:1 `)]);
    expect(looseInputs(madeUp({ [file]: "const a = z.strictObject({});" }))).toEqual([]);
  },
);

test.for([
  "export function login(who: Visitor, deps: Deps) {}",
  "export async function login(deps: Deps, input: LoginInput, who: Actor) {}",
  "export function login(input: LoginInput, deps: Deps) {}",
  "export function login(who: Visitor, input: LoginInput) {}",
])("%s is found in disorder", (text) => {
  const file = "packages/api/src/services/auth/login.ts";
  expect(disorderedServices(madeUp({ [file]: text }))).toEqual([expect.stringContaining(`${file}:1 `)]);
});

test("services in order, and what they keep to themselves, are left alone", () => {
  const text = `export function login(deps: Deps, who: Visitor, input: LoginInput) {}
    export function typedName(input: LoginInput) {}
    export function plan(deps: Deps, address: string) {}
    function note(entry: Entry, deps: Deps) {}`;
  expect(disorderedServices(madeUp({ "packages/api/src/services/auth/login.ts": text }))).toEqual([]);
});

test("a type that is read off a schema is found", () => {
  const file = "packages/api/src/outputs.ts";
  expect(inferredTypes(madeUp({ [file]: "export type User = z.infer<typeof user>;" }))).toHaveLength(1);
  expect(inferredTypes(madeUp({ [file]: "const user = z.object({}) satisfies z.ZodType<User>;" }))).toEqual([]);
});
