import type { AnyTRPCRouter, TRPCRouterRecord } from "@trpc/server";
import { descriptions } from "../contract/descriptions.js";
import { cookiePolicy } from "../sessions/cookie-policy.js";
import type { OpenApiDocument } from "./document-types.js";
import { operationOf } from "./operation.js";
import { proceduresOf, toRouter } from "./procedures.js";
import { createSchemas } from "./schemas.js";
import { wireOf } from "./wire.js";

export interface OpenApiOptions {
  title: string;
  version: string;
  /** Address of the server: its `publicUrl`. */
  serverUrl: string;
  /** Path under which the procedures are served. Default `/trpc`. */
  endpoint?: string | undefined;
  /** Name of the session cookie, if `session.cookieDomain` is set. */
  cookieName?: string | undefined;
  /** What your own procedures do, by path: `{ "posts.create": "Publishes a post." }`. Also replaces our texts. */
  descriptions?: Record<string, string> | undefined;
}

const defaultCookies = { cookieDomain: null, sameSite: "lax" } as const;

const wire = `tRPC procedures as they appear on the wire. A mutation is a POST of \`{"json": input}\`, a query a GET with the same text as \`?input=\`. The answer is in \`result.data.json\`, a refusal in \`error.json\`, and its reason in \`error.json.data.reason\`. Dates are ISO 8601 strings; \`meta\` next to \`json\` says which strings are dates, and need not be read or sent.`;

/**
 * Describes a router, or a record of procedures, in OpenAPI 3.1: ours and yours alike, with inputs, answers, and the
 * refusal reasons for each status, all as they appear on the wire. Build it once, at start-up, and serve that.
 */
export async function openApiDocument(
  served: AnyTRPCRouter | TRPCRouterRecord,
  options: OpenApiOptions,
): Promise<OpenApiDocument> {
  const { title, version, serverUrl, endpoint = "/trpc" } = options;
  const router = toRouter(served);
  const schemas = createSchemas();
  const part = { schemas, wire: wireOf(router, schemas), descriptions: { ...descriptions, ...options.descriptions } };
  const procedures = await proceduresOf(router);
  const paths: OpenApiDocument["paths"] = {};
  for (const procedure of procedures) {
    const operation = await operationOf(part, procedure);
    const path = `${endpoint}/${procedure.path.replaceAll(".", router._def._config.pathSeparator)}`;
    paths[path] = procedure.type === "query" ? { get: operation } : { post: operation };
  }
  const groups = new Set(Object.values(paths).flatMap(({ get, post }) => (get ?? post)?.tags ?? []));
  return {
    openapi: "3.1.0",
    info: { title, version, description: wire },
    servers: [{ url: serverUrl.replace(/\/+$/, "") }],
    tags: [...groups].map((name) => ({ name })),
    paths,
    components: { schemas: schemas.usedBy(paths), securitySchemes: securitySchemes(options) },
  };
}

function securitySchemes({ serverUrl, cookieName }: OpenApiOptions) {
  return {
    sessionCookie: {
      type: "apiKey",
      in: "cookie",
      name: cookieName ?? cookiePolicy(new URL(serverUrl), defaultCookies).session.name,
      description: "Set by sign-ins. A mutation that carries it needs an `Origin` that the server knows.",
    },
    accessToken: {
      type: "http",
      scheme: "bearer",
      description: "`tokens.accessToken` of a sign-in with the header `keywright-transport: bearer`.",
    },
  };
}
