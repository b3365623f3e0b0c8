import { createServer, type Server } from "node:http";
import {
  errorFormatter,
  type KeywrightContext,
  mountAuth,
  transformer,
  transportLimits,
  userProcedure,
} from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { createTRPCClient, httpLink } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import superjson from "superjson";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

interface Posts {
  titles: string[];
}

const t = initTRPC.context<KeywrightContext & { posts: Posts }>().create({ transformer, errorFormatter, isDev: false });
const signedIn = t.procedure.concat(userProcedure);
const postsInput = z.strictObject({ title: z.string().min(1), at: z.date(), days: z.array(z.date()).optional() });

const ownRouter = t.router({
  ...mountAuth(t),
  posts: t.router({
    create: signedIn.input(postsInput).mutation(({ ctx, input }) => {
      ctx.posts.titles.push(input.title);
      return { by: ctx.user.email, title: input.title, at: input.at, days: input.days ?? [] };
    }),
    count: t.procedure.query(({ ctx }) => ctx.posts.titles.length),
  }),
});

let app: TestApp;
let server: Server;
let url: string;
beforeAll(async () => {
  app = await createTestApp();
  const posts: Posts = { titles: [] };
  const handler = createHTTPHandler({
    router: ownRouter,
    ...transportLimits,
    createContext: async (input) => ({ ...(await app.keywright.createContext(input)), posts }),
  });
  server = createServer(handler).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  url = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await app.close();
});

const link = (headers: Record<string, string>) => httpLink({ url, transformer: superjson, headers });
const client = (headers: Record<string, string> = {}) => createTRPCClient<typeof ownRouter>({ links: [link(headers)] });

describe("a router of one's own, on Node's plain server", () => {
  test("a signed-in caller uses its procedures, with dates both ways", async () => {
    const ada = await app.addUser();
    const { tokens } = await client({ "keywright-transport": "bearer" }).auth.login.mutate({
      email: ada.email,
      password: ada.password,
    });
    const own = client({ authorization: `Bearer ${tokens?.accessToken}` });
    const at = new Date("2026-01-02T03:04:05.678Z");
    const post = await own.posts.create.mutate({ title: "First", at, days: [at, at] });
    expect(post).toEqual({ by: ada.email, title: "First", at, days: [at, at] });
    expect(await client().posts.count.query()).toBe(1);
    expect(await own.user.me.query()).toMatchObject({ email: ada.email });
  });

  test("a visitor is refused with our reason by the app's own procedure", async () => {
    const error = await refusal(client().posts.create.mutate({ title: "x", at: new Date() }));
    expect(reasonOf(error)).toBe("NOT_AUTHENTICATED");
  });

  test("a form of another site is refused here as well, and so is a large body", async () => {
    const form = new FormData();
    form.set("title", "x");
    expect((await fetch(`${url}/posts.create`, { method: "POST", body: form })).status).toBe(415);
    const body = JSON.stringify({ json: { token: "x".repeat(40_000) } });
    const headers = { "content-type": "application/json" };
    expect((await fetch(`${url}/auth.verifyToken`, { method: "POST", body, headers })).status).toBe(413);
  });

  test("a browser gets its cookie", async () => {
    const ada = await app.addUser();
    const body = JSON.stringify({ json: { email: ada.email, password: ada.password } });
    const headers = { "content-type": "application/json", origin: "https://localhost:3000" };
    const response = await fetch(`${url}/auth.login`, { method: "POST", body, headers });
    expect(response.headers.getSetCookie().some((text) => text.startsWith("__Host-keywright-session=kws_"))).toBe(true);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });
});

describe("a root that lacks our context", () => {
  test("does not compile", () => {
    const bare = initTRPC.context<{ posts: Posts }>().create({ transformer });
    // @ts-expect-error: plain nesting would let this through
    expect(mountAuth(bare)).toBeDefined();
    // @ts-expect-error: and so would a procedure without it
    expect(bare.procedure.concat(userProcedure)).toBeDefined();
  });
});
