import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

async function setCookieOf(user: TestUser): Promise<string> {
  const { headers } = await app.post("auth.login", { email: user.email, password: user.password });
  return headers.getSetCookie()[0] ?? "";
}

async function phoneOf(user: TestUser) {
  const phone = app.visitor({ transport: "bearer" });
  const { tokens } = await phone.auth.login.mutate({ email: user.email, password: user.password });
  if (!tokens) throw new Error("A bearer sign-in has tokens.");
  return { phone, ...tokens };
}

describe("logging out", () => {
  test("a phone that logs out leaves no token that works, and no other device is affected", async () => {
    const ada = await app.addUser();
    const { phone, accessToken, refreshToken } = await phoneOf(ada);
    const tablet = await phoneOf(ada);
    expect(await phone.auth.logout.mutate()).toEqual({});
    expect((await app.get("user.me", { authorization: `Bearer ${accessToken}` })).status).toBe(401);
    for (const call of ["refreshToken", "revokeToken"] as const) {
      expect(reasonOf(await refusal(app.visitor().auth[call].mutate({ refreshToken })))).toBe("TOKEN_INVALID");
    }
    expect(await tablet.phone.user.me.query()).toMatchObject({ email: ada.email });
    const { refreshToken: kept } = tablet;
    expect((await app.visitor().auth.refreshToken.mutate({ refreshToken: kept })).refreshToken).toMatch(/^kwr_/);
  });

  test("a page that shows both a cookie and a token of one person ends both sessions (K16)", async () => {
    const ada = await app.addUser();
    const { accessToken, refreshToken } = await phoneOf(ada);
    const cookie = (await setCookieOf(ada)).split(";")[0] ?? "";
    const desk = await app.signedIn(ada);
    const headers = { cookie, authorization: `Bearer ${accessToken}`, origin: publicUrl };
    expect((await app.post("auth.logout", {}, headers)).status).toBe(200);
    expect((await app.get("user.me", { cookie })).status).toBe(401);
    expect(reasonOf(await refusal(app.visitor().auth.refreshToken.mutate({ refreshToken })))).toBe("TOKEN_INVALID");
    expect(await desk.user.me.query()).toMatchObject({ email: ada.email });
  });

  test("nor does a sign-in with both leave one behind (K16)", async () => {
    const ada = await app.addUser();
    const { accessToken } = await phoneOf(ada);
    const cookie = (await setCookieOf(ada)).split(";")[0] ?? "";
    const headers = { cookie, authorization: `Bearer ${accessToken}`, origin: publicUrl };
    await app.post("auth.login", { email: ada.email, password: ada.password }, headers);
    expect((await app.get("user.me", { cookie })).status).toBe(401);
    expect((await app.get("user.me", { authorization: `Bearer ${accessToken}` })).status).toBe(401);
  });

  test("the cookie is taken back with the attributes that it was set with", async () => {
    const set = await setCookieOf(await app.addUser());
    const headers = { cookie: set.split(";")[0] ?? "", origin: publicUrl };
    const [taken = ""] = (await app.post("auth.logout", {}, headers)).headers.getSetCookie();
    expect(attributesOf(taken)).toEqual(attributesOf(set));
    expect(taken).toMatch(/^__Host-keywright-session=;/);
    expect(taken).toContain("Max-Age=0");
  });

  test.each([
    ["no session", () => ({})],
    ["a cookie that was never ours", () => ({ cookie: "__Host-keywright-session=kws_nobody" })],
    ["two cookies", () => ({ cookie: "__Host-keywright-session=kws_a; __Host-keywright-session=kws_b" })],
  ])("a visitor with %s is signed out already (A32)", async (_what, headersOf) => {
    for (const input of [{}, { everywhere: true }, undefined]) {
      const headers = { ...headersOf(), origin: publicUrl };
      const answer = await app.post("auth.logout", input, headers);
      expect(await answer.json()).toEqual({ result: { data: { json: {} } } });
      const taken = answer.headers.getSetCookie().filter((cookie) => /^__Host-keywright-session=;/.test(cookie));
      expect(taken).toHaveLength("cookie" in headers ? 1 : 0);
    }
  });

  test.each([false, true])(
    "a browser whose session was ended elsewhere loses the cookie (A32), everywhere: %s",
    async (everywhere) => {
      const ada = await app.addUser();
      const cookie = (await setCookieOf(ada)).split(";")[0] ?? "";
      const other = await app.signedIn(ada);
      await other.auth.revokeOtherSessions.mutate();
      const answer = await app.post("auth.logout", { everywhere }, { cookie, origin: publicUrl });
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([
        200,
        [expect.stringMatching(/^__Host-keywright-session=;.*Max-Age=0/)],
      ]);
      // A dead session speaks for nobody.
      expect(await other.user.me.query()).toMatchObject({ email: ada.email });
    },
  );

  test.each([false, true])(
    "a phone whose session was ended elsewhere signs out (A32), everywhere: %s",
    async (everywhere) => {
      const ada = await app.addUser();
      const { phone, accessToken } = await phoneOf(ada);
      const other = await app.signedIn(ada);
      await other.auth.revokeOtherSessions.mutate();
      expect((await app.post("auth.logout", { everywhere }, { authorization: `Bearer ${accessToken}` })).status).toBe(
        200,
      );
      expect(await phone.auth.logout.mutate({ everywhere })).toEqual({});
      expect(await phone.auth.logout.mutate()).toEqual({});
      expect(await other.user.me.query()).toMatchObject({ email: ada.email });
    },
  );

  test("a phone whose access token has expired is asked for another (A32): its session is alive", async () => {
    const { phone, accessToken, refreshToken } = await phoneOf(await app.addUser());
    app.travel(6 * 60_000);
    const answer = await app.post("auth.logout", {}, { authorization: `Bearer ${accessToken}` });
    expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining("NOT_AUTHENTICATED")]);
    expect(await phone.auth.logout.mutate()).toEqual({});
    expect(reasonOf(await refusal(app.visitor().auth.refreshToken.mutate({ refreshToken })))).toBe("TOKEN_INVALID");
  });

  test("a phone that was away for longer than its session signs out (A32)", async () => {
    const { phone } = await phoneOf(await app.addUser());
    app.travel(91 * 24 * 3_600_000);
    expect(await phone.auth.logout.mutate()).toEqual({});
  });

  test("a caller with a cookie and an access token ends both sessions (K16), whoever they belong to", async () => {
    const [ada, bob] = [await app.addUser(), await app.addUser()];
    for (const owner of [ada, bob]) {
      const cookie = (await setCookieOf(ada)).split(";")[0] ?? "";
      const { accessToken } = await phoneOf(owner);
      const authorization = `Bearer ${accessToken}`;
      const answer = await app.post("auth.logout", {}, { cookie, authorization, origin: publicUrl });
      expect([answer.status, answer.headers.getSetCookie().length]).toEqual([200, 1]);
      for (const headers of [{ cookie }, { authorization }]) {
        expect((await app.get("user.me", headers)).status).toBe(401);
      }
    }
  });

  test("a cookie's session ends beside an access token whose own is over (A32), and not beside one that can be renewed", async () => {
    const ada = await app.addUser();
    const { accessToken, refreshToken } = await phoneOf(ada);
    app.travel(6 * 60_000);
    const cookie = (await setCookieOf(ada)).split(";")[0] ?? "";
    const logout = () =>
      app.post("auth.logout", {}, { cookie, authorization: `Bearer ${accessToken}`, origin: publicUrl });
    expect((await logout()).status).toBe(401);
    expect((await app.get("user.me", { cookie })).status).toBe(200);
    await app.visitor().auth.revokeToken.mutate({ refreshToken });
    expect((await logout()).status).toBe(200);
    expect((await app.get("user.me", { cookie })).status).toBe(401);
  });

  test("a visitor's costs nothing (A32), and that of a dead session one look-up", async () => {
    const visitors = await app.costOf(() => app.post("auth.logout", {}, { origin: publicUrl }));
    expect(visitors.statements).toEqual([]);
    const cookie = "__Host-keywright-session=kws_nobody";
    const dead = await app.costOf(() => app.post("auth.logout", {}, { cookie, origin: publicUrl }));
    expect(dead.statements).toHaveLength(1);
  });

  test("a link that somebody follows signs nobody out", async () => {
    const cookie = (await setCookieOf(await app.addUser())).split(";")[0] ?? "";
    const response = await app.get("auth.logout", { cookie });
    expect(response.status).toBe(405);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect((await app.get("user.me", { cookie })).status).toBe(200);
  });
});

/** All but the value and its age. */
function attributesOf(cookie: string): string[] {
  const [, ...attributes] = cookie.split("; ");
  return attributes.filter((attribute) => !/^(?:max-age|expires)=/i.test(attribute)).sort();
}
