import { z } from "zod";
import * as authInputs from "../inputs/auth.js";
import * as passwordInputs from "../inputs/password.js";
import * as registrationInputs from "../inputs/registration.js";
import * as socialInputs from "../inputs/social.js";
import * as userInputs from "../inputs/user.js";
import * as outputs from "../outputs.js";
import type { JsonSchema } from "./document-types.js";

type Io = "input" | "output";
type Names = z.core.$ZodRegistry<{ id: string }>;

const home = "#/components/schemas/";
const wantedNames = z.object({ id: z.string() });

/** The schemas of one document, each referred to by name. */
export interface Schemas {
  /** A reference to the schema. `name` is used unless the schema has its own name. */
  refer(schema: z.core.$ZodType, io: Io, name: string): JsonSchema;
  /** A reference to a hand-written schema. The same name means the same schema. */
  add(name: string, schema: JsonSchema): JsonSchema;
  /** Everything that `document` refers to, at any depth. */
  usedBy(document: object): Record<string, JsonSchema>;
}

export function createSchemas(): Schemas {
  const ownInputs = { ...authInputs, ...passwordInputs, ...registrationInputs, ...socialInputs, ...userInputs };
  const names = { input: namesOf(ownInputs), output: namesOf(outputs) };
  const taken = new Set([...Object.keys(ownInputs), ...Object.keys(outputs)].map(toPascal));
  const byHand: Record<string, JsonSchema> = {};
  return {
    refer(schema, io, name) {
      const known = names[io].get(schema)?.id;
      if (known !== undefined) return { $ref: home + known };
      const given = wantedNames.safeParse(z.globalRegistry.get(schema)).data?.id;
      const id = firstFree(given === undefined ? name : inDirection(given, io), taken);
      taken.add(id);
      names[io].add(schema, { id });
      return { $ref: home + id };
    },
    add(name, schema) {
      byHand[name] = schema;
      return { $ref: home + name };
    },
    usedBy(document) {
      const all = { ...convert(names.input, "input"), ...convert(names.output, "output"), ...byHand };
      const used = reachable(document, all);
      return Object.fromEntries(
        Object.entries(all)
          .filter(([name]) => used.has(name))
          .toSorted(byName),
      );
    },
  };
}

/** Named as in their modules' exports: `signIn` becomes `SignIn`. */
function namesOf(exported: Record<string, z.core.$ZodType>): Names {
  const names: Names = z.registry();
  for (const [name, schema] of Object.entries(exported)) names.add(schema, { id: toPascal(name) });
  return names;
}

/** `auth.login` → `AuthLogin`. */
export function toPascal(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/);
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

/** Whether an answer contains `part`, at any depth. */
export function contains(schema: z.core.$ZodType, part: z.core.$ZodType): boolean {
  const seen = new Set<z.core.$ZodType>();
  z.toJSONSchema(schema, { unrepresentable: "any", override: ({ zodSchema }) => void seen.add(zodSchema) });
  return seen.has(part);
}

/** Input and output can differ in defaults and dates, so one zod schema becomes two of ours. */
function inDirection(name: string, io: Io): string {
  const plain = toPascal(name);
  return io === "input" && !plain.endsWith("Input") ? `${plain}Input` : plain;
}

function firstFree(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : name + number;
    if (!taken.has(candidate)) return candidate;
  }
}

function convert(names: Names, io: Io): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(names, {
    io,
    // zod collects nested shared schemas (cycles, `.meta({ id })`) under `__shared`.
    uri: (id) => (id === "__shared" ? "" : home + id),
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => adapt(zodSchema, jsonSchema, io),
  });
  const { __shared: shared, ...named } = schemas;
  const found = Object.entries(shared?.$defs ?? {}).map(([name, schema]) => [inDirection(name, io), schema]);
  return z.record(z.string(), z.custom<JsonSchema>()).parse(homed({ ...named, ...Object.fromEntries(found) }, io));
}

/** How superjson writes values that JSON cannot express. */
function adapt({ _zod: { def } }: z.core.$ZodTypes, json: JsonSchema, io: Io): void {
  if (def.type === "date") Object.assign(json, { type: "string", format: "date-time" });
  if (io === "input") return;
  if (def.type === "bigint") Object.assign(json, { type: "string", pattern: "^-?\\d+$" });
  // Written as null, with an annotation that says `undefined`.
  if (def.type === "optional") Object.assign(json, { anyOf: [emptied(json), { type: "null" }] });
  // Within a major version, answers only grow: a client must not break on an unknown field.
  if (json.additionalProperties === false) delete json.additionalProperties;
}

/** Removes all properties from `json`. */
function emptied(json: JsonSchema): JsonSchema {
  const inner = { ...json };
  for (const key of Object.keys(json)) Reflect.deleteProperty(json, key);
  return inner;
}

/** Rewrites references to point into the document, and drops the ids that zod gives to each schema. */
function homed(schemas: object, io: Io): unknown {
  return JSON.parse(JSON.stringify(schemas), (key, value: unknown) => {
    if (key === "$id" || key === "$schema") return undefined;
    if (key !== "$ref" || typeof value !== "string" || !value.startsWith("#/$defs/")) return value;
    return home + inDirection(value.slice("#/$defs/".length), io);
  });
}

function reachable(from: unknown, all: Record<string, JsonSchema>, seen = new Set<string>()): Set<string> {
  for (const [, name = ""] of JSON.stringify(from).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
    if (seen.has(name)) continue;
    seen.add(name);
    reachable(all[name], all, seen);
  }
  return seen;
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}
