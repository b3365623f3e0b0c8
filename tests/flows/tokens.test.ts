import { reasonOf } from "@keywright/client";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const minuteMs = 60_000;
const dayMs = 86_400_000;

async function tokensOfNewPhone() {
  const ada = await app.addUser();
  const phone = app.visitor({ transport: "bearer" });
  const { tokens, session } = await phone.auth.login.mutate({ email: ada.email, password: ada.password });
  if (!tokens) throw new Error("A bearer sign-in has tokens.");
  return { ada, session, ...tokens };
}

const refresh = (refreshToken: string) => app.visitor().auth.refreshToken.mutate({ refreshToken });
const bearer = (accessToken: string) => app.get("user.me", { authorization: `Bearer ${accessToken}` });

describe("access tokens", () => {
  test("a phone shows its access token and is who it is", async () => {
    const { accessToken, accessExpiresAt, ada } = await tokensOfNewPhone();
    const response = await bearer(accessToken);
    expect(await response.json()).toMatchObject({ result: { data: { json: { email: ada.email } } } });
    expect(accessExpiresAt.getTime() - app.keywright.deps.now().getTime()).toBeLessThanOrEqual(5 * minuteMs);
  });

  test("a service checks a token with the published key", async () => {
    const { accessToken, session } = await tokensOfNewPhone();
    const { kid, alg } = decodeProtectedHeader(accessToken);
    expect(alg).toBe("EdDSA");
    expect(app.keywright.jwks().keys).toEqual([
      expect.objectContaining({ kid, kty: "OKP", crv: "Ed25519", use: "sig" }),
    ]);
    expect(JSON.stringify(app.keywright.jwks())).not.toContain('"d"');
    expect(decodeJwt(accessToken)).toMatchObject({ sid: session.id, iss: "https://localhost:3000" });
  });

  test("a token is told what it is, until its time or its session is over", async () => {
    const { accessToken, refreshToken, session, ada } = await tokensOfNewPhone();
    const verify = (token: string) => app.visitor().auth.verifyToken.mutate({ token });
    expect(await verify(accessToken)).toMatchObject({ kind: "access", sessionId: session.id });
    for (const token of [refreshToken, `${accessToken}x`, "rubbish", `${accessToken.slice(0, -4)}AAAA`]) {
      expect(reasonOf(await refusal(verify(token)))).toBe("TOKEN_INVALID");
    }
    app.travel(5 * minuteMs + 1000);
    expect(reasonOf(await refusal(verify(accessToken)))).toBe("TOKEN_EXPIRED");
    expect((await bearer(accessToken)).status).toBe(401);
    const { accessToken: fresh } = await refresh(refreshToken);
    await (await app.signedIn(ada)).auth.logout.mutate({ everywhere: true });
    expect(reasonOf(await refusal(verify(fresh)))).toBe("TOKEN_INVALID");
  });

  test("a token that another secret signed is refused, and one of the previous secret is not", async () => {
    const { accessToken } = await tokensOfNewPhone();
    const secret = "another secret for tests, long enough";
    const stranger = await createTestApp({ secret }, app.database);
    const successor = await createTestApp({ secret, previousSecret: app.secret }, app.database);
    const headers = { authorization: `Bearer ${accessToken}` };
    expect((await stranger.get("user.me", headers)).status).toBe(401);
    expect((await successor.get("user.me", headers)).status).toBe(200);
    await stranger.close();
    await successor.close();
  });

  test.each([
    "",
    "Bearer",
    "Bearer ",
    "Bearer %",
    "Bearer a b",
    `Bearer ${"x".repeat(5000)}`,
    "Basic YTpi",
    "bearer x",
  ])("a caller with the header %j is nobody, and nothing breaks", async (authorization) => {
    expect([401, 400]).toContain((await app.get("user.me", { authorization })).status);
  });

  test("a cookie and an access token of two people are refused", async () => {
    const { accessToken } = await tokensOfNewPhone();
    const grace = await app.addUser();
    const { headers } = await app.post("auth.login", { email: grace.email, password: grace.password });
    const cookie = headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const both = { cookie, authorization: `Bearer ${accessToken}` };
    expect((await app.get("user.me", { cookie })).status).toBe(200);
    expect((await app.get("user.me", both)).status).toBe(401);
    expect((await app.get("user.me", { cookie: `${cookie}; ${cookie}` })).status).toBe(401);
  });
});

