import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { cookieOf, origin } from "../support/raw.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

// A script that has nothing to say sends the envelope and leaves the input out, as superjson would read it.
test.each(["{}", '{"json":{}}', ""])("a call that needs no input may be sent with the body %j", async (body) => {
  const cookie = await cookieOf(app, await app.addUser());
  const headers = { "content-type": "application/json", origin, cookie };
  const request = new Request(`${publicUrl}/trpc/auth.logout`, { method: "POST", headers, body });
  expect(await (await app.handle(request, "127.0.0.1")).json()).toEqual({ result: { data: { json: {} } } });
});

test("a call that needs an input is refused without one", async () => {
  const headers = { "content-type": "application/json", origin };
  const request = new Request(`${publicUrl}/trpc/auth.login`, { method: "POST", headers, body: "{}" });
  expect((await app.handle(request, "127.0.0.1")).status).toBe(400);
});
