import { fieldReasons, type Reason, reasons } from "../contract/reasons.js";
import type { JsonSchema } from "./document-types.js";
import { type Schemas, toPascal } from "./schemas.js";
import type { Wire } from "./wire.js";

/** The body of a refusal for one of these reasons. One schema per set of reasons, named after them. */
export function refusalSchema(schemas: Schemas, wire: Wire, known: readonly Reason[]): JsonSchema {
  const name = `RefusedWith${known.map((reason) => toPascal(reason.toLowerCase())).join("Or")}`;
  const fault = schemas.add("FieldError", fieldError);
  const data: JsonSchema = {
    type: "object",
    properties: {
      code: { type: "string", description: "tRPC's name of the status." },
      httpStatus: { type: "integer" },
      path: { type: "string", description: "The procedure." },
      reason: { type: "string", enum: [...known], description: "What to branch on." },
      fields: {
        type: "object",
        additionalProperties: { type: "array", items: fault },
        description: "What is wrong with each field, by its path.",
      },
      retryAfter: { type: "number", description: "Seconds after which the same call may succeed." },
      proof: { type: "string", description: "What the app's gate asks for in the header `keywright-proof`." },
      requestId: { type: "string", description: "Names this call in the server's log." },
    },
    required: ["code", "httpStatus", "reason", "requestId"],
  };
  const error: JsonSchema = {
    type: "object",
    properties: {
      message: { type: "string", description: "For people; may change." },
      code: { type: "integer", description: "tRPC's number of the status, as in JSON-RPC." },
      data,
    },
    required: ["message", "code", "data"],
  };
  return schemas.add(name, wire.error(error));
}

const fieldError: JsonSchema = {
  type: "object",
  properties: {
    reason: { type: "string", enum: [...Object.keys(reasons), ...Object.keys(fieldReasons)] },
    message: { type: "string", description: "For people; may change." },
  },
  required: ["reason", "message"],
};

/** tRPC's own shape, for a root without reasons. */
export function plainErrorSchema(schemas: Schemas, wire: Wire): JsonSchema {
  const error: JsonSchema = {
    type: "object",
    properties: {
      message: { type: "string" },
      code: { type: "integer" },
      data: { type: "object", additionalProperties: {} },
    },
    required: ["message", "code"],
  };
  return schemas.add("PlainError", wire.error(error));
}
