import { isDeepStrictEqual } from "node:util";
import type { AnyTRPCRouter } from "@trpc/server";
import type { JsonSchema } from "./document-types.js";
import type { Schemas } from "./schemas.js";

/** How a root's transformer wraps what is sent. */
export interface Wire {
  /** Wraps an input; `isOptional` if it may be left out. */
  input(schema: JsonSchema, isOptional: boolean): JsonSchema;
  /** Wraps the whole body. */
  result(schema: JsonSchema): JsonSchema;
  error(schema: JsonSchema): JsonSchema;
}

const annotations: JsonSchema = {
  type: "object",
  additionalProperties: {},
  description:
    "Says by path which strings are dates and the like. Plain input needs none, and everything can be read without it.",
};

/** Probes a transformer. Throws an `Error` if it writes neither plain JSON nor superjson's envelope. */
export function wireOf(router: AnyTRPCRouter, schemas: Schemas): Wire {
  const sample = { text: "a" };
  const written: unknown = router._def._config.transformer.output.serialize(sample);
  if (isDeepStrictEqual(written, sample)) return wireIn((schema) => schema);
  if (isDeepStrictEqual(written, { json: sample })) return wireIn(envelopeWith(schemas.add("Meta", annotations)));
  throw new Error("The router's transformer writes neither plain JSON nor superjson, so it cannot be described.");
}

function wireIn(wrap: (schema: JsonSchema, isOptional: boolean) => JsonSchema): Wire {
  const data = (schema: JsonSchema) => objectOf({ data: wrap(schema, false) });
  return {
    input: wrap,
    result: (schema) => objectOf({ result: data(schema) }),
    error: (schema) => objectOf({ error: wrap(schema, false) }),
  };
}

function envelopeWith(meta: JsonSchema) {
  return (json: JsonSchema, isOptional: boolean): JsonSchema => {
    const required = isOptional ? {} : { required: ["json"] };
    return { type: "object", properties: { json, meta }, ...required };
  };
}

function objectOf(properties: Record<string, JsonSchema>): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties) };
}
