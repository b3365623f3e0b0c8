import { createKeywrightClient, memoryTokens } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { createBrowser } from "../support/browser.js";
import { cookieOf, origin, reasonsInBatch } from "../support/raw.js";
import { reasonFor } from "../support/reason.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const unknownId = "00000000-0000-4000-8000-000000000000";
const transports = ["cookie", "bearer"] as const;

async function idOf(client: Awaited<ReturnType<typeof app.signedIn>>): Promise<string> {
  return (await client.auth.session.query())?.session.id ?? "";
}

describe("the list of sessions", () => {
  test("I see where I am signed in, and which device this is", async () => {
    const ada = await app.addUser();
    const phone = app.visitor({ transport: "bearer", ip: "203.0.113.9", headers: { "user-agent": "Phone/1" } });
    await phone.auth.login.mutate({ email: ada.email, password: ada.password, deviceName: "Ada's phone" });
    const laptop = await app.signedIn(ada, { headers: { "user-agent": "Laptop/1" } });
    const list = await laptop.auth.sessions.query();
    expect(list).toHaveLength(3); // with that of the registration
    expect(list.filter(({ current }) => current)).toMatchObject([{ id: await idOf(laptop), userAgent: "Laptop/1" }]);
    const seen = list.find(({ deviceName }) => deviceName === "Ada's phone");
    expect(seen).toMatchObject({ ip: "203.0.113.9", userAgent: "Phone/1", current: false });
    expect((await phone.auth.sessions.query()).find(({ current }) => current)?.id).toBe(seen?.id);
  });

  test("I see nobody else's, and no token", async () => {
    const [ada, bob] = [await app.addUser(), await app.addUser()];
    const [hers, his] = [await app.signedIn(ada), await app.signedIn(bob, { transport: "bearer" })];
    const bobs = (await his.auth.sessions.query()).map(({ id }) => id);
    const list = await hers.auth.sessions.query();
    expect(list.map(({ id }) => id)).not.toEqual(expect.arrayContaining(bobs));
    const cookie = await cookieOf(app, ada);
    const text = await (await app.get("auth.sessions", { cookie })).text();
    expect(text).not.toMatch(/kws_|kwr_|token|hash/i);
    expect(text).not.toContain(cookie.split("=")[1] ?? "");
  });

  test("the device that I used last is first", async () => {
    const ada = await app.addUser();
    const [first, second] = [await app.signedIn(ada), await app.signedIn(ada)];
    app.travel(2 * hourMs);
    await first.user.me.query();
    const ids = (await first.auth.sessions.query()).map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual([await idOf(first), ids[1]]);
    app.travel(2 * hourMs);
    await second.user.me.query();
    expect((await first.auth.sessions.query())[1]?.id).toBe(await idOf(second));
  });

  test.each(transports)(
    "a device that roams is where it was last used (A31), by %s, noted once an hour",
    async (transport) => {
      const ada = await app.addUser();
      const place = { ip: "203.0.113.9", agent: "Device/1" };
      const { fetch } = createBrowser((request) => {
        request.headers.set("user-agent", place.agent);
        return app.handle(request, place.ip);
      });
      const device = createKeywrightClient({
        url: publicUrl,
        fetch,
        ...(transport === "bearer" ? { tokens: memoryTokens() } : {}),
      });
      await device.auth.login.mutate({ email: ada.email, password: ada.password });
      const use = () => device.auth.session.query();
      const places: unknown[] = [];
      const look = async (ip: string, agent: string) => {
        Object.assign(place, { ip, agent });
        const at = (await use())?.session;
        const listed = (await device.auth.sessions.query()).find(({ current }) => current);
        expect([listed?.ip, listed?.userAgent]).toEqual([at?.ip, at?.userAgent]);
        places.push([at?.ip, at?.userAgent]);
      };
      await look("198.51.100.7", "Device/2");
      app.travel(61 * 60_000);
      await look("198.51.100.7", "Device/2");
      await look("192.0.2.1", "Device/3");
      app.travel(61 * 60_000);
      const { statements } = await app.costOf(() => look("2001:db8::1", "Device/3"));
      const [first, later, last] = [
        ["203.0.113.9", "Device/1"],
        ["198.51.100.7", "Device/2"],
        ["2001:db8::1", "Device/3"],
      ];
      expect(places).toEqual([first, later, later, last]);
      // A look-up for each of two calls, the list, and the one note; a phone's refresh has noted it already.
      expect(statements.filter((sql) => sql.startsWith('update "keywright"."sessions"'))).toHaveLength(1);
      const { events } = await device.user.events.query();
      const signIn = events.find(({ kind }) => kind === "session.started");
      expect([signIn?.ip, signIn?.userAgent]).toEqual(first);
    },
  );

  test("a session that has run out is not in it", async () => {
    const ada = await app.addUser();
    await app.visitor().auth.login.mutate({ email: ada.email, password: ada.password, remember: false });
    app.travel(13 * hourMs);
    const list = await (await app.signedIn(ada)).auth.sessions.query();
    expect(list).toHaveLength(2);
    app.travel(15 * dayMs);
    expect(await (await app.signedIn(ada)).auth.sessions.query()).toHaveLength(1);
  });
});

