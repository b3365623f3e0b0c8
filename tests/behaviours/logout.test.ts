import { fieldErrorsOf, type KeywrightClient, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { refusalIn, resultIn } from "../support/answers.js";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const origin = publicUrl;

async function browserOf(user: TestUser): Promise<string> {
  const response = await app.post("auth.login", { email: user.email, password: user.password });
  const cookies = response.headers.getSetCookie();
  return cookies.find((cookie) => cookie.startsWith("__Host-keywright-session="))?.split(";")[0] ?? "";
}

async function phoneOf(user: TestUser) {
  const phone = app.visitor({ transport: "bearer" });
  const { tokens, session } = await phone.auth.login.mutate({ email: user.email, password: user.password });
  if (!tokens) throw new Error("A bearer sign-in has tokens.");
  return { phone, session, ...tokens };
}

const isOpen = async (headers: Record<string, string>) => (await app.get("user.me", headers)).status === 200;
const revoke = (refreshToken: string) => app.visitor().auth.revokeToken.mutate({ refreshToken });
const refresh = (refreshToken: string) => app.visitor().auth.refreshToken.mutate({ refreshToken });

async function rowsOf({ email }: TestUser): Promise<unknown> {
  const [row] = await app.sql(`select count(distinct s.id)::int as sessions, count(r.session_id)::int as tokens
    from keywright.sessions s join keywright.users u on u.id = s.user_id left join keywright.refresh_tokens r on r.session_id = s.id
    where u.email_key = '${email}'`);
  return row;
}

describe("a logout", () => {
  test.each(["cookie", "bearer"] as const)(
    "a user on the %s transport ends the session, and nothing of it is left",
    async (transport) => {
      const ada = await app.addUser();
      await app.sql(
        `delete from keywright.sessions where user_id = (select id from keywright.users where email_key = '${ada.email}')`,
      );
      const device = await app.signedIn(ada, { transport });
      expect(await rowsOf(ada)).toEqual({ sessions: 1, tokens: transport === "bearer" ? 1 : 0 });
      expect(await device.auth.logout.mutate()).toEqual({});
      expect(await device.auth.session.query()).toBeNull();
      expect(await rowsOf(ada)).toEqual({ sessions: 0, tokens: 0 });
    },
  );

  test("a visitor who is not signed in, or not any more, is signed out already", async () => {
    const device = await app.signedIn(await app.addUser());
    await device.auth.logout.mutate();
    const callers: KeywrightClient[] = [app.visitor(), app.visitor({ transport: "bearer" }), device];
    for (const caller of callers) expect(await caller.auth.logout.mutate()).toEqual({});
    expect((await app.post("auth.logout", {})).status).toBe(200);
  });

  test("a user keeps the tokens of other devices unless all are to go", async () => {
    const ada = await app.addUser();
    const [first, second, third] = [await phoneOf(ada), await phoneOf(ada), await phoneOf(ada)];
    await first.phone.auth.logout.mutate();
    const renewed = await refresh(second.refreshToken);
    await third.phone.auth.logout.mutate({ everywhere: true });
    for (const token of [first.refreshToken, renewed.refreshToken, third.refreshToken]) {
      expect(reasonOf(await refusal(refresh(token)))).toBe("TOKEN_INVALID");
    }
  });

  test("a link or an image logs nobody out: a GET is refused", async () => {
    const cookie = await browserOf(await app.addUser());
    for (const path of ["auth.logout", "auth.logout?input=%7B%7D", "auth.logout?batch=1"]) {
      for (const headers of [{ cookie }, { cookie, origin }, { cookie, "sec-fetch-site": "same-origin" }]) {
        expect((await app.get(path, headers)).status, path).toBe(405);
      }
    }
    expect(await isOpen({ cookie })).toBe(true);
  });

  test.each([{}, { everywhere: false }, { everywhere: true }])("a user logs out with the input %j", async (input) => {
    const cookie = await browserOf(await app.addUser());
    const response = await app.post("auth.logout", input, { cookie, origin });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ result: { data: { json: {} } } });
    expect(await isOpen({ cookie })).toBe(false);
  });

  test("a browser is left with no cookie that opens or renews anything", async () => {
    const ada = await app.addUser();
    const login = await app.post("auth.login", { email: ada.email, password: ada.password });
    const given = login.headers.getSetCookie().map((cookie) => cookie.split(";")[0] ?? "");
    const response = await app.post("auth.logout", {}, { cookie: given.join("; "), origin });
    const taken = response.headers.getSetCookie();
    expect(taken).toEqual([expect.stringMatching(/^__Host-keywright-session=;.*Max-Age=0/)]);
    expect(given).toHaveLength(2);
    for (const cookie of given) {
      const value = cookie.slice(cookie.indexOf("=") + 1);
      expect(await isOpen({ cookie })).toBe(false);
      expect(await isOpen({ cookie: `__Host-keywright-session=${value}` })).toBe(false);
      expect(reasonOf(await refusal(refresh(value)))).toBe("TOKEN_INVALID");
    }
  });

  test.each([
    '{"json":"x"}',
    '{"json":[]}',
    '{"json":{"everywhere":"yes"}}',
    '{"json":{"token":"x"}}',
    '"x"',
    "[]",
    "{",
  ])("a user who sends %s with it is refused and stays signed in", async (body) => {
    const cookie = await browserOf(await app.addUser());
    const headers = { "content-type": "application/json", cookie, origin };
    const request = new Request(`${publicUrl}/trpc/auth.logout`, { method: "POST", headers, body });
    const response = await app.handle(request, "127.0.0.1");
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('"reason":"VALIDATION"');
    expect(await isOpen({ cookie })).toBe(true);
  });
});

