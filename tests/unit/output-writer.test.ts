import fc from "fast-check";
import superjson from "superjson";
import { expect, test } from "vitest";
import { z } from "zod";
import * as outputs from "../../packages/api/src/outputs.js";
import { compileOutput } from "../../packages/api/src/trpc/output-writer.js";

/** A schema with values for it. */
interface Case {
  schema: z.ZodType;
  values: fc.Arbitrary<unknown>;
}

const moments = [0, 1_764_500_000_000, -1, 253_402_300_800_000].map((ms) => new Date(ms));
const halves = fc
  .array(fc.constantFrom(0x22, 0x5c, 0x0a, 0x7f, 0x61, 0xe9, 0x2028, 0xd83d, 0xde00))
  .map((codes) => String.fromCharCode(...codes));
const text = fc.oneof(fc.string({ unit: "binary" }), halves, fc.constantFrom("</script>", "__proto__", ""));
/** Some are one object wherever they occur. */
const date = fc.oneof(fc.date({ noInvalidDate: true }), fc.constantFrom(...moments));
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constant(-0));

const leaf: fc.Arbitrary<Case> = fc.constantFrom(
  { schema: z.string(), values: text },
  { schema: z.number(), values: number },
  { schema: z.boolean(), values: fc.boolean() },
  { schema: z.date(), values: date },
  { schema: z.enum(["one", 't"wo']), values: fc.constantFrom("one", 't"wo') },
  { schema: z.literal("it"), values: fc.constant("it") },
);
/** What superjson had better write, or refuse. */
const odd: fc.Arbitrary<Case> = fc.constantFrom(
  { schema: z.unknown(), values: fc.anything({ withDate: true, withMap: true, withBigInt: true }) },
  { schema: z.bigint(), values: fc.bigInt() },
  { schema: z.string().max(3), values: text },
  { schema: z.string().optional(), values: fc.option(text, { nil: undefined }) },
  { schema: z.date().transform((at) => at.getTime()), values: date },
  { schema: z.coerce.string(), values: fc.anything() },
  { schema: z.iso.date(), values: text },
  { schema: z.literal([1, "it"]), values: fc.constantFrom(1, "it") },
  { schema: z.looseObject({ a: z.date() }), values: fc.record({ a: date, b: date }) },
  { schema: z.record(z.string(), z.date()), values: fc.dictionary(text, date) },
);

const plainKeys = ["id", "createdAt", "a", "b_1"];
const keys = [...plainKeys, "2", "10", "a.b", "a\\b", "__proto__", "constructor", "toString", "é", ""];

function objectOf(names: string[], fields: [Case, boolean][], isStrict: boolean): Case {
  const named = fields.slice(0, names.length).map((field, at) => [names[at] ?? "", ...field] as const);
  const shape = Object.fromEntries(
    named.map(([name, { schema }, isOptional]) => [name, isOptional ? schema.optional() : schema]),
  );
  const given = Object.fromEntries(
    named.map(([name, { values }, isOptional]) => [name, isOptional ? fc.option(values, { nil: undefined }) : values]),
  );
  const requiredKeys = named.flatMap(([name, , isOptional]) => (isOptional ? [] : [name]));
  const schema = isStrict ? z.strictObject(shape) : z.object(shape);
  return { schema, values: fc.record(given, { requiredKeys, noNullPrototype: true }) };
}

function casesOf(leaves: fc.Arbitrary<Case>, names: string[]): fc.Arbitrary<Case> {
  return fc.letrec<{ any: Case }>((tie) => {
    const inner = tie("any");
    const nullable = inner.map(({ schema, values }) => ({ schema: schema.nullable(), values: fc.option(values) }));
    const list = inner.map(({ schema, values }) => ({
      schema: z.array(schema).max(4),
      values: fc.array(values, { maxLength: 4 }),
    }));
    const either = fc.tuple(inner, inner).map(([one, other]) => ({
      schema: z.union([one.schema, other.schema]),
      values: fc.oneof(one.values, other.values),
    }));
    const field = fc.tuple(inner, fc.boolean());
    const object = fc
      .tuple(fc.subarray(names, { maxLength: 4 }), fc.array(field, { minLength: 4, maxLength: 4 }), fc.boolean())
      .map(([some, fields, isStrict]) => objectOf(some, fields, isStrict));
    return { any: fc.oneof({ maxDepth: 4, depthSize: "small" }, leaves, nullable, list, either, object, object) };
  }).any;
}

