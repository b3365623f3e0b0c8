import {
  createFetchHandler,
  errorFormatter,
  type KeywrightContext,
  mountAuth,
  transformer,
  userProcedure,
} from "@keywright/api";
import { initTRPC, TRPCError } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";

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
  }),
});

let app: TestApp;
let cookie: string;
beforeAll(async () => {
  app = await createTestApp();
  const ada = await app.addUser();
  const { headers } = await app.post("auth.login", { email: ada.email, password: ada.password });
  cookie = headers.getSetCookie()[0]?.split(";")[0] ?? "";
});
afterAll(() => app.close());

const input = (value: unknown) => `input=${encodeURIComponent(JSON.stringify(value))}`;
const dated = { json: { text: "é", at: "2026-01-02T03:04:05.678Z" }, meta: { values: { at: ["Date"] } } };

const addresses = [
  "auth.config",
  "auth.session",
  "auth.session?batch=1",
  "user.me",
  "user.me?batch=1&input=%7B%7D",
  "user.me?input=",
  "auth.sessions",
  "social.providers",
  "social.accounts",
  `user.events?${input({ json: { limit: 5 } })}`,
  "own.mine",
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
];

describe("a query that is alone in its request", () => {
  test.each(addresses)("gets from %s what tRPC's own resolver answers", async (address) => {
    const { createContext } = app.keywright;
    const ours = createFetchHandler({ router, endpoint: "/trpc", createContext });
    const theirs = (req: Request) =>
      fetchRequestHandler({ router, endpoint: "/trpc", req, createContext, maxBatchSize: 10 });
    for (const headers of [
      {},
      { cookie },
      { cookie, "sec-fetch-site": "cross-site" },
      { accept: "application/jsonl" },
    ]) {
      const request = () => new Request(`${publicUrl}/trpc/${address}`, { headers });
      expect(await told(await ours(request()))).toEqual(await told(await theirs(request())));
    }
  });
});

/** All but the request id and, where no context was made, the two headers that only our handler adds. */
async function told(response: Response) {
  const headers = [...response.headers].filter(([name]) => !["cache-control", "x-content-type-options"].includes(name));
  const body = (await response.text()).replaceAll(/"requestId":"[^"]*"/g, '"requestId":"-"');
  return { status: response.status, headers, body };
}
