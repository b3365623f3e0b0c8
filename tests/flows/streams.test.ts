import {
  createFetchHandler,
  createNodeHandler,
  credentialProcedure,
  errorFormatter,
  type KeywrightContext,
  mountAuth,
  transformer,
  transportLimits,
  userProcedure,
} from "@keywright/api";
import { needsOwnRequest, reasonOf } from "@keywright/client";
import { createTRPCClient, httpBatchLink, httpBatchStreamLink, httpLink, splitLink } from "@trpc/client";
import { initTRPC, tracked } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import superjson from "superjson";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { loneCalls } from "../../packages/api/src/contract/session-effects.js";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { createBrowser } from "../support/browser.js";
import { type NodeFront, startNodeFront } from "../support/node-front.js";
import { refusal } from "../support/refusal.js";

const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const signedIn = t.procedure.concat(userProcedure);
const at = new Date("2026-01-02T03:04:05.678Z");

async function* ticks() {
  yield tracked("1", { at, tick: 1 });
  yield tracked("2", { at, tick: 2 });
}

async function* breaks() {
  yield 1;
  throw new Error("select secret");
}

const router = t.router({
  account: t.router({ ...mountAuth(t) }),
  ...mountAuth(t),
  own: t.router({
    hello: t.procedure.query(() => ({ at })),
    rename: t.procedure.input(z.strictObject({ name: z.string() })).mutation(({ input }) => input.name),
    numbers: t.procedure.query(async function* () {
      yield 1;
      yield 2;
    }),
    signIn: t.procedure.concat(credentialProcedure("signInsPerIp")).mutation(() => "done"),
    ticks: signedIn.subscription(ticks),
    breaks: signedIn.subscription(breaks),
  }),
});

let app: TestApp;
let ours: NodeFront;
let theirs: NodeFront;
beforeAll(async () => {
  app = await createTestApp({ trustedProxyHops: 1, limits: { tokenCallsPerIpPerMinute: tokenCalls } });
  const { createContext } = app.keywright;
  ours = await startNodeFront(createNodeHandler({ router, endpoint: "/trpc", createContext }));
  theirs = await startNodeFront(createHTTPHandler({ router, basePath: "/trpc/", ...transportLimits, createContext }));
});
afterAll(async () => {
  await Promise.all([ours.close(), theirs.close()]);
  await app.close();
});

const hosts = {
  "the Fetch handler": (request: Request) => {
    const { createContext } = app.keywright;
    return createFetchHandler({ router, endpoint: "/trpc", createContext })(request, "127.0.0.1");
  },
  "the Node handler": (request: Request) => ours.handle(request),
  "tRPC's own adapter": (request: Request) => theirs.handle(request),
};

/** Enough for the people of these tests. */
const tokenCalls = 40;
const url = `${publicUrl}/trpc`;
type LinkFetch = NonNullable<Parameters<typeof httpLink>[0]["fetch"]>;
const streamed = { "content-type": "application/json", "trpc-accept": "application/jsonl" };

