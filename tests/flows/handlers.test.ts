import {
  createFetchHandler,
  createNodeHandler,
  errorFormatter,
  type KeywrightContext,
  KeywrightError,
  mountAuth,
  publicProcedure,
  transformer,
  transportLimits,
  userProcedure,
} from "@keywright/api";
import { initTRPC, TRPCError, tracked } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { type NodeFront, startNodeFront } from "../support/node-front.js";
import { cookieOf } from "../support/raw.js";

const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const router = t.router({
  ...mountAuth(t),
  own: t.router({
    echo: t.procedure.input(z.strictObject({ text: z.string(), at: z.date().optional() })).query(({ input }) => input),
    optional: t.procedure.input(z.string().optional()).query(({ input }) => input ?? null),
    mine: t.procedure.concat(userProcedure).query(({ ctx }) => ctx.user.email),
    nothing: t.procedure.query(() => undefined),
    refuses: t.procedure.query(() => {
      throw new TRPCError({ code: "CONFLICT", message: "text of the app" });
    }),
    breaks: t.procedure.query(() => {
      throw new Error("text that nobody must see");
    }),
    aborted: t.procedure.query(({ signal }) => signal?.aborted ?? "no signal"),
    stream: t.procedure.query(async function* () {
      yield 1;
    }),
    promises: t.procedure.query(() => ({ later: Promise.resolve(1) })),
    unwritable: t.procedure.query(() => ({
      get text() {
        throw new Error("text that nobody must see");
      },
    })),
    limited: t.procedure.concat(publicProcedure).query(() => {
      throw new KeywrightError("RATE_LIMITED", { retryAfter: 7 });
    }),
    rename: t.procedure
      .input(z.strictObject({ name: z.string(), at: z.date().optional() }))
      .mutation(({ input }) => input),
    ticks: t.procedure.subscription(async function* () {
      yield tracked("1", { tick: 1 });
    }),
    ring: t.procedure.mutation(() => "done"),
  }),
});

let app: TestApp;
let front: NodeFront;
let cookie: string;
beforeAll(async () => {
  app = await createTestApp();
  const { createContext } = app.keywright;
  front = await startNodeFront(createNodeHandler({ router, endpoint: "/trpc", createContext }));
  cookie = await cookieOf(app, await app.addUser());
});
afterAll(async () => {
  await front.close();
  await app.close();
});

const input = (value: unknown) => `input=${encodeURIComponent(JSON.stringify(value))}`;
const dated = { json: { text: "é", at: "2026-01-02T03:04:05.678Z" }, meta: { values: { at: ["Date"] } } };

const addresses = [
  "auth.config",
  "auth.session",
  "auth.session?batch=1",
  "user.me?batch=1&input=%7B%7D",
  "user.me?input=",
  `own.echo?${input(dated)}`,
  `own.echo?batch=1&${input({ 0: dated })}`,
  `own.echo?batch=1&${input({ 1: dated })}`,
  `own.echo?${input({ json: { text: 1, more: true } })}`,
  `own.echo?${input(null)}`,
  `own.echo?batch=1&${input(null)}`,
  "own.echo?input=%7B",
  "own.echo?batch=1&input=5",
  "own.optional",
  `own.optional?${input({ json: "x" })}`,
  "own.nothing",
  "own.refuses",
  "own.refuses?batch=1",
  "own.breaks",
  "own.aborted",
  "own.stream?batch=1",
  "auth.login",
  "auth.login?batch=1",
  "no.such",
  "__proto__",
  "auth%2Econfig",
  "auth.config/",
  "auth.config?batch=0",
  "auth.config?batch=1&batch=1",
  "auth.config?connectionParams=%7B",
  "auth.config,auth.config?batch=1",
  "auth.config?input=%00",
  "auth.config?input=%7B%7D#fragment",
  "auth.config%",
  "auth.session,own.mine,own.nothing?batch=1",
  `own.optional,own.echo,own.refuses,own.breaks?batch=1&${input({ 0: { json: "x" }, 1: dated })}`,
  `own.optional,own.echo?batch=1&${input({ 0: { json: "x", meta: { values: ["map"] } }, 1: dated })}`,
  `own.optional,own.echo?batch=1&${input({ 1: { json: { text: "x" } }, 2: 5 })}`,
  "own.optional,own.stream,own.promises?batch=1",
  "own.optional,own.stream",
  "own.stream",
  "own.promises",
  "own.unwritable",
  "own.optional,own.unwritable?batch=1",
  "own.limited",
  "own.limited,own.nothing?batch=1",
  "own.limited,own.limited?batch=1",
  "auth.config,own.rename?batch=1",
  "auth.config,no.such?batch=1",
  "auth.config,?batch=1",
  `${Array(10).fill("auth.session").join()}?batch=1`,
  `${Array(11).fill("auth.session").join()}?batch=1`,
];