/** Something of a value that is not as the schema says. */
const changes = fc.constantFrom<(value: object) => unknown>(
  (value) => value,
  (value) => value,
  (value) => ({ ...value, more: 1 }),
  (value) => Object.defineProperty({ ...value }, "__proto__", { value: 1, enumerable: true, configurable: true }),
  (value) => Object.assign(Object.create(null), value),
  (value) => Object.assign(Object.create({ id: "inherited" }), value),
  (value) => [value, value],
  (value) => Object.fromEntries(Object.entries(value).toReversed()),
  (value) => Object.fromEntries(Object.keys(value).map((key) => [key, undefined])),
  (value) => Object.fromEntries(Object.entries(value).map(([key, each]) => [key, Array.isArray(each) ? each : null])),
  () => undefined,
  () => new Date(Number.NaN),
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
);
const changed = (values: fc.Arbitrary<unknown>) =>
  fc.tuple(values, changes).map(([value, change]) => (typeof value === "object" && value ? change(value) : value));

/** What is sent without our writer; null if the schema or superjson refuses it. */
function judge(schema: z.ZodType, value: unknown): string | null {
  try {
    return JSON.stringify(superjson.serialize(schema.parse(value)));
  } catch {
    return null;
  }
}

const withValue = (cases: fc.Arbitrary<Case>) =>
  cases.chain(({ schema, values }) => fc.tuple(fc.constant(schema), fc.oneof(values, changed(values))));

test("what is written is to the letter what superjson says of what the schema lets through", () => {
  let written = 0;
  const agrees = ([schema, value]: [z.ZodType, unknown]) => {
    const json = compileOutput(schema)?.(value) ?? null;
    if (json !== null) written += 1;
    if (json !== null) expect(json).toBe(judge(schema, value));
  };
  const numRuns = 500;
  fc.assert(fc.property(withValue(casesOf(leaf, plainKeys)), agrees), { numRuns });
  expect(written).toBeGreaterThan(numRuns / 2);
  fc.assert(fc.property(withValue(casesOf(fc.oneof(leaf, odd), keys)), agrees), { numRuns });
});

const one = new Date(0);
test.each([
  ["a key that the schema does not have", z.strictObject({ id: z.string() }), { id: "x", passwordHash: "secret" }],
  ["a text instead of a date", z.strictObject({ at: z.date() }), { at: "2026-01-01" }],
  ["a key that is missing", z.strictObject({ id: z.string() }), {}],
  ["a list that is too long", z.array(z.string()).max(1), ["a", "b"]],
  ["another literal", z.literal("verified"), "signed_out"],
  ["a date that is invalid", z.date(), new Date(Number.NaN)],
  [
    "a date in a list after one further down",
    z.array(z.union([z.strictObject({ at: z.date() }), z.date()])),
    [{ at: one }, new Date(1)],
  ],
  ["one date at two places", z.strictObject({ a: z.date(), b: z.date() }), { a: one, b: one }],
])("with %s, nothing is written", (_, schema, value) => {
  expect(compileOutput(schema)?.(value)).toBeNull();
});

test("an option of a union that did not fit leaves no annotations behind", () => {
  const dated = (kind: string) => z.strictObject({ at: z.date(), kind: z.literal(kind) });
  const schema = z.union([dated("a"), dated("b")]);
  const value = { at: one, kind: "b" };
  expect(compileOutput(schema)?.(value)).toBe(judge(schema, value));
});

test("a key that the schema only ignores is not written", () => {
  const write = compileOutput(z.object({ id: z.string() }));
  expect(write?.({ id: "x", passwordHash: "secret" })).toBe('{"json":{"id":"x"}}');
});

test("all answers of ours are written by their schemas, except what holds an app's own fields", () => {
  const left = Object.entries(outputs).filter(([, schema]) => compileOutput(schema) === null);
  expect(left.map(([name]) => name)).toEqual(["userExport"]);
});