describe("refresh tokens", () => {
  test("a phone refreshes, and its old token is good for a retry only", async () => {
    const { refreshToken, refreshExpiresAt } = await tokensOfNewPhone();
    const second = await refresh(refreshToken);
    expect(second.refreshToken).not.toBe(refreshToken);
    expect(second.refreshExpiresAt).toEqual(refreshExpiresAt);
    expect((await bearer(second.accessToken)).status).toBe(200);
    expect((await refresh(refreshToken)).refreshToken).toBe(second.refreshToken);
  });

  test("a token whose successor was used is a stolen one: the whole chain ends", async () => {
    const { refreshToken } = await tokensOfNewPhone();
    const second = await refresh(refreshToken);
    const third = await refresh(second.refreshToken);
    expect(reasonOf(await refusal(refresh(refreshToken)))).toBe("TOKEN_INVALID");
    expect(reasonOf(await refusal(refresh(third.refreshToken)))).toBe("TOKEN_INVALID");
    expect((await bearer(third.accessToken)).status).toBe(401);
    expect(await app.sql("select kind from keywright.audit_events where kind = 'refresh.reused'")).toHaveLength(1);
  });

  test("a token is not retried after the grace period", async () => {
    const { refreshToken } = await tokensOfNewPhone();
    const second = await refresh(refreshToken);
    app.travel(dayMs + 1000);
    expect(reasonOf(await refusal(refresh(refreshToken)))).toBe("TOKEN_INVALID");
    expect(reasonOf(await refusal(refresh(second.refreshToken)))).toBe("TOKEN_INVALID");
  });

  test("another device of the same user is not affected", async () => {
    const { ada, refreshToken } = await tokensOfNewPhone();
    const tablet = await app.signedIn(ada, { transport: "bearer" });
    await refresh((await refresh(refreshToken)).refreshToken);
    await refusal(refresh(refreshToken));
    expect(await tablet.user.me.query()).toMatchObject({ email: ada.email });
  });

  test("a chain ends after ninety days, however fresh its last link", async () => {
    let { refreshToken } = await tokensOfNewPhone();
    for (let day = 0; day < 89; day += 10) {
      app.travel(9.9 * dayMs);
      ({ refreshToken } = await refresh(refreshToken));
    }
    app.travel(dayMs);
    expect(reasonOf(await refusal(refresh(refreshToken)))).toMatch(/^TOKEN_(EXPIRED|INVALID)$/);
  });

  test("a phone that is away for a month signs in again, and one that is used does not (K18)", async () => {
    const [idle, used] = [await tokensOfNewPhone(), await tokensOfNewPhone()];
    expect(idle.refreshExpiresAt.getTime() - app.keywright.deps.now().getTime()).toBeLessThanOrEqual(30 * dayMs);
    app.travel(29 * dayMs);
    const { refreshToken, refreshExpiresAt } = await refresh(used.refreshToken);
    expect(refreshExpiresAt.getTime() - app.keywright.deps.now().getTime()).toBeGreaterThan(29 * dayMs);
    app.travel(dayMs + 1000);
    expect(reasonOf(await refusal(refresh(idle.refreshToken)))).toBe("TOKEN_EXPIRED");
    await refresh(refreshToken);
  });

  test("whoever has a refresh token revokes it", async () => {
    const { refreshToken, accessToken } = await tokensOfNewPhone();
    const { revokedAt } = await app.visitor().auth.revokeToken.mutate({ refreshToken });
    expect(revokedAt).toBeInstanceOf(Date);
    expect((await bearer(accessToken)).status).toBe(401);
    expect(reasonOf(await refusal(refresh(refreshToken)))).toBe("TOKEN_INVALID");
    expect(reasonOf(await refusal(app.visitor().auth.revokeToken.mutate({ refreshToken })))).toBe("TOKEN_INVALID");
  });

  test("a retry gets the same successor across a change of the secret", async () => {
    const { refreshToken } = await tokensOfNewPhone();
    const second = await refresh(refreshToken);
    const secret = "another secret for tests, long enough";
    const next = await createTestApp({ secret, previousSecret: app.secret }, app.database);
    next.travel(app.offsetMs());
    const again = await next.visitor().auth.refreshToken.mutate({ refreshToken });
    expect(again.refreshToken).toBe(second.refreshToken);
    await next.close();
  });

  test("a cookie's token does not refresh, and a refresh token is no cookie", async () => {
    const { refreshToken } = await tokensOfNewPhone();
    const cookie = `__Host-keywright-session=${refreshToken}`;
    expect((await app.get("user.me", { cookie })).status).toBe(401);
    expect((await bearer(refreshToken)).status).toBe(401);
    const grace = await app.addUser();
    const { headers } = await app.post("auth.login", { email: grace.email, password: grace.password });
    const token = headers.getSetCookie()[0]?.match(/kws_[\w-]+/)?.[0] ?? "";
    expect(reasonOf(await refusal(refresh(token)))).toBe("TOKEN_INVALID");
    expect((await bearer(token)).status).toBe(401);
  });
});
