import { createFetchHandler } from "@keywright/api";
import superjson from "superjson";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { createBrowser } from "../support/browser.js";
import { modelRouter } from "../support/model/app-router.js";
import { createPeople } from "../support/model/people.js";
import { createModelServer } from "../support/model/server.js";
import { createTime } from "../support/model/time.js";

type Handle = (request: Request) => Promise<Response>;
type Line = [kind: "get" | "post", paths: string, input?: unknown, headers?: Record<string, string>];
interface Reply {
  status: number;
  data: unknown;
  shape: unknown;
}

const [ada] = createPeople();
const credentials = { email: ada?.email ?? "", password: ada?.password ?? "" };

let app: TestApp;
let real: Handle;
beforeAll(async () => {
  app = await createTestApp();
  await app.addUser({ ...credentials, username: "ada" });
  const { createContext } = app.keywright;
  const handle = createFetchHandler({ router: modelRouter, endpoint: "/trpc", createContext });
  real = (request) => handle(request, "127.0.0.1");
  // Each simulated server begins with people of that name.
  const first = createBrowser(real);
  await ask(first, ["post", "auth.login", credentials]);
  await ask(first, ["post", "user.update", { firstName: "Ada" }]);
});
afterAll(() => app.close());

/** The server of the client's model (tests/support/model), over Fetch. */
function simulated(): Handle {
  const server = createModelServer(createTime());
  return async (request) => {
    const { method, url, headers } = request;
    const cookie = /keywright-session=([^;]*)/.exec(headers.get("cookie") ?? "");
    const given = new Headers(headers);
    if (cookie) given.set("cookie", `session=${cookie[1]}`);
    const answered = server.handle({ method, url, headers: given, body: await request.text() });
    const response = new Response(answered.body, { status: answered.status });
    if (answered.cookie) response.headers.append("set-cookie", `__Host-keywright-session=${answered.cookie}; Path=/`);
    if (answered.cookie === null) response.headers.append("set-cookie", "__Host-keywright-session=; Max-Age=0");
    return response;
  };
}

async function ask(
  browser: ReturnType<typeof createBrowser>,
  [kind, paths, input, headers = {}]: Line,
): Promise<Reply> {
  const isBatch = paths.includes(",");
  const url = `${publicUrl}/trpc/${paths}${isBatch ? "?batch=1&input=%7B%7D" : ""}`;
  const isBearer = "keywright-transport" in headers;
  const response = await browser.fetch(url, {
    method: kind.toUpperCase(),
    headers: { "content-type": "application/json", ...headers },
    credentials: isBearer ? "omit" : "include",
    ...(kind === "post" && { body: superjson.stringify(input) }),
  });
  const body: unknown = await response.json();
  const cookies = response.headers.getSetCookie().filter((text) => text.includes("keywright-session="));
  const shape = { body: shapeOf(body), cookies: cookies.map((text) => (/max-age=0/i.test(text) ? "removed" : "set")) };
  return { status: response.status, data: dataIn(body), shape };
}

function dataIn(body: unknown): unknown {
  const reply = z.object({ result: z.object({ data: z.unknown() }) }).safeParse(body);
  return reply.success ? superjson.parse(JSON.stringify(reply.data.result.data)) : null;
}

/** What one server decides for itself is left out: ids, tokens, times, and words for people. */
const kept = ["reason", "code", "httpStatus", "path", "status", "firstName", "email", "current", "text"];

function shapeOf(value: unknown, key = ""): unknown {
  if (key === "values" || kept.includes(key)) return value;
  if (Array.isArray(value)) return value.map((one) => shapeOf(one));
  if (typeof value !== "object" || value === null) return typeof value;
  // Which dates are one and the same object is no matter.
  const parts = Object.entries(value).filter(([name]) => name !== "referentialEqualities");
  return Object.fromEntries(parts.map(([name, one]) => [name, shapeOf(one, name)]));
}