describe.each(Object.entries(hosts))("T7: on a stream through %s", (name, handle) => {
  const newBrowser = () => createBrowser(handle, { origin: publicUrl });
  const options = (browser = newBrowser(), headers: Record<string, string> = {}) => {
    const send: LinkFetch = (input, { signal = null, ...init } = {}) =>
      browser.fetch(String(input), { ...init, signal, credentials: "include" });
    return { url, transformer: superjson, headers, fetch: send };
  };
  const streaming = (browser = newBrowser(), headers = {}) =>
    createTRPCClient<typeof router>({ links: [httpBatchStreamLink(options(browser, headers))] });
  const split = (streams: typeof httpBatchStreamLink | typeof httpBatchLink, browser = newBrowser()) =>
    createTRPCClient<typeof router>({
      links: [
        splitLink({ condition: needsOwnRequest, true: httpLink(options(browser)), false: streams(options(browser)) }),
      ],
    });
  const raw = (at: string, body: string, headers: Record<string, string> = {}) => {
    const init = { method: "POST", body, headers: { ...streamed, ...headers } };
    return handle(new Request(`${url}/${at}?batch=1`, init));
  };

  test("a visitor's queries are answered, the app's own and its generators too", async () => {
    const client = streaming();
    const [config, hello, nobody] = await Promise.all([
      client.auth.config.query(),
      client.own.hello.query(),
      client.auth.session.query(),
    ]);
    expect([config.registrationOpen, hello.at, nobody]).toEqual([true, at, null]);
    const numbers: number[] = [];
    for await (const number of await client.own.numbers.query()) numbers.push(number);
    expect(numbers).toEqual([1, 2]);
    expect(await client.own.rename.mutate({ name: "Ada" })).toBe("Ada");
    expect(await client.password.requestReset.mutate({ email: "nobody@example.com" })).toEqual({});
  });

  test("a call that sets a cookie is refused before anything is done, and says what to do", async () => {
    const ada = await app.addUser();
    const browser = newBrowser();
    const client = streaming(browser);
    const login = { email: ada.email, password: ada.password };
    for (const call of [() => client.auth.login.mutate(login), () => client.account.auth.login.mutate(login)]) {
      const cost = await app.costOf(async () => {
        const error = await refusal(call());
        expect(reasonOf(error)).toBe("STREAM_NOT_ALLOWED");
        expect(String(error)).toMatch(/httpLink.*splitLink.*needsOwnRequest/);
      });
      expect(cost).toEqual({ statements: [], hashes: 0, verifies: 0 });
    }
    expect(reasonOf(await refusal(client.own.signIn.mutate()))).toBe("STREAM_NOT_ALLOWED");
    expect(browser.jar.size).toBe(0);
  });

  test("an app on a phone gets its tokens: it has no cookie to lose", async () => {
    const ada = await app.addUser();
    const phone = streaming(newBrowser(), { "keywright-transport": "bearer" });
    const { tokens } = await phone.auth.login.mutate({ email: ada.email, password: ada.password });
    const own = streaming(newBrowser(), { authorization: `Bearer ${tokens?.accessToken}` });
    expect(await own.user.me.query()).toMatchObject({ email: ada.email });
  });

  test.each([
    ["streams", httpBatchStreamLink],
    ["batches", httpBatchLink],
  ])("T8: a browser that splits by the client's condition signs in beside anything that %s", async (_link, link) => {
    const ada = await app.addUser();
    const client = split(link);
    const [{ user }, renamed] = await Promise.all([
      client.auth.login.mutate({ email: ada.email, password: ada.password }),
      client.own.rename.mutate({ name: "Ada" }),
      client.account.password.requestReset.mutate({ email: ada.email }),
    ]);
    expect([user.email, renamed]).toEqual([ada.email, "Ada"]);
    expect(await client.user.me.query()).toMatchObject({ email: ada.email });
    await client.auth.logout.mutate();
    expect(reasonOf(await refusal(client.user.me.query()))).toBe("NOT_AUTHENTICATED");
  });

  test("a dead cookie is not cleared, and stops nothing", async () => {
    const browser = newBrowser();
    browser.jar.set("__Host-keywright-session", `kws_${"x".repeat(43)}`);
    const client = streaming(browser);
    expect(await client.auth.session.query()).toBeNull();
    expect(reasonOf(await refusal(client.user.me.query()))).toBe("NOT_AUTHENTICATED");
    expect(browser.jar.size).toBe(1);
  });

  test("another site's page is refused here as well", async () => {
    const ada = await app.addUser();
    const cookie = await cookieHeaderOf(ada);
    for (const at of ["user.update", "own.rename"]) {
      const answer = await raw(at, '{"0":{"json":{}}}', { cookie, origin: "https://evil.test" });
      expect(await answer.text()).toContain("FORBIDDEN");
    }
  });

  async function cookieHeaderOf({ email, password }: { email: string; password: string }): Promise<string> {
    const browser = newBrowser();
    await split(httpBatchLink, browser).auth.login.mutate({ email, password });
    return [...browser.jar].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  test("the app's own subscription reaches who is signed in", async () => {
    const cookie = await cookieHeaderOf(await app.addUser());
    const listen = (path: string, headers = {}) =>
      handle(new Request(`${url}/${path}`, { headers: { accept: "text/event-stream", ...headers } }));
    const events = await listen("own.ticks", { cookie });
    expect([events.status, events.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    const text = await events.text();
    expect(text).toMatch(/data: \{"json":\{"at":"2026-01-02T03:04:05\.678Z","tick":1\}.*\nid: 1\n/);
    expect(text).toContain("event: return");
    expect(await (await listen("own.ticks")).text()).toMatch(/event: serialized-error\ndata: .*NOT_AUTHENTICATED/);
  });

  test("what breaks under way is logged, and the listener learns no more than that", async () => {
    const cookie = await cookieHeaderOf(await app.addUser());
    app.logs.length = 0;
    const request = new Request(`${url}/own.breaks`, { headers: { accept: "text/event-stream", cookie } });
    const text = await (await handle(request)).text();
    expect(text).toMatch(/event: serialized-error\ndata: .*"reason":"INTERNAL"/);
    expect(text).not.toContain("secret");
    const { requestId } = z.object({ requestId: z.string() }).parse(app.logs[0]);
    expect(text).toContain(requestId);
    expect(app.logs).toMatchObject([{ message: "A call failed.", path: "own.breaks" }]);
  });

  test("every call of ours is refused in a batch and on a stream as the contract says", async () => {
    const cookie = await cookieHeaderOf(await app.addUser());
    const told = { batch: new Map<string, boolean>(), stream: new Map<string, boolean>() };
    const ours = Object.keys(router._def.procedures).filter((path) => !/^(?:account|own)\./.test(path));
    for (const path of ours) {
      const stream = await (await raw(path, '{"0":{"json":{}}}', { cookie, origin: publicUrl })).text();
      if (stream.includes("METHOD_NOT_SUPPORTED")) continue;
      told.stream.set(path, stream.includes("STREAM_NOT_ALLOWED"));
      const init = {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json", cookie, origin: publicUrl },
      };
      const batch = await handle(new Request(`${url}/${path},${path}?batch=1`, init));
      told.batch.set(path, (await batch.text()).includes("BATCH_NOT_ALLOWED"));
      expect(needsOwnRequest({ path })).toBe(told.batch.get(path));
    }
    const lone = Object.entries(loneCalls);
    expect([...told.batch].filter(([, isRefused]) => isRefused).map(([path]) => path)).toEqual(
      expect.arrayContaining(lone.map(([path]) => path)),
    );
    expect(
      [...told.stream]
        .filter(([, isRefused]) => isRefused)
        .map(([path]) => path)
        .sort(),
    ).toEqual(lone.flatMap(([path, effect]) => (effect === "sets cookies" ? [path] : [])).sort());
  });

  test("when to try again is in the body alone", async () => {
    const ip = { "x-forwarded-for": `203.0.113.${Object.keys(hosts).indexOf(name) + 1}` };
    let [text, header]: [string, string | null] = ["", null];
    for (let call = 0; call <= tokenCalls && !text.includes("RATE_LIMITED"); call++) {
      const answer = await raw("auth.verifyToken", '{"0":{"json":{"token":"x"}}}', ip);
      [text, header] = [await answer.text(), answer.headers.get("retry-after")];
    }
    expect(text).toMatch(/"reason":"RATE_LIMITED","retryAfter":[1-9]/);
    expect(header).toBeNull();
  });
});
