import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../../apps/server/src/app.js";
import type { RequestLine } from "../../apps/server/src/log.js";
import { createRequestListener } from "../../apps/server/src/request-listener.js";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { type NodeFront, startNodeFront } from "../support/node-front.js";

const friend = "https://front.example";
const lines: Omit<RequestLine, "ms">[] = [];
let app: TestApp;
let server: NodeFront;
let hono: ReturnType<typeof createApp>;
beforeAll(async () => {
  app = await createTestApp({ corsOrigins: [friend], trustedProxyHops: 1 });
  const options = {
    keywright: app.keywright,
    config: { corsHeaders: [], clientAddressHeader: null, trustedProxyHops: 1 },
    requestLog: {
      log: () => {},
      event: () => {},
      request: ({ ms: _ms, ...line }: RequestLine) => void lines.push(line),
    },
    publicUrl,
    mailbox: null,
    developmentSignIn: null,
    isDraining: () => false,
  };
  server = await startNodeFront(createRequestListener(options));
  hono = createApp(options);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

const json = { "content-type": "application/json" };

const requests: [what: string, path: string, init?: RequestInit][] = [
  ["a query", "/trpc/auth.config"],
  ["a query of a front end that is allowed", "/trpc/auth.config", { headers: { origin: friend } }],
  ["a query of a front end that is not", "/trpc/auth.config", { headers: { origin: "https://evil.test" } }],
  ["a query by a proxy", "/trpc/user.me?batch=1", { headers: { "x-forwarded-for": "203.0.113.7" } }],
  ["two queries", "/trpc/auth.config,auth.session?batch=1&input=%7B%7D"],
  ["too many queries", `/trpc/${Array(11).fill("auth.config").join()}?batch=1`, { headers: { origin: friend } }],
  ["a mutation", "/trpc/auth.verifyToken", { method: "POST", headers: json, body: '{"json":{"token":"x"}}' }],
  ["a form", "/trpc/auth.logout", { method: "POST", headers: { "content-type": "text/plain" }, body: "{}" }],
  [
    "a large body",
    "/trpc/auth.login",
    { method: "POST", headers: { ...json, origin: friend }, body: "x".repeat(40_000) },
  ],
  ["a stream", "/trpc/auth.config?batch=1", { headers: { origin: friend, "trpc-accept": "application/jsonl" } }],
  ["two tokens", "/trpc/user.me", { headers: { authorization: "Bearer x, Bearer y" } }],
  ["an unknown procedure", "/trpc/no.such", { headers: { origin: friend } }],
  ["no procedure", "/trpc/"],
  ["an escaped procedure", "/trpc/auth%2Econfig"],
  ["a preflight", "/trpc/auth.login", { method: "OPTIONS", headers: { origin: friend } }],
  ["a preflight of another site", "/trpc/auth.login", { method: "OPTIONS", headers: { origin: "https://evil.test" } }],
  ["a probe by HEAD", "/trpc/auth.config", { method: "HEAD" }],
  ["a method that no procedure has", "/trpc/auth.config", { method: "DELETE" }],
  ["a page", "/reset-password?token=x"],
  ["nothing", "/nothing-here"],
];

test.each(requests)("the server answers and logs %s as through Hono alone", async (what, path, init) => {
  const headers = new Headers({ "x-request-id": "one-id", ...init?.headers });
  const request = () => new Request(publicUrl + path, { ...init, headers });
  lines.length = 0;
  const connection = { incoming: { socket: { remoteAddress: "127.0.0.1" } } };
  const expected = await told(typed(await hono.request(request(), undefined, connection)));
  const answer = await server.handle(request());
  expect(answer.headers.has("content-length")).toBe(what !== "a stream" && answer.status !== 204);
  expect(await told(answer)).toEqual(expected);
  await expect.poll(() => lines.length).toBe(2);
  expect(lines[1]).toEqual(lines[0]);
});

/** As Hono's server sends it. */
function typed(response: Response): Response {
  const isUntyped = response.body !== null && !response.headers.has("content-type");
  if (isUntyped) response.headers.set("content-type", "text/plain;charset=UTF-8");
  return response;
}

/** `Vary` is a set, and who adds to it first is nobody's business. */
async function told(response: Response) {
  const named = [...response.headers].map(([name, value]): [string, string] => [name, value.replaceAll("; ", ";")]);
  const framing = ["connection", "content-length", "date", "keep-alive", "transfer-encoding"];
  const headers = new Map(named.filter(([name]) => !framing.includes(name)));
  const vary = new Set(headers.get("vary")?.toLowerCase().split(", "));
  headers.delete("vary");
  const body = (await response.text()).replaceAll(/"requestId":"[^"]*"/g, '"requestId":"-"');
  return { status: response.status, headers: [...headers].sort(), vary, body };
}