const page: Line[] = [
  ["get", "auth.session"],
  ["get", "user.me"],
  ["get", "user.me,auth.session"],
  ["post", "posts.create", { text: "Hello" }],
  ["post", "auth.logout"],
  ["post", "auth.login", { ...credentials, password: "wrong" }],
  ["post", "auth.login", credentials],
  ["get", "auth.session"],
  ["get", "user.me,posts.mine"],
  ["post", "posts.create", { text: "Hello" }],
  ["post", "user.update", { firstName: "Lady" }],
  ["post", "posts.create", { text: "Hello" }, { "keywright-session": "another" }],
  ["get", "user.me", undefined, { "keywright-session": "another" }],
  ["post", "auth.logout", undefined, { "keywright-session": "another" }],
  ["post", "user.update", { firstName: "Ada" }],
  ["post", "auth.logout"],
  ["post", "auth.logout"],
  ["get", "user.me"],
];

describe("the simulated server of the client's model answers as the real one", () => {
  test("a page with a cookie", async () => {
    const [browser, another] = [createBrowser(real), createBrowser(simulated())];
    for (const line of page) {
      const [simulated, really] = [await ask(another, line), await ask(browser, line)];
      expect([line, told(simulated)]).toEqual([line, told(really)]);
    }
  });

  test("a page whose session has ended elsewhere", async () => {
    const play = async (handle: Handle) => {
      const browser = createBrowser(handle);
      await ask(browser, ["post", "auth.login", credentials]);
      const cookies = new Map(browser.jar);
      await ask(browser, ["post", "auth.logout"]);
      const lines: Line[] = [
        ["get", "user.me"],
        ["get", "auth.session"],
        ["post", "auth.logout"],
        ["get", "user.me,auth.session"],
      ];
      const replies: unknown[] = [];
      for (const line of lines) {
        for (const [name, value] of cookies) browser.jar.set(name, value);
        replies.push(told(await ask(browser, line)));
      }
      return replies;
    };
    expect(await play(simulated())).toEqual(await play(real));
  });

  test("an app with tokens", async () => {
    expect(await playTokens(simulated())).toEqual(await playTokens(real));
  });
});

function told({ status, shape }: Reply): unknown {
  return { status, shape };
}

const tokensIn = z.object({ accessToken: z.string(), refreshToken: z.string() });

async function playTokens(handle: Handle): Promise<unknown[]> {
  const browser = createBrowser(handle);
  const replies: unknown[] = [];
  const say = async (path: string, input?: unknown, access?: string) => {
    const authorization: Record<string, string> = access === undefined ? {} : { authorization: `Bearer ${access}` };
    const kind = ["auth.session", "user.me"].includes(path) ? "get" : "post";
    const reply = await ask(browser, [kind, path, input, { "keywright-transport": "bearer", ...authorization }]);
    replies.push([path, told(reply)]);
    return reply.data;
  };
  const exchange = async (refreshToken: string) => tokensIn.parse(await say("auth.refreshToken", { refreshToken }));
  const signIn = async () => z.object({ tokens: tokensIn }).parse(await say("auth.login", credentials)).tokens;
  const first = await signIn();
  await say("user.me", undefined, first.accessToken);
  await say("auth.session", undefined, first.accessToken);
  const second = await exchange(first.refreshToken);
  const again = await exchange(first.refreshToken);
  replies.push(again.refreshToken === second.refreshToken);
  const third = await exchange(second.refreshToken);
  await say("user.me", undefined, third.accessToken);
  await say("auth.refreshToken", { refreshToken: first.refreshToken });
  await say("auth.refreshToken", { refreshToken: third.refreshToken });
  for (const path of ["user.me", "auth.session", "auth.logout"]) await say(path, undefined, third.accessToken);
  await say("auth.refreshToken", { refreshToken: "kwr_nothing" });
  await say("auth.session", undefined, "kwa_nothing");
  await say("user.me");
  const other = await signIn();
  await say("auth.revokeToken", { refreshToken: other.refreshToken });
  await say("auth.revokeToken", { refreshToken: other.refreshToken });
  await say("auth.logout", undefined, (await signIn()).accessToken);
  return replies;
}
