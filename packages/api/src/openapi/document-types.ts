import type { z } from "zod";

export type JsonSchema = z.core.JSONSchema.BaseSchema;

interface Content {
  "application/json": { schema: JsonSchema };
}

export interface Parameter {
  name: string;
  in: "query" | "header";
  description: string;
  required: boolean;
  schema?: JsonSchema;
  content?: Content;
}

export interface AnswerOfOperation {
  description: string;
  headers?: Record<string, { description: string; schema: JsonSchema }>;
  content: Content;
}

export interface Operation {
  operationId: string;
  tags?: string[];
  summary?: string;
  description?: string;
  /** Any one of these is enough; an empty one means that none is required. */
  security: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Content };
  /** By HTTP status. */
  responses: Record<string, AnswerOfOperation>;
}

/** An OpenAPI 3.1 document, limited to what Keywright writes. */
export interface OpenApiDocument {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  tags: { name: string }[];
  /** By path and method. */
  paths: Record<string, { get?: Operation; post?: Operation }>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, object> };
}