describe("ending sessions", () => {
  test.each(transports)("I end one of mine, a device with a session by %s, and no other", async (transport) => {
    const ada = await app.addUser();
    const [mine, lost, kept] = [
      await app.signedIn(ada),
      await app.signedIn(ada, { transport }),
      await app.signedIn(ada),
    ];
    expect(await mine.auth.revokeSession.mutate({ id: await idOf(lost) })).toEqual({});
    expect(await reasonFor(lost.user.me.query())).toBe("NOT_AUTHENTICATED");
    for (const client of [mine, kept]) expect(await client.user.me.query()).toMatchObject({ email: ada.email });
  });

  test("the tokens of the device are worth nothing any more", async () => {
    const ada = await app.addUser();
    const { session, tokens } = await app
      .visitor({ transport: "bearer" })
      .auth.login.mutate({ email: ada.email, password: ada.password });
    await (await app.signedIn(ada)).auth.revokeSession.mutate({ id: session.id });
    const { accessToken: token = "", refreshToken = "" } = tokens ?? {};
    expect(await reasonFor(app.visitor().auth.refreshToken.mutate({ refreshToken }))).toBe("TOKEN_INVALID");
    expect(await reasonFor(app.visitor().auth.verifyToken.mutate({ token }))).toBe("TOKEN_INVALID");
  });

  test("I may end the one that I use, and its cookie is cleared", async () => {
    const ada = await app.addUser();
    const cookie = await cookieOf(app, ada);
    const text = await (await app.get("auth.session", { cookie })).text();
    const [, id] = /"session":\{"id":"([0-9a-f-]{36})"/.exec(text) ?? [];
    const answer = await app.post("auth.revokeSession", { id }, { cookie, origin });
    expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-keywright-session=;.*Max-Age=0/);
    expect((await app.get("user.me", { cookie })).status).toBe(401);
  });

  test.each(transports)("I end all others at once by %s, and am told how many there were", async (transport) => {
    const [ada, bob] = [await app.addUser(), await app.addUser()];
    const [mine, his] = [await app.signedIn(ada, { transport }), await app.signedIn(bob)];
    const others = [await app.signedIn(ada), await app.signedIn(ada, { transport: "bearer" })];
    expect(await mine.auth.revokeOtherSessions.mutate({})).toEqual({ revoked: 3 });
    expect(await mine.auth.revokeOtherSessions.mutate()).toEqual({ revoked: 0 });
    for (const other of others) expect(await reasonFor(other.user.me.query())).toBe("NOT_AUTHENTICATED");
    expect(await mine.auth.sessions.query()).toMatchObject([{ current: true }]);
    expect(await his.user.me.query()).toMatchObject({ email: bob.email });
  });
});

describe("sessions that are not mine to end", () => {
  test("I am told the same of somebody else's, an unknown and a made-up one", async () => {
    const [ada, bob] = [await app.addUser(), await app.addUser()];
    const [mine, his] = [await app.signedIn(ada), await app.signedIn(bob)];
    const texts: string[] = [];
    for (const id of [await idOf(his), unknownId, "1", "'; delete from sessions; --", "\u0000"]) {
      const answer = await app.post("auth.revokeSession", { id }, { cookie: await cookieOf(app, ada), origin });
      expect(answer.status).toBe(404);
      texts.push((await answer.text()).replace(/"requestId":"[^"]*"/, ""));
    }
    expect(new Set(texts).size).toBe(1);
    expect(await his.user.me.query()).toMatchObject({ email: bob.email });
    expect(await mine.user.me.query()).toMatchObject({ email: ada.email });
  });

  test("a visitor sees and ends nothing", async () => {
    const visitor = app.visitor();
    const calls = [
      () => visitor.auth.sessions.query(),
      () => visitor.auth.revokeSession.mutate({ id: unknownId }),
      () => visitor.auth.revokeOtherSessions.mutate({}),
    ];
    for (const call of calls) expect(await reasonFor(call())).toBe("NOT_AUTHENTICATED");
  });

  test("a session cannot be found by trying many ids in one request", async () => {
    const cookie = await cookieOf(app, await app.addUser());
    const call = { path: "auth.revokeSession", input: { id: unknownId } };
    expect(await reasonsInBatch(app, call, { cookie })).toEqual(["BATCH_NOT_ALLOWED", "BATCH_NOT_ALLOWED"]);
  });
});
