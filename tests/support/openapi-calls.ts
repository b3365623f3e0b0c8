import { openApiDocument } from "@keywright/api";
import { expect } from "vitest";
import { z } from "zod";
import { publicUrl, type TestApp, type TestUser } from "./app.js";
import { checkerOf } from "./openapi.js";
import { cookieOf, origin } from "./raw.js";
import { appRouter } from "./router.js";

export type Headers = Record<string, string>;

const body = z.object({
  result: z.object({ data: z.object({ json: z.unknown() }) }).optional(),
  error: z.object({ json: z.object({ data: z.object({ reason: z.string() }) }) }).optional(),
});

/** Makes calls as our router's document describes them, and checks each answer against it. */
export async function createDocumentedCalls() {
  const document = await openApiDocument(appRouter, { title: "Accounts", version: "1", serverUrl: publicUrl });
  const checker = checkerOf(document);
  /** Procedures that have answered, and reasons that were given. */
  const seen = new Set<string>();

  async function call(app: TestApp, procedure: string, input?: unknown, headers: Headers = {}) {
    const query = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify({ json: input }))}`;
    const response = checker.isQuery(procedure)
      ? await app.get(`${procedure}${query}`, { origin, ...headers })
      : await app.post(procedure, input, { origin, ...headers });
    const wire: unknown = await response.json();
    const { status } = response;
    expect({ procedure, status, wire, faults: checker.answerFaults(procedure, status, wire) }).toMatchObject({
      faults: [],
    });
    const { result, error } = body.parse(wire);
    const reason = error?.json.data.reason ?? null;
    seen.add(reason ?? procedure);
    return { status, reason, data: result?.data.json };
  }

  return {
    document,
    checker,
    procedures: Object.keys(document.paths).map((path) => path.replace("/trpc/", "")),
    seen,
    call,
    /** A call that succeeds; returns its answer. */
    async succeed(app: TestApp, procedure: string, input?: unknown, headers: Headers = {}): Promise<unknown> {
      const { reason, data } = await call(app, procedure, input, headers);
      expect([procedure, reason]).toEqual([procedure, null]);
      return data;
    },
  };
}

/** The session of a new sign-in, as a browser sends it. */
export async function cookieFor(app: TestApp, user: TestUser): Promise<Headers> {
  return { cookie: await cookieOf(app, user) };
}
