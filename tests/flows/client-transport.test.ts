import { createKeywrightClient, memoryTokens } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sessionlessPaths } from "../../packages/client/src/session-paths.js";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { createBrowser } from "../support/browser.js";
import { appRouter } from "../support/router.js";

let app: TestApp;
let ada: TestUser;
beforeAll(async () => {
  app = await createTestApp();
  ada = await app.addUser();
});
afterAll(() => app.close());

type Visit = { transport?: "cookie" | "bearer" };

/** A client whose requests and answers are kept. */
function watchedClient({ transport = "cookie" }: Visit = {}) {
  const seen: { request: Request; credentials: string | undefined; answer: string; cookies: string[] }[] = [];
  const browser = createBrowser((request) => app.handle(request, "127.0.0.1"));
  const fetch = async (url: string, init: RequestInit = {}) => {
    const response = await browser.fetch(url, init);
    const answer = await response.clone().text();
    const { credentials } = init;
    seen.push({ request: new Request(url, init), credentials, answer, cookies: response.headers.getSetCookie() });
    return response;
  };
  const tokens = transport === "bearer" ? { tokens: memoryTokens() } : {};
  return { client: createKeywrightClient({ url: publicUrl, fetch, ...tokens }), seen };
}

const credentials = () => ({ email: ada.email, password: ada.password });

describe("on the cookie transport", () => {
  test("a sign-in sets the cookie and answers no token", async () => {
    const { client, seen } = watchedClient();
    const answer = await client.auth.login.mutate(credentials());
    expect(answer.tokens).toBeNull();
    expect(seen[0]?.credentials).toBe("include");
    expect(seen[0]?.cookies.join()).toContain("keywright-session=kws_");
    expect(seen[0]?.answer).not.toMatch(/kw[rs]_|eyJ/);
    expect(seen[0]?.request.headers.has("keywright-transport")).toBe(false);
    expect((await client.user.me.query()).email).toBe(ada.email);
  });
});

describe("on the bearer transport", () => {
  test("a sign-in answers tokens and sets no session cookie", async () => {
    const { client, seen } = watchedClient({ transport: "bearer" });
    const answer = await client.auth.login.mutate(credentials());
    expect(answer.tokens?.accessToken).toMatch(/^eyJ/);
    expect(seen[0]?.credentials).toBe("omit");
    expect(seen[0]?.cookies.join()).not.toContain("keywright-session");
    expect(seen[0]?.request.headers.get("keywright-transport")).toBe("bearer");
    expect((await client.user.me.query()).email).toBe(ada.email);
    expect(seen[1]?.request.headers.get("authorization")).toBe(`Bearer ${answer.tokens?.accessToken}`);
  });

  test("a sign-in presents the session before it, which ends", async () => {
    const { client } = watchedClient({ transport: "bearer" });
    const first = await client.auth.login.mutate(credentials());
    await client.auth.login.mutate(credentials());
    const headers = { authorization: `Bearer ${first.tokens?.accessToken}` };
    expect(await (await app.get("auth.session", headers)).json()).toMatchObject({ result: { data: { json: null } } });
  });
});

describe("what travels together", () => {
  test("queries of one moment are one request", async () => {
    const { client, seen } = watchedClient();
    await client.auth.login.mutate(credentials());
    await Promise.all([client.user.me.query(), client.auth.session.query(), client.auth.config.query()]);
    expect(seen).toHaveLength(2);
    expect(seen[1]?.request.url).toContain("/trpc/user.me,auth.session,auth.config?");
  });

  test("more queries than the server takes in a batch are more requests, and all are answered", async () => {
    const { client, seen } = watchedClient();
    const answers = await Promise.all(Array.from({ length: 23 }, () => client.auth.config.query()));
    expect(answers).toHaveLength(23);
    expect(seen).toHaveLength(3);
  });

  test.each(["cookie", "bearer"] as const)("mutations travel alone on the %s transport", async (transport) => {
    const { client, seen } = watchedClient({ transport });
    await client.auth.login.mutate(credentials());
    await Promise.all([
      client.password.requestReset.mutate({ email: ada.email }),
      client.registration.resendVerification.mutate({ email: ada.email }),
      client.auth.logout.mutate(),
    ]);
    expect(seen).toHaveLength(4);
    expect(seen.map(({ request }) => request.url).join()).not.toMatch(/batch=1/);
  });

  test("the paths that never wait for a refresh are those that the server takes alone and without a session", async () => {
    const paths: string[] = [];
    for (const path of Object.keys(appRouter._def.procedures)) {
      const body = JSON.stringify({ 0: { json: {} }, 1: { json: {} } });
      const headers = { "content-type": "application/json" };
      const url = `${publicUrl}/trpc/${path},${path}?batch=1`;
      const response = await app.handle(new Request(url, { method: "POST", headers, body }), "127.0.0.1");
      if ((await response.text()).includes("BATCH_NOT_ALLOWED")) paths.push(path);
    }
    // They take visitors, too, but not to connect, and not to end a session that a refresh would bring back.
    expect(paths.sort()).toEqual([...sessionlessPaths, "auth.logout", "social.start"].sort());
  });
});

test("dates arrive as dates", async () => {
  const { client } = watchedClient({ transport: "bearer" });
  const { user, session, tokens } = await client.auth.login.mutate(credentials());
  const dates = [
    user.createdAt,
    user.lastLoginAt,
    session.expiresAt,
    tokens?.accessExpiresAt,
    tokens?.refreshExpiresAt,
  ];
  for (const date of dates) expect(date).toBeInstanceOf(Date);
  expect((await client.auth.session.query())?.session.lastSeenAt).toBeInstanceOf(Date);
});
