import {
  createFetchHandler,
  errorFormatter,
  type KeywrightContext,
  mountAuth,
  publicProcedure,
  transformer,
  userProcedure,
} from "@keywright/api";
import { initTRPC } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { leanly } from "../../packages/api/src/trpc/written-output.js";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { cookieOf } from "../support/raw.js";

const person = z.strictObject({ id: z.string(), since: z.date() });
const row = { id: "7", since: new Date(0), passwordHash: "$2b$12$secret" };
/** What a driver or a careless query might return. */
const misread: { id: string; since: Date } = JSON.parse('{"id":"7","since":"$2b$12$secret"}');

const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const mounted = t.router({ ...mountAuth(t) });
const callerOf = t.createCallerFactory(t.router({ ...mountAuth(t) }));
const router = t.router({
  ...mountAuth(t),
  own: t.router({
    passedOn: t.procedure
      .concat(userProcedure)
      .use(async (opts) => {
        const me: unknown = await Reflect.apply(mounted.user.me, null, [opts]);
        return await opts.next({ ctx: { me } });
      })
      .query(({ ctx }) => ctx.me),
    me: t.procedure.concat(userProcedure).query(async ({ ctx }) => {
      const caller = callerOf(ctx);
      return { me: await caller.user.me(), session: await caller.auth.session() };
    }),
  }),
  // Built as ours are.
  ours: leanly({
    rows: publicProcedure.output(z.array(person)).query(() => [row]),
    row: publicProcedure.output(person).query(() => row),
    stripped: publicProcedure.output(z.object(person.shape)).query(() => row),
    misread: publicProcedure.output(person).query(() => misread),
    twins: publicProcedure.output(z.array(person)).query(() => Array(2).fill({ id: "7", since: row.since })),
  }),
});

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

async function answerOf(path: string, headers: Record<string, string> = {}) {
  const { createContext } = app.keywright;
  const req = new Request(`${publicUrl}/trpc/${path}`, { headers: { "x-request-id": "one", ...headers } });
  const ours = await createFetchHandler({ router, endpoint: "/trpc", createContext })(req.clone());
  const theirs = await fetchRequestHandler({ router, endpoint: "/trpc", req, createContext });
  const text = await ours.text();
  expect({ status: ours.status, text }).toEqual({ status: theirs.status, text: await theirs.text() });
  return { status: ours.status, text };
}

test.each(["row", "rows", "misread"])(
  "what the schema of ours.%s does not have reaches no caller, but the log",
  async (name) => {
    app.logs.length = 0;
    const { status, text } = await answerOf(`ours.${name}`);
    expect(status).toBe(500);
    expect(text).toContain('"reason":"INTERNAL"');
    expect(text).not.toContain("$2b$");
    const logged = { message: "A call failed.", path: `ours.${name}`, requestId: "one" };
    expect(app.logs).toMatchObject([logged, logged]);
  },
);

test("a column that the schema ignores reaches no caller either", async () => {
  expect(await answerOf("ours.stripped")).toEqual({
    status: 200,
    text: '{"result":{"data":{"json":{"id":"7","since":"1970-01-01T00:00:00.000Z"},"meta":{"values":{"since":["Date"]},"v":1}}}}',
  });
});

test("one date at two places is told as superjson tells it", async () => {
  expect((await answerOf("ours.twins")).text).toContain('"referentialEqualities":{"0.since":["1.since"]}');
});

test("an app that calls our procedures while it answers gets what they return, not what is sent", async () => {
  const ada = await app.addUser();
  const { status, text } = await answerOf("own.me", { cookie: await cookieOf(app, ada) });
  expect(status).toBe(200);
  const answer = z.object({ result: z.object({ data: z.object({ json: z.unknown(), meta: z.unknown() }) }) });
  const read: unknown = transformer.output.deserialize(answer.parse(JSON.parse(text)).result.data);
  const user = { email: ada.email, createdAt: expect.any(Date) };
  expect(read).toMatchObject({ me: user, session: { user, session: { lastSeenAt: expect.any(Date) } } });
});

test("an app's middleware that passes its call on to one of our procedures gets what that returns", async () => {
  const ada = await app.addUser();
  const { status, text } = await answerOf("own.passedOn", { cookie: await cookieOf(app, ada) });
  expect([status, text]).toEqual([200, expect.stringContaining(`"email":"${ada.email}"`)]);
});
