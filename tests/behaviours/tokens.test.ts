import { createHash } from "node:crypto";
import { reasonOf } from "@keywright/client";
import { decodeJwt, decodeProtectedHeader, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusalIn, tokensIn } from "../support/answers.js";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const dayMs = 86_400_000;

async function phoneOf(user: TestUser) {
  const phone = app.visitor({ transport: "bearer" });
  const { tokens, session } = await phone.auth.login.mutate({ email: user.email, password: user.password });
  if (!tokens) throw new Error("A bearer sign-in has tokens.");
  return { phone, session, ...tokens };
}

async function browserOf(user: TestUser): Promise<string> {
  const response = await app.post("auth.login", { email: user.email, password: user.password });
  const cookies = response.headers.getSetCookie();
  return cookies.find((cookie) => cookie.startsWith("__Host-keywright-session="))?.split(";")[0] ?? "";
}

const refresh = (refreshToken: string) => app.visitor().auth.refreshToken.mutate({ refreshToken });
const revoke = (refreshToken: string) => app.visitor().auth.revokeToken.mutate({ refreshToken });
const bearer = async (token: string, scheme = "Bearer") =>
  (await app.get("user.me", { authorization: `${scheme} ${token}` })).status;

describe("renewing", () => {
  test.each(["rubbish", "kwr_", `kwr_${"A".repeat(43)}`, `kwr_${"A".repeat(90)}B`, "a.b.c", "\u00e9"])(
    "whoever shows %j gets nothing",
    async (token) => {
      for (const act of [refresh, revoke]) {
        const cost = await app.costOf(async () => {
          expect(reasonOf(await refusal(act(token)))).toBe("TOKEN_INVALID");
        });
        expect(cost.statements).toEqual([]);
      }
    },
  );

  test("whoever makes up a token in our form gets nothing, for one statement", async () => {
    const { session, refreshToken } = await phoneOf(await app.addUser());
    for (const end of [16, 52]) {
      const bytes = Buffer.from(refreshToken.slice(4), "base64url").fill(0, end - 16, end);
      const token = `kwr_${bytes.toString("base64url")}`;
      for (const act of [refresh, revoke]) {
        const cost = await app.costOf(async () => {
          expect(reasonOf(await refusal(act(token)))).toBe("TOKEN_INVALID");
        });
        expect(cost.statements).toHaveLength(1);
      }
    }
    expect(await app.sql(`select id from keywright.sessions where id = '${session.id}'`)).toHaveLength(1);
    expect((await refresh(refreshToken)).refreshToken).not.toBe(refreshToken);
  });

  test("a phone that was away for longer than its refresh token lives has to sign in again", async () => {
    const { refreshToken, refreshExpiresAt } = await phoneOf(await app.addUser());
    const leftMs = refreshExpiresAt.getTime() - app.keywright.deps.now().getTime();
    app.travel(leftMs - 60_000);
    const renewed = await tokensIn(await app.post("auth.refreshToken", { refreshToken }));
    app.travel(60_000 + 1000);
    expect(await refresh(renewed.refreshToken)).toBeDefined();
    const again = await phoneOf(await app.addUser());
    app.travel(again.refreshExpiresAt.getTime() - app.keywright.deps.now().getTime() + 1000);
    expect(reasonOf(await refusal(refresh(again.refreshToken)))).toBe("TOKEN_EXPIRED");
    expect(await bearer(again.accessToken)).toBe(401);
  });

  test("a phone gets a new access token, a new refresh token and both expiries, and no cookie", async () => {
    const { refreshToken, accessToken, refreshExpiresAt } = await phoneOf(await app.addUser());
    app.travel(60_000);
    const response = await app.post("auth.refreshToken", { refreshToken });
    const renewed = await tokensIn(response);
    expect(renewed.accessToken).not.toBe(accessToken);
    expect(renewed.refreshToken).toMatch(/^kwr_[\w-]{91}$/);
    expect(renewed.refreshToken).not.toBe(refreshToken);
    expect(renewed.accessExpiresAt).toBe(new Date((decodeJwt(renewed.accessToken).exp ?? 0) * 1000).toISOString());
    expect(renewed.refreshExpiresAt).toBe(refreshExpiresAt.toISOString());
    expect(await bearer(renewed.accessToken)).toBe(200);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test("a caller's cookie renews nothing: only the token that the call names counts", async () => {
    const [ada, bob] = [await app.addUser(), await app.addUser()];
    const headers = { cookie: await browserOf(ada), origin: publicUrl };
    const without = await app.post("auth.refreshToken", {}, headers);
    expect(without.status).toBe(400);
    expect(await without.text()).not.toMatch(/kwr_|eyJ/);
    const phone = await phoneOf(bob);
    const renewed = await tokensIn(await app.post("auth.refreshToken", { refreshToken: phone.refreshToken }, headers));
    expect(decodeJwt(renewed.accessToken).sid).toBe(phone.session.id);
  });

  test("a caller with neither token nor cookie is told what is missing", async () => {
    const response = await app.post("auth.refreshToken", {});
    expect(response.status).toBe(400);
    const { data } = await refusalIn(response);
    expect(data).toMatchObject({ reason: "VALIDATION", fields: { refreshToken: [{ reason: "REQUIRED" }] } });
  });
});

describe("revoking", () => {
  test("whoever revokes a token learns when, and the token is no longer stored", async () => {
    const { refreshToken } = await phoneOf(await app.addUser());
    const hash = createHash("sha256").update(refreshToken).digest("hex");
    const stored = () => app.sql(`select session_id from keywright.refresh_tokens where current_hash = '\\x${hash}'`);
    expect(await stored()).toHaveLength(1);
    const before = app.keywright.deps.now().getTime();
    const { revokedAt } = await revoke(refreshToken);
    expect(revokedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(revokedAt.getTime()).toBeLessThanOrEqual(app.keywright.deps.now().getTime());
    expect(await stored()).toEqual([]);
  });

  test("whoever revokes an unknown or a revoked token is refused alike", async () => {
    const { refreshToken } = await phoneOf(await app.addUser());
    await revoke(refreshToken);
    const answers = [refreshToken, `kwr_${"A".repeat(91)}`].map(async (token) => {
      const response = await app.post("auth.revokeToken", { refreshToken: token });
      return [response.status, (await response.text()).replace(/"requestId":"[^"]*"/, "")];
    });
    const [revoked, unknown] = await Promise.all(answers);
    expect(revoked).toEqual(unknown);
    expect(String(revoked)).toContain("TOKEN_INVALID");
  });
});

describe("where a token is looked for", () => {
  test("a caller with a token is its user, one without is nobody, in a batch as alone", async () => {
    const ada = await app.addUser();
    const { accessToken } = await phoneOf(ada);
    for (const path of ["auth.session", "auth.session,auth.session?batch=1"]) {
      const own = await app.get(path, { authorization: `Bearer ${accessToken}` });
      expect(await own.text()).toContain(`"email":"${ada.email}"`);
      const anonymous = await (await app.get(path)).json();
      expect([anonymous].flat()).toEqual([anonymous].flat().map(() => ({ result: { data: { json: null } } })));
    }
  });

  test.each(["Token", "JWT", "Basic", "DPoP", "Session", ""])(
    "a token under the scheme %j is nobody's",
    async (scheme) => {
      const { accessToken } = await phoneOf(await app.addUser());
      expect(await bearer(accessToken)).toBe(200);
      expect(await bearer(accessToken, scheme)).toBe(401);
    },
  );

  test("a token in an address, a body, a cookie or another header is not found", async () => {
    const { accessToken } = await phoneOf(await app.addUser());
    for (const name of ["token", "access_token", "authorization", "jwt"]) {
      expect((await app.get(`user.me?${name}=${accessToken}`)).status, name).toBe(401);
      expect((await app.get("user.me", { cookie: `${name}=${accessToken}` })).status, name).toBe(401);
    }
    for (const name of ["x-access-token", "x-authorization", "token", "x-session-token"]) {
      expect((await app.get("user.me", { [name]: `Bearer ${accessToken}` })).status, name).toBe(401);
    }
    expect((await app.get("user.me", { cookie: `__Host-keywright-session=${accessToken}` })).status).toBe(401);
    expect((await app.post("auth.revokeOtherSessions", { accessToken, token: accessToken })).status).toBe(401);
    expect(await bearer(accessToken)).toBe(200);
  });
});

describe("what a token is signed with", () => {
  test("a token is good wherever the secret is the same, and the secret itself signs none", async () => {
    const { accessToken } = await phoneOf(await app.addUser());
    const twin = await createTestApp({}, app.database);
    twin.travel(app.offsetMs());
    expect((await twin.get("user.me", { authorization: `Bearer ${accessToken}` })).status).toBe(200);
    await twin.close();
    const { kid } = decodeProtectedHeader(accessToken);
    for (const alg of ["HS256", "HS384", "HS512"]) {
      const forged = await new SignJWT(decodeJwt(accessToken))
        .setProtectedHeader({ alg, typ: "at+jwt", ...(kid === undefined ? {} : { kid }) })
        .sign(new TextEncoder().encode(app.secret));
      expect(await bearer(forged), alg).toBe(401);
    }
  });

  test("a token that says that it is not signed opens nothing", async () => {
    const { accessToken } = await phoneOf(await app.addUser());
    const [, claims = ""] = accessToken.split(".");
    const header = Buffer.from(JSON.stringify({ ...decodeProtectedHeader(accessToken), alg: "none" })).toString(
      "base64url",
    );
    for (const forged of [`${header}.${claims}.`, `${header}.${claims}`]) expect(await bearer(forged)).toBe(401);
    app.travel(dayMs);
    expect(await bearer(accessToken)).toBe(401);
  });
});
