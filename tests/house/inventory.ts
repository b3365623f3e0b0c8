import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { type Procedure, proceduresOf, toRouter } from "../../packages/api/src/openapi/procedures.js";
import { stepsOf } from "../../packages/api/src/trpc/one-step.js";

/** Who may call, and the reasons that such a procedure must give. */
const accesses: Record<string, readonly string[]> = {
  everybody: [],
  "signed in": ["NOT_AUTHENTICATED"],
  verified: ["NOT_AUTHENTICATED", "EMAIL_NOT_VERIFIED"],
  fresh: ["NOT_AUTHENTICATED", "REAUTHENTICATION_REQUIRED"],
};

/** Classes of limit, as `trpc/builders.ts` declares them; `reads` is for what changes nothing. */
const classes = [
  "reads",
  "guesses",
  "changes",
  "ends its session",
  "signInsPerIp",
  "registrationsPerIp",
  "mailsPerIp",
  "tokenCallsPerIp",
];

const definition = z.object({
  meta: z.object({ keywright: z.object({ access: z.string(), limit: z.string() }) }).optional(),
});

export interface Inventoried {
  path: string;
  type: "query" | "mutation";
  access: string | null;
  limit: string | null;
  faults: string[];
}

/** Every procedure with what it declares, and what it ought to declare. */
export async function inventory(record: TRPCRouterRecord): Promise<Inventoried[]> {
  const router = toRouter(record);
  const definitions = new Map<string, unknown>(Object.entries(router._def.procedures));
  return (await proceduresOf(router)).map((procedure) => {
    const _def: object = Object(Reflect.get(Object(definitions.get(procedure.path)), "_def"));
    const { access = null, limit = null } = definition.parse(_def).meta?.keywright ?? {};
    const isRefusing = stepsOf({ _def }).some((one) => Reflect.get(one, "_type") === "errors");
    const faults = [
      ...accessFaults(procedure, access),
      ...limitFaults(procedure, limit),
      ...inputFaults(procedure),
      ...outputFaults(procedure),
      ...(isRefusing ? [] : ["declares no reasons: begin with a builder of trpc/, and add .errors(refusedWith(…))"]),
    ];
    return { path: procedure.path, type: procedure.type, access, limit, faults };
  });
}

function accessFaults({ refusals }: Procedure, access: string | null): string[] {
  const needed = access === null ? undefined : accesses[access];
  if (!needed) return ["does not say who may call it: begin with a builder of trpc/"];
  const given = new Set<string>([...refusals.values()].flat());
  return needed.filter((reason) => !given.has(reason)).map((reason) => `is for callers ${access} without ${reason}`);
}

function limitFaults({ type }: Procedure, limit: string | null): string[] {
  if (limit === null || !classes.includes(limit)) return ["has no class of limit: begin with a builder of trpc/"];
  const isUncounted = type === "mutation" && limit === "reads";
  return isUncounted ? ["changes something and is not counted: begin with a builder that counts"] : [];
}

/** tRPC passes anything to a procedure without an input, which then sees nothing of it. */
function inputFaults({ type, inputs }: Procedure): string[] {
  if (inputs.length === 0) return type === "query" ? [] : ["has no input: take noInput"];
  return inputs.flatMap((input) => looseParts(input, "input")).map((at) => `${at} accepts what it does not know`);
}

/** An app's own fields have the bound of the app's own schema. */
const ofTheApp = "output.user.profile";

function outputFaults({ output }: Procedure): string[] {
  if (output === null) return ["has no .output(): name the schema of its answer"];
  const parts = boundlessParts(output, "output").filter((at) => at !== ofTheApp);
  return parts.map((at) => `${at} has no bound: add .max() and keep to it where it is made`);
}

/** Where an object lets unknown fields pass. */
function looseParts(schema: z.core.$ZodType, at: string): string[] {
  const nodes = nodesOf(jsonOf(schema, "input"), at);
  return nodes.filter(([, node]) => isLoose(node)).map(([place]) => place);
}

function isLoose(node: object): boolean {
  if (Object.keys(node).length === 0) return true;
  return Reflect.get(node, "type") === "object" && Reflect.get(node, "additionalProperties") !== false;
}

/** Where a list or a record can have any length. */
function boundlessParts(schema: z.core.$ZodType, at: string): string[] {
  return nodesOf(jsonOf(schema, "output"), at)
    .filter(([, node]) => {
      if (Object.keys(node).length === 0) return true;
      const kind: unknown = Reflect.get(node, "type");
      if (kind === "array") return !Object.hasOwn(node, "maxItems");
      return kind === "object" && Reflect.get(node, "additionalProperties") !== false;
    })
    .map(([place]) => place);
}

/** A date has no JSON schema: it stands for itself. */
function jsonOf(schema: z.core.$ZodType, io: "input" | "output"): object {
  return z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === "date") jsonSchema.type = "string";
    },
  });
}

/** The schema and all schemas within it. */
function nodesOf(node: object, at: string): [string, object][] {
  const properties = Object.entries(Object(Reflect.get(node, "properties")));
  const alternatives = ["anyOf", "oneOf", "allOf"].flatMap((key) => listOf(Reflect.get(node, key)));
  const items = [Reflect.get(node, "items"), ...listOf(Reflect.get(node, "prefixItems"))].filter(isSchema);
  // What states a refinement for readers, such as `{ required: [...] }`, describes no value.
  const values = alternatives.filter(isSchema).filter((one) => !isDeepRefinement(one));
  return [
    ...(isAlternative(node) ? [] : [[at, withoutFrame(node)] satisfies [string, object]]),
    ...properties.flatMap(([name, inner]) => (isSchema(inner) ? nodesOf(inner, `${at}.${name}`) : [])),
    ...values.flatMap((inner) => nodesOf(inner, at)),
    ...items.flatMap((inner) => nodesOf(inner, `${at}[]`)),
  ];
}

function withoutFrame(node: object): object {
  return Object.fromEntries(Object.entries(node).filter(([key]) => key !== "$schema"));
}

function isAlternative(node: object): boolean {
  return !Object.hasOwn(node, "type") && ["anyOf", "oneOf", "allOf"].some((key) => Object.hasOwn(node, key));
}

function isDeepRefinement(node: object): boolean {
  return Object.keys(node).join() === "required";
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isSchema(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
