import { createFetchHandler, errorFormatter, type KeywrightContext, mountAuth, transformer } from "@keywright/api";
import { createKeywrightClient, reasonOf, safe } from "@keywright/client";
import { createTRPCClient, httpBatchLink, httpLink } from "@trpc/client";
import { type AnyTRPCRouter, initTRPC } from "@trpc/server";
import { parse, stringify } from "devalue";
import superjson, { SuperJSON } from "superjson";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { createBrowser } from "../support/browser.js";
import { refusal } from "../support/refusal.js";

const devalue = { serialize: stringify, deserialize: parse };
const context = initTRPC.context<KeywrightContext>();
const plain = context.create({ errorFormatter, isDev: false });
const withDevalue = context.create({ errorFormatter, isDev: false, transformer: devalue });
const withOurs = context.create({ errorFormatter, isDev: false, transformer });
const plainRouter = plain.router(mountAuth(plain));
const devalueRouter = withDevalue.router(mountAuth(withDevalue));
const dotted = z.strictObject({ "a.b": z.date() });
const ownRouter = withOurs.router({
  ...mountAuth(withOurs),
  sums: withOurs.procedure.input(z.union([z.bigint(), z.set(z.string())])).query(() => "counted"),
  echo: withOurs.procedure.input(dotted).mutation(({ input }) => input),
});

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

/** The `fetch` of a new browser, for an app that serves this router. */
function browserFor(router: AnyTRPCRouter) {
  const handle = createFetchHandler({ router, endpoint: "/trpc", createContext: app.keywright.createContext });
  return createBrowser((request) => handle(request, "127.0.0.1")).fetch;
}

type LinkFetch = NonNullable<Parameters<typeof httpLink>[0]["fetch"]>;

function linkFetch(router: AnyTRPCRouter): LinkFetch {
  const fetch = browserFor(router);
  return (url, { signal = null, ...init } = {}) => fetch(String(url), { ...init, signal, credentials: "include" });
}

const url = `${publicUrl}/trpc`;

describe("T9: a root of somebody's own", () => {
  test("without a transformer serves tRPC's client, to which dates are texts", async () => {
    const ada = await app.addUser();
    const client = createTRPCClient<typeof plainRouter>({ links: [httpLink({ url, fetch: linkFetch(plainRouter) })] });
    const answer = await client.auth.login.mutate({ email: ada.email, password: ada.password });
    const at: string | undefined = answer.session.createdAt;
    expect(new Date(at).toISOString()).toBe(at);
    expect((await client.auth.session.query())?.user.email).toBe(ada.email);
    const { user } = await client.user.me.query().then((user) => ({ user }));
    expect(user).toMatchObject({ email: ada.email, createdAt: expect.any(String) });
  });

  test("with devalue serves our client, if that has it as well", async () => {
    const ada = await app.addUser();
    const fetch = browserFor(devalueRouter);
    const client = createKeywrightClient<typeof devalueRouter>({ url, fetch, transformer: devalue });
    const answer = await client.auth.login.mutate({ email: ada.email, password: ada.password });
    expect(answer.session.createdAt).toBeInstanceOf(Date);
    expect(await client.user.me.query()).toMatchObject({ email: ada.email, createdAt: expect.any(Date) });
    const [, failure] = await safe(client.auth.login.mutate({ email: ada.email, password: "wrong horse" }));
    expect(failure?.data?.reason).toBe("INVALID_CREDENTIALS");
  });

  test.each([
    ["no transformer", plainRouter],
    ["devalue", devalueRouter],
  ])("with %s is named to who calls it by superjson", async (_name, router) => {
    const client = createKeywrightClient({ url, fetch: browserFor(router) });
    const [, failure] = await safe(client.auth.session.query());
    expect(failure?.message).toMatch(
      /^No Keywright server at \S* \(200\), or this client needs the server's `transformer`\.$/,
    );
  });

  test.each([
    ["superjson", superjson],
    ["an instance of superjson", new SuperJSON()],
    ["superjson's functions", { serialize: superjson.serialize, deserialize: superjson.deserialize }],
    ["superjson as text", { serialize: superjson.stringify, deserialize: (text: string) => superjson.parse(text) }],
    ["superjson for inputs alone", { input: superjson, output: devalue }],
  ])("with %s for inputs is refused by mountAuth", (_name, raw) => {
    const root = context.create({ transformer: raw });
    expect(() => mountAuth(root)).toThrow(
      /^This tRPC root's transformer is superjson itself.*: set `transformer` of @keywright\/api/,
    );
  });

  test("with superjson for answers alone is served", async () => {
    const root = context.create({ transformer: { input: transformer.input, output: superjson } });
    expect(mountAuth(root)).toHaveProperty("auth.login");
  });
});

test("T11: a date under a name with a dot arrives at an app's own procedure", async () => {
  const fetch = linkFetch(ownRouter);
  const client = createTRPCClient<typeof ownRouter>({ links: [httpBatchLink({ url, transformer: superjson, fetch })] });
  const sent = { "a.b": new Date("2026-01-02T03:04:05.678Z") };
  expect(await client.echo.mutate(sent)).toEqual(sent);
});

test("T12: an input that is neither JSON nor a date is refused as such", async () => {
  const fetch = linkFetch(ownRouter);
  const client = createTRPCClient<typeof ownRouter>({ links: [httpLink({ url, transformer: superjson, fetch })] });
  for (const input of [5n, new Set(["a"])]) {
    expect(reasonOf(await refusal(client.sums.query(input)))).toBe("VALIDATION");
  }
});
