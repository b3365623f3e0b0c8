import { AsyncLocalStorage } from "node:async_hooks";
import { createKeywrightClient, memoryTokens, type SessionStore } from "@keywright/client";
import { createRouterClient } from "@keywright/client/router";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { createBrowser } from "../support/browser.js";

let app: TestApp;
let ada: TestUser;
let bob: TestUser;
beforeAll(async () => {
  app = await createTestApp();
  [ada, bob] = [await app.addUser(), await app.addUser()];
});
afterAll(() => app.close());
afterEach(() => vi.unstubAllGlobals());

/** The cookie of a visitor's browser, as the server that renders for them gets it. */
async function cookieOf({ email, password }: TestUser): Promise<string> {
  const { fetch, jar } = createBrowser((request) => app.handle(request, "127.0.0.1"));
  await createKeywrightClient({ url: publicUrl, fetch }).auth.login.mutate({ email, password });
  return [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
}

const request = new AsyncLocalStorage<{ cookie: string }>();

/** What a rendering server sends to the API; `headers` as one that reads the request which is being answered. */
function rendering(headers: () => Record<string, string> | Promise<Record<string, string>>) {
  const sent: string[] = [];
  const fetch = (url: string, init: RequestInit) => {
    sent.push(new URL(url).pathname.replace("/trpc/", ""));
    return app.handle(new Request(url, init), "127.0.0.1");
  };
  return { options: { url: publicUrl, fetch, headers }, sent };
}

const ofRequest = () => ({ cookie: request.getStore()?.cookie ?? "" });
const kinds: [kind: string, headers: () => Record<string, string> | Promise<Record<string, string>>][] = [
  ["at once", ofRequest],
  ["later", async () => ofRequest()],
];

async function visitors() {
  const cookies = await Promise.all([ada, bob].map(cookieOf));
  /** Renders for both in one tick. */
  return <T>(render: () => Promise<T>) => Promise.all(cookies.map((cookie) => request.run({ cookie }, render)));
}

const emailIn = (state: ReturnType<SessionStore["get"]>) => state.user?.email;

describe("C3: two visitors of a server that shares one client", () => {
  test.each(kinds)("get each their own answers, with headers that are known %s", async (_kind, headers) => {
    const { options, sent } = rendering(headers);
    const client = createKeywrightClient(options);
    const forBoth = await visitors();
    const users = await forBoth(() => client.user.me.query());
    expect(users.map(({ email }) => email)).toEqual([ada.email, bob.email]);
    expect(sent).toEqual(["user.me", "user.me"]);
  });

  test("get each their own answers from the client in tRPC's types", async () => {
    const client = createRouterClient(rendering(ofRequest).options);
    const forBoth = await visitors();
    const users = await forBoth(() => client.user.me.query());
    expect(users.map(({ email }) => email)).toEqual([ada.email, bob.email]);
  });

  test("make changes each in their own name", async () => {
    const client = createKeywrightClient(rendering(() => ({ ...ofRequest(), origin: publicUrl })).options);
    const forBoth = await visitors();
    const users = await forBoth(() => client.user.update.mutate({ lastName: "Rendered" }));
    expect(users.map(({ email }) => email)).toEqual([ada.email, bob.email]);
  });

  test("make several calls each, whose turns alternate", async () => {
    const { options } = rendering(ofRequest);
    const client = createKeywrightClient(options);
    const forBoth = await visitors();
    const pages = await forBoth(async () => {
      const me = client.user.me.query();
      await Promise.resolve();
      const session = client.auth.session.query();
      return [(await me).email, (await session)?.user.email];
    });
    expect(pages).toEqual([
      [ada.email, ada.email],
      [bob.email, bob.email],
    ]);
  });

  test("told apart by a variable, as each call is made, get their own answers", async () => {
    const cookies = await Promise.all([ada, bob].map(cookieOf));
    let cookie = "";
    const client = createKeywrightClient(rendering(() => ({ cookie })).options);
    const users = cookies.map((own) => {
      cookie = own;
      return client.user.me.query();
    });
    expect((await Promise.all(users)).map(({ email }) => email)).toEqual([ada.email, bob.email]);
  });

  test.each(kinds)("ask who they are each for themselves, with headers that are known %s", async (_kind, headers) => {
    const { session } = createKeywrightClient(rendering(headers).options);
    const forBoth = await visitors();
    expect((await forBoth(() => session.refresh())).map(emailIn)).toEqual([ada.email, bob.email]);
    expect(session.get().status).toBe("loading");
  });

  test("leave nothing of them in the session store, whatever they do", async () => {
    const { options } = rendering(() => ({ ...ofRequest(), origin: publicUrl }));
    const client = createKeywrightClient(options);
    const forBoth = await visitors();
    const [asAda] = await forBoth(() => client.session.refresh());
    const asked = request.run({ cookie: await cookieOf(ada) }, () => client.session.refresh());
    await client.auth.login.mutate({ email: bob.email, password: bob.password });
    client.session.seed(await request.run({ cookie: await cookieOf(bob) }, () => client.auth.session.query()));
    expect(emailIn(await asked)).toBe(ada.email);
    expect(asAda?.status).toBe("signedIn");
    expect(client.session.get().status).toBe("loading");
  });
});

describe("C3: what has the same headers", () => {
  test("travels together on a server: one visitor's queries are one request", async () => {
    const { options, sent } = rendering(ofRequest);
    const client = createKeywrightClient(options);
    await request.run({ cookie: await cookieOf(ada) }, () =>
      Promise.all([client.user.me.query(), client.auth.session.query()]),
    );
    expect(sent).toEqual(["user.me,auth.session"]);
  });

  test("is one visitor's where a client is made for each request, and its store knows them", async () => {
    const { options, sent } = rendering(ofRequest);
    const headers = { cookie: await cookieOf(ada) };
    const { session } = createKeywrightClient({ ...options, headers });
    const states = await Promise.all([session.refresh(), session.refresh()]);
    expect(states.map(emailIn)).toEqual([ada.email, ada.email]);
    expect(emailIn(session.get())).toBe(ada.email);
    expect(sent).toEqual(["auth.session"]);
  });

  test("travels together on a phone, which has no document either, and its store knows who is signed in", async () => {
    const { options, sent } = rendering(async () => ({ "accept-language": "de" }));
    const client = createKeywrightClient({ ...options, tokens: memoryTokens() });
    await client.auth.login.mutate({ email: ada.email, password: ada.password });
    expect(emailIn(client.session.get())).toBe(ada.email);
    sent.length = 0;
    await Promise.all([client.user.me.query(), client.auth.config.query()]);
    expect(sent).toEqual(["user.me,auth.config"]);
  });

  test("does not keep the store's own question, which goes alone (C13)", async () => {
    const { options, sent } = rendering(async () => ({}));
    const client = createKeywrightClient({ ...options, tokens: memoryTokens() });
    await client.auth.login.mutate({ email: ada.email, password: ada.password });
    sent.length = 0;
    await Promise.all([client.user.me.query(), client.session.refresh(), client.session.refresh()]);
    expect(sent.sort()).toEqual(["auth.session", "user.me"]);
  });

  test("travels together in a browser, where the headers of one moment are asked for once", async () => {
    vi.stubGlobal("document", new EventTarget());
    const cookie = await cookieOf(ada);
    let asked = 0;
    const { options, sent } = rendering(async () => {
      asked++;
      await new Promise((resolve) => setTimeout(resolve, 5 * asked));
      return { cookie };
    });
    const client = createKeywrightClient(options);
    await Promise.all([client.user.me.query(), client.auth.session.query(), client.auth.config.query()]);
    expect({ asked, sent }).toEqual({ asked: 1, sent: ["user.me,auth.session,auth.config"] });
    await client.user.me.query();
    expect(asked).toBe(2);
  });
});