describe("revoking a token", () => {
  test.each(["nobody", "a signed-in user"])("%s who names no token is told that it is missing", async (caller) => {
    const ada = await app.addUser();
    const cookie = caller === "nobody" ? {} : { cookie: await browserOf(ada), origin };
    const response = await app.post("auth.revokeToken", {}, cookie);
    expect(response.status).toBe(400);
    const { data } = await refusalIn(response);
    expect(data).toMatchObject({ reason: "VALIDATION", fields: { refreshToken: [{ reason: "REQUIRED" }] } });
    if ("cookie" in cookie) expect(await isOpen(cookie)).toBe(true);
  });

  test.each(["rubbish", `kwr_${"A".repeat(43)}`, "eyJhbGciOiJub25lIn0.e30.", "a\u00e9b"])(
    "whoever shows %s is refused",
    async (token) => {
      expect(reasonOf(await refusal(revoke(token)))).toBe("TOKEN_INVALID");
    },
  );

  test.each([
    ["text"],
    [1],
    [true],
    [null],
    [["kwr_x"]],
    [{ refreshToken: ["kwr_x"] }],
    [{ refreshToken: { hash: "" } }],
  ])("whoever sends %j instead of an object with a token is refused, and nothing breaks", async (input) => {
    const response = await app.post("auth.revokeToken", input);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('"reason":"VALIDATION"');
  });

  test("whoever has a live token revokes it once, and is refused the second time", async () => {
    const { refreshToken } = await phoneOf(await app.addUser());
    expect((await app.post("auth.revokeToken", { refreshToken })).status).toBe(200);
    expect((await app.post("auth.revokeToken", { refreshToken })).status).toBe(400);
    expect(reasonOf(await refusal(revoke(refreshToken)))).toBe("TOKEN_INVALID");
  });
});

describe("a session that is over", () => {
  test("a user who ends the current session from the list is nobody at once and from then on", async () => {
    const ada = await app.addUser();
    const cookie = await browserOf(ada);
    const current = await resultIn(await app.get("auth.session", { cookie }));
    const { id } = z.object({ session: z.object({ id: z.string() }) }).parse(current).session;
    const response = await app.post("auth.revokeSession", { id }, { cookie, origin });
    expect(response.headers.getSetCookie().join()).toMatch(/^__Host-keywright-session=;.*Max-Age=0/);
    for (const _time of [1, 2]) expect((await app.get("user.me", { cookie })).status).toBe(401);
    const browser = await app.signedIn(ada);
    const live = await browser.auth.session.query();
    await browser.auth.revokeSession.mutate({ id: live?.session.id ?? "" });
    for (const _time of [1, 2]) expect(reasonOf(await refusal(browser.user.me.query()))).toBe("NOT_AUTHENTICATED");
  });

  test("a caller with an app token that is unknown or over is nobody, even with a live cookie beside it", async () => {
    const ada = await app.addUser();
    const cookie = await browserOf(ada);
    const { accessToken, phone } = await phoneOf(ada);
    await phone.auth.logout.mutate();
    for (const token of ["rubbish", `kws_${"A".repeat(43)}`, `${accessToken}x`, accessToken]) {
      expect(await isOpen({ cookie, authorization: `Bearer ${token}` }), token).toBe(false);
    }
    expect(await isOpen({ cookie })).toBe(true);
  });

  test("a phone whose session was ended elsewhere cannot renew it", async () => {
    const ada = await app.addUser();
    const { refreshToken, session } = await phoneOf(ada);
    await (await app.signedIn(ada)).auth.revokeSession.mutate({ id: session.id });
    const error = await refusal(refresh(refreshToken));
    expect(reasonOf(error)).toBe("TOKEN_INVALID");
    expect(fieldErrorsOf(error)).toEqual({});
  });

  test("a phone's access token dies with its session, long before it expires", async () => {
    const { phone, accessToken, accessExpiresAt } = await phoneOf(await app.addUser());
    expect(await isOpen({ authorization: `Bearer ${accessToken}` })).toBe(true);
    await phone.auth.logout.mutate();
    expect(accessExpiresAt.getTime() - app.keywright.deps.now().getTime()).toBeGreaterThan(60_000);
    expect(await isOpen({ authorization: `Bearer ${accessToken}` })).toBe(false);
  });
});
