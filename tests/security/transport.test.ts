import { createNodeHandler } from "@keywright/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { type NodeFront, startNodeFront } from "../support/node-front.js";
import { cookieOf } from "../support/raw.js";
import { appRouter } from "../support/router.js";

let app: TestApp;
let front: NodeFront;
let cookie: string;
beforeAll(async () => {
  app = await createTestApp({ corsOrigins: ["https://front.example"] });
  const { createContext } = app.keywright;
  front = await startNodeFront(createNodeHandler({ router: appRouter, endpoint: "/trpc", createContext }));
  cookie = await cookieOf(app, await app.addUser());
});
afterAll(async () => {
  await front.close();
  await app.close();
});

const handlers = {
  createFetchHandler: (request: Request) => app.handle(request, "127.0.0.1"),
  createNodeHandler: (request: Request) => front.handle(request),
};

const reasonIn = async (response: Response) => {
  const body = JSON.parse(await response.text());
  return (Array.isArray(body) ? body[0] : body)?.error?.json?.data?.reason;
};

function rulesOf(handle: (request: Request) => Promise<Response>): void {
  const isAlive = async () => (await get("user.me", { cookie })).status === 200;

  function send(path: string, init: RequestInit): Promise<Response> {
    return handle(new Request(`${publicUrl}/trpc/${path}`, { method: "POST", ...init }));
  }

  function post(path: string, input: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const all = { "content-type": "application/json", ...headers };
    return send(path, { headers: all, body: JSON.stringify({ json: input }) });
  }

  function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return handle(new Request(`${publicUrl}/trpc/${path}`, { headers }));
  }

  describe("a request of another kind", () => {
    test("a form of another site cannot log anybody out", async () => {
      const form = new FormData();
      const response = await send("auth.logout", { body: form, headers: { cookie, origin: "https://evil.test" } });
      expect(response.status).toBe(415);
      expect(await isAlive()).toBe(true);
    });

    test.each([
      "",
      "text/plain",
      "text/plain;application/json",
      "application/x-www-form-urlencoded",
      "application/octet-stream",
      "application/jsonx",
      "application/json,text/plain",
      "multipart/form-data; boundary=application/json",
      "application/json; charset=utf-16",
    ])("a body of type %j is refused before anything runs", async (type) => {
      const response = await send("auth.logout", {
        body: new TextEncoder().encode("{}"),
        headers: { ...(type ? { "content-type": type } : {}), cookie, origin: publicUrl },
      });
      expect(response.status).toBe(415);
      expect(await isAlive()).toBe(true);
    });

    test.each([
      "application/json",
      "APPLICATION/JSON",
      "application/json; charset=utf-8",
      'application/json ;charset="UTF-8"',
    ])("a body of type %j is JSON", async (type) => {
      const response = await send("auth.verifyToken", {
        body: JSON.stringify({ json: { token: "x" } }),
        headers: { "content-type": type },
      });
      expect(await reasonIn(response)).toBe("TOKEN_INVALID");
    });

    test("T7: a stream, which would lose the cookie, starts no session", async () => {
      const ada = await app.addUser();
      const login = { json: { email: ada.email, password: ada.password } };
      for (const name of ["trpc-accept", "accept"]) {
        const headers = { "content-type": "application/json", [name]: "application/jsonl" };
        const single = await send("auth.login", { body: JSON.stringify(login), headers });
        const batch = await send("auth.login?batch=1", { body: JSON.stringify({ 0: login }), headers });
        expect(single.status).toBeGreaterThanOrEqual(400);
        expect(await batch.text()).toContain("STREAM_NOT_ALLOWED");
        expect(single.headers.getSetCookie()).toEqual([]);
        expect(batch.headers.getSetCookie()).toEqual([]);
      }
    });
  });

  describe("a mutation with a cookie", () => {
    const logout = (headers: Record<string, string>) => post("auth.logout", {}, { cookie, ...headers });

    test.each([
      ["no sign of where it comes from", {}],
      ["a foreign origin", { origin: "https://evil.test" }],
      ["an opaque origin", { origin: "null" }],
      ["a sibling of our site", { origin: "http://evil.localhost:3000", "sec-fetch-site": "same-site" }],
      ["a cross-site mark", { "sec-fetch-site": "cross-site" }],
      ["a foreign origin and a token", { origin: "https://evil.test", authorization: "Bearer x" }],
    ])("with %s is refused", async (_case, headers) => {
      const response = await logout(headers);
      expect(response.status).toBe(403);
      expect(await reasonIn(response)).toBe("FORBIDDEN");
      expect(await isAlive()).toBe(true);
    });

    test("a front end of ours may log in and out", async () => {
      const ada = await app.addUser();
      for (const headers of [
        { origin: publicUrl },
        { origin: "https://front.example" },
        { "sec-fetch-site": "same-origin" },
      ]) {
        const login = await post("auth.login", { email: ada.email, password: ada.password }, headers);
        const own = login.headers.getSetCookie()[0]?.split(";")[0] ?? "";
        expect((await post("auth.logout", {}, { ...headers, cookie: own })).status).toBe(200);
      }
    });
  });

  describe("a call without a cookie", () => {
    test.each(["auth.login", "registration.register", "password.requestReset", "registration.resendVerification"])(
      "a page of another site cannot make a visitor call %s",
      async (path) => {
        const input = { email: "victim@example.com", password: "correct horse" };
        const response = await post(path, input, { origin: "https://evil.test" });
        expect(await reasonIn(response)).toBe("FORBIDDEN");
      },
    );

    test("an app on a phone sends no origin and is served", async () => {
      expect(await reasonIn(await post("auth.verifyToken", { token: "x" }))).toBe("TOKEN_INVALID");
    });
  });

  describe("a query with a cookie", () => {
    test("a server-side render is served, another site's page is not", async () => {
      expect((await get("user.me", { cookie })).status).toBe(200);
      expect((await get("user.me", { cookie, "sec-fetch-site": "cross-site" })).status).toBe(403);
      expect((await get("user.me", { cookie, origin: "https://evil.test" })).status).toBe(403);
    });
  });

  describe("size", () => {
    test("a body of more than 32 kB is refused, with and without its length told", async () => {
      const body = JSON.stringify({ json: { token: "x".repeat(40_000) } });
      const headers = { "content-type": "application/json" };
      expect(
        (await send("auth.verifyToken", { body, headers: { ...headers, "content-length": String(body.length) } }))
          .status,
      ).toBe(413);
      const stream = new Blob([body]).stream();
      const response = await send("auth.verifyToken", { body: stream, headers, duplex: "half" });
      expect(response.status).toBe(413);
      expect(await reasonIn(response)).toBe("VALIDATION");
    });

    test("a batch of more than ten is refused, and commas alone make no work", async () => {
      const paths = Array.from({ length: 11 }, () => "auth.config").join(",");
      const response = await get(`${paths}?batch=1`);
      expect(response.status).toBe(400);
      const commas = await get(`${",".repeat(5000)}?batch=1`);
      expect(commas.status).toBe(400);
      expect((await commas.text()).length).toBeLessThan(1000);
    });

    test.each(["auth.login,auth.login", "auth.login%2Cauth.login", "password.reset,auth.verifyToken"])(
      "guesses in a batch (%s) are not evaluated",
      async (paths) => {
        const cost = await app.costOf(async () => {
          const body = JSON.stringify({ 0: { json: {} }, 1: { json: {} } });
          const response = await send(`${paths}?batch=1`, { body, headers: { "content-type": "application/json" } });
          expect(await reasonIn(response)).toBe("BATCH_NOT_ALLOWED");
        });
        expect(cost).toMatchObject({ statements: [], verifies: 0, hashes: 0 });
      },
    );
  });

  describe("every answer", () => {
    test("is neither stored nor sniffed, whether it succeeds or not", async () => {
      for (const path of ["auth.config", "user.me", "no.such", "auth.login"]) {
        const { headers } = await get(path);
        expect(headers.get("cache-control")).toBe("no-store");
        expect(headers.get("x-content-type-options")).toBe("nosniff");
      }
    });
  });

  describe("hostile JSON", () => {
    const wire = (body: string) => send("auth.login", { body, headers: { "content-type": "application/json" } });

    test("an annotation cannot make the server build anything but dates", async () => {
      const before = process.memoryUsage().arrayBuffers;
      const bodies = [
        { json: { email: 4_000_000, password: "x" }, meta: { values: { email: [["typed-array", "Uint8Array"]] } } },
        { json: { email: [[1, 2]] }, meta: { values: { email: ["map"] } } },
        { json: { email: "a" }, meta: { values: { email: ["regexp"] } } },
        { json: { email: "a" }, meta: { values: { "__proto__.x": ["Date"] } } },
        { json: { a: { b: 1 } }, meta: { referentialEqualities: [["a"]] } },
        { json: { email: "a" }, meta: { values: "x" } },
      ];
      for (const body of bodies) {
        const response = await wire(JSON.stringify(body));
        expect(response.status).toBe(400);
        expect(await reasonIn(response)).toBe("VALIDATION");
      }
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
      expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
    });

    test.each(["null", "[]", '"x"', "5", "{}", "{", '{"json":{"password":hunter2}}', '{"json":{"__proto__":{"a":1}}}'])(
      "the body %s is not valid, and nothing of it comes back",
      async (body) => {
        const response = await wire(body);
        expect(response.status).toBe(400);
        const text = await response.text();
        expect(text).toContain('"VALIDATION"');
        expect(text).not.toContain("hunter2");
        expect(text).not.toContain("Unexpected");
      },
    );

    test.each(["__proto__.toString", "constructor", "auth.__proto__.login", "auth.constructor", "hasOwnProperty"])(
      "there is no procedure %s",
      async (path) => {
        const response = await get(path);
        expect(response.status).toBe(404);
        expect(await reasonIn(response)).toBe("NOT_FOUND");
      },
    );
  });
}

for (const [name, handle] of Object.entries(handlers)) describe(`${name}:`, () => rulesOf(handle));
