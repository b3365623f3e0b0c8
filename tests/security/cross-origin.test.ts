import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const there = "https://api.example.com";

/** Another instance, which other sites can reach. */
async function online(config: TestConfig): Promise<TestApp> {
  return await createTestApp({ publicUrl: there, ...config }, app.database);
}

/** The status of a call that is refused for a page that is not ours, and else for its token. */
const callFrom = async (instance: TestApp, origin: string) =>
  (await instance.post("auth.verifyToken", { token: "x" }, { origin })).status;

describe("H11: a web view", () => {
  const views = ["capacitor://localhost", "ionic://localhost", "tauri://localhost", "chrome-extension://abcdefgh"];

  test.each(views)("of %s signs in if its origin is listed, and only as a whole", async (view) => {
    const [listed, other] = [await online({ corsOrigins: [view] }), await online({})];
    expect(await callFrom(listed, view)).toBe(400);
    expect(await callFrom(other, view)).toBe(403);
    const similar = [`${view}.evil.test`, `${view}:1`, view.replace("://", "x://"), view.replace(/:.*/, "://evil")];
    for (const origin of [...similar, "null", ""])
      expect([origin, await callFrom(listed, origin)]).toEqual([origin, 403]);
    const headers = { origin: view, "keywright-transport": "bearer" };
    const { email, password } = await app.addUser();
    expect((await listed.post("auth.login", { email, password }, headers)).status).toBe(200);
    await Promise.all([listed.close(), other.close()]);
  });
});

describe("H13: a refused origin", () => {
  test("is logged once, with the setting that would allow it", async () => {
    const instance = await online({});
    for (const origin of ["https://app.example.com", "https://app.example.com", "https://b.test"]) {
      expect(await callFrom(instance, origin)).toBe(403);
    }
    const said = instance.logs.map(({ level, message }) => `${level}: ${message}`);
    expect(said).toEqual([
      "warn: Refused a call from a page of https://app.example.com: if it is yours, add it to `corsOrigins` (CORS_ORIGINS).",
      expect.stringContaining("https://b.test"),
    ]);
    await instance.close();
  });

  test("cannot fill the log, nor write a line of its own into it", async () => {
    const instance = await online({});
    for (let count = 0; count < 100; count++) await callFrom(instance, `https://a${count}.test`);
    for (const odd of ["null", "https://a.test/\u001b[2J", `https://${"a".repeat(300)}.test`, "hello"]) {
      await callFrom(instance, odd);
    }
    expect(instance.logs).toHaveLength(50);
    await instance.close();
  });
});

describe("H14: a page of this machine", () => {
  const pages = ["http://localhost:5180", "http://127.0.0.1:5173", "http://[::1]:8080", "https://localhost"];

  test.each(pages)("at %s is ours while the server is on this machine, and not once it is online", async (origin) => {
    const instance = await online({});
    expect(await callFrom(app, origin)).toBe(400);
    expect(await callFrom(instance, origin)).toBe(403);
    await instance.close();
  });

  test.each(["http://evil.localhost:5180", "http://localhost.evil.test", "http://127.0.0.2", "http://localhost:x"])(
    "is not %s",
    async (origin) => {
      expect(await callFrom(app, origin)).toBe(403);
    },
  );
});

describe("H8: where the host does not tell the caller's address", () => {
  const limits = { mailsPerIpPerMinute: 2, signInsPerIpPerMinute: 2 };

  test("visitors do not use up each other's calls, and the operator is told once", async () => {
    const instance = await online({ limits });
    for (let visitor = 0; visitor < 5; visitor++) {
      const body = JSON.stringify({ json: { email: `visitor${visitor}@example.com` } });
      const headers = { "content-type": "application/json" };
      const request = new Request(`${there}/trpc/password.requestReset`, { method: "POST", headers, body });
      expect((await instance.handle(request)).status).toBe(200);
    }
    expect(instance.logs.map(({ message }) => message)).toEqual([
      "The address of callers is unknown, so calls are not limited by it: pass it as `handle(request, ip)`, or set `trustedProxyHops` or `clientAddressHeader` to what your proxy really sends.",
    ]);
    await instance.close();
  });

  test("a header that is named in the settings tells it", async () => {
    const instance = await online({ limits, clientAddressHeader: "CF-Connecting-IP" });
    const call = (ip: string) => instance.post("auth.verifyToken", { token: "x" }, { "cf-connecting-ip": ip });
    const reset = (ip: string) =>
      instance.post("password.requestReset", { email: "a@example.com" }, { "cf-connecting-ip": ip });
    for (const expected of [200, 200, 429]) expect((await reset("203.0.113.7")).status).toBe(expected);
    expect((await reset("203.0.113.8")).status).toBe(200);
    expect((await call("203.0.113.7")).status).toBe(400);
    await instance.close();
  });
});