/** Each with another kind of answer. */
const builtIn = ["user.me", "user.events", "auth.sessions,social.providers,social.accounts?batch=1"];

const headerSets = {
  "by somebody who is signed in": () => ({ cookie }),
  "by a page of another site": () => ({ cookie, "sec-fetch-site": "cross-site" }),
  "for a stream": () => ({ accept: "application/jsonl" }),
  "with the type of a form": () => ({ "content-type": "multipart/form-data" }),
  "with two tokens": () => ({ authorization: "Bearer x, Bearer y" }),
};

const json = { "content-type": "application/json" };
const long = (length: number) => JSON.stringify({ json: { name: "x".repeat(length) } });
const { maxBodySize } = transportLimits;
const frame = long(0).length;

const bodies: [at: string, body: string, headers?: Record<string, string>][] = [
  ["own.rename", '{"json":{"name":"é"}}'],
  ["own.rename", '\uFEFF{"json":{"name":"with a byte order mark"}}'],
  ["own.rename", JSON.stringify({ json: { name: "x", at: dated.json.at }, meta: { values: { at: ["Date"] } } })],
  ["own.rename", '{"json":{"name":5,"more":true}}'],
  ["own.rename", '{"json":{"name":"x"},"meta":{"values":{"name":["map"]}}}'],
  ...["", "{}", "{", "null", "[]", '"x"', "5", " "].map((body): [string, string] => ["own.rename", body]),
  ["own.ring", ""],
  ["own.ring", "{"],
  ["own.ring?input=%7B%7D", "{}"],
  ["own.ring?batch=1", ""],
  ["own.rename?batch=1", "5"],
  ["own.rename?batch=1", "[]"],
  ["own.rename?batch=1", '{"0":{"json":{"name":"x"}}}'],
  ["own.rename,own.ring?batch=1", '{"0":{"json":{"name":"x"}}}'],
  ["own.ring,own.rename?batch=1", '{"0":{"json":{"name":"x"}}}'],
  ["own.ring,own.ring,own.nothing?batch=1", "{}"],
  ["own.ring,no.such?batch=1", "{}"],
  ["auth.login,auth.login?batch=1", '{"0":{"json":{}},"1":{"json":{}}}'],
  ["auth.login", '{"json":{"email":"nobody@example.com","password":"wrong"}}'],
  ["auth.logout", '{"json":{}}', { cookie: "__Host-keywright-session=kws_dead", origin: publicUrl }],
  ["own.ring", "{}", { cookie: "a=1; __Host-keywright-session=kws_dead" }],
  ["own.ring", "{}", { cookie: "__Host-keywright-session=kws_dead", origin: "https://evil.test" }],
  ["auth.session", "{}"],
  ["no.such", "{}"],
  ["own.ring", "{}", { accept: "application/jsonl" }],
  ["own.ring?batch=1", "{}", { "trpc-accept": "application/jsonl" }],
  ["auth.login?batch=1", "{}", { "trpc-accept": "application/jsonl" }],
  ["own.rename", long(maxBodySize - frame)],
  ...["text/plain", "application/jsonx", "application/json; charset=utf-16", "application/json;charset=UTF-8"].map(
    (type): [string, string, Record<string, string>] => ["own.ring", "{}", { "content-type": type }],
  ),
];

