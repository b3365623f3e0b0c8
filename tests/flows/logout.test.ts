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

  test("a visitor who is not signed in is told so", async () => {
    expect(reasonOf(await refusal(app.visitor().auth.logout.mutate()))).toBe("NOT_AUTHENTICATED");
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