describe("tRPC's own resolver and both handlers", () => {
  test.each(addresses)("answer to the letter the same to a query at %s", async (address) => {
    await expectSame(() => new Request(`${publicUrl}/trpc/${address}`));
  });

  test.each(Object.entries(headerSets))("answer to the letter the same to a query %s", async (_who, headers) => {
    for (const at of [
      "auth.session",
      "own.mine",
      "no.such",
      "own.mine,auth.session?batch=1&input=%7B%7D",
      ...builtIn,
    ]) {
      await expectSame(() => new Request(`${publicUrl}/trpc/${at}`, { headers: headers() }));
    }
  });

  test.each(bodies)("answer to the letter the same to a body for %s: %s", async (at, body, headers) => {
    const init = { method: "POST", body, headers: { ...json, ...headers } };
    const length = String(Buffer.byteLength(body));
    await expectSame(() => new Request(`${publicUrl}/trpc/${at}`, init));
    await expectSame(() => {
      const request = new Request(`${publicUrl}/trpc/${at}`, init);
      request.headers.set("content-length", length);
      return request;
    });
  });

  test.each([
    ["own.ticks", { accept: "text/event-stream" }],
    ["own.ticks", {}],
    ["own.stream?batch=1", { "trpc-accept": "application/jsonl" }],
    ["own.nothing,own.refuses?batch=1", { "trpc-accept": "application/jsonl" }],
  ])("answer to the letter the same to a stream of %s by %j", async (at, headers) => {
    await expectSame(() => new Request(`${publicUrl}/trpc/${at}`, { headers }));
  });

  test.each(["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])("answer to the letter the same to %s", async (method) => {
    for (const path of ["auth.config", "own.ring", "no.such"]) {
      await expectSame(() => new Request(`${publicUrl}/trpc/${path}`, { method, headers: json }));
    }
  });

  /** tRPC's resolver is not asked where our handlers refuse before it. */
  async function expectSame(request: () => Request): Promise<void> {
    const { createContext } = app.keywright;
    const ours = createFetchHandler({ router, endpoint: "/trpc", createContext });
    const answer = await told(await ours(request()));
    expect(await told(await front.handle(request()))).toEqual(answer);
    const theirs = await fetchRequestHandler({
      router,
      endpoint: "/trpc",
      req: request(),
      createContext,
      maxBatchSize: 10,
    });
    expect(withoutClosed(answer)).toEqual(withoutClosed(await told(theirs)));
  }
});

describe("a body that is too large", () => {
  test.each([long(maxBodySize - frame + 1), long(300_000)])(
    "is refused the same way by both handlers",
    async (body) => {
      const { createContext } = app.keywright;
      const ours = createFetchHandler({ router, endpoint: "/trpc", createContext });
      for (const headers of [json, { ...json, "content-length": String(body.length) }]) {
        for (const path of ["own.rename", "own.rename?batch=1", "no.such", "auth.session"]) {
          const request = () => new Request(`${publicUrl}/trpc/${path}`, { method: "POST", body, headers });
          const answer = await told(await ours(request()));
          expect(answer.status).toBe(413);
          expect(await told(await front.handle(request()))).toEqual(answer);
        }
      }
    },
  );
});

interface Told {
  status: number;
  headers: [string, string][];
  body: string;
}

/** What differs by nature: the request's id, and how the host delimits messages. */
async function told(response: Response): Promise<Told> {
  const framing = ["connection", "content-length", "date", "keep-alive", "transfer-encoding"];
  const headers = [...response.headers].filter(([name]) => !framing.includes(name));
  const body = (await response.text()).replaceAll(/"requestId":"[^"]*"/g, '"requestId":"-"');
  return { status: response.status, headers, body };
}

/** Without the two headers that only our handlers add where there is no context. */
function withoutClosed({ headers, ...answer }: Told): Told {
  return {
    ...answer,
    headers: headers.filter(([name]) => !["cache-control", "x-content-type-options"].includes(name)),
  };
}
