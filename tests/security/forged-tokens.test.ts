import { createPrivateKey } from "node:crypto";
import { opaqueTokens } from "@keywright/api";
import { decodeJwt, decodeProtectedHeader, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deriveKeys } from "../../packages/api/src/keys.js";
import { seal } from "../../packages/api/src/sealing.js";
import { validateSession } from "../../packages/api/src/sessions/sessions.js";
import { createTestApp, type TestApp } from "../support/app.js";

const leaked = "Wb2vNq8sLk3xJd6mTz1cRf7hPy4gUe9oAi5tXw0nQjE=";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ previousSecret: leaked });
});
afterAll(() => app.close());

async function newPhone() {
  const ada = await app.addUser();
  const phone = app.visitor({ transport: "bearer" });
  const { tokens, session, user } = await phone.auth.login.mutate({ email: ada.email, password: ada.password });
  return { ada, session, user, accessToken: tokens?.accessToken ?? "" };
}

const statusOf = async (token: string, instance = app) =>
  (await instance.get("user.me", { authorization: `Bearer ${token}` })).status;

describe("somebody with a secret that has leaked, and is still the previous one", () => {
  const year9999 = Date.UTC(9999, 0) / 1000;

  async function forge(claims: { iat: number; exp: number; sub: string; sid: string }) {
    const { current } = await deriveKeys(leaked);
    const { keys } = app.keywright.jwks();
    const kid = String(Object.entries(keys[1] ?? {}).find(([name]) => name === "kid")?.[1]);
    const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), current.accessSeed]);
    const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
    return await new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid }).sign(key);
  }

  test("makes no token that outlives the ones that a server makes (K3)", async () => {
    const { session, user } = await newPhone();
    const now = Math.floor(app.keywright.deps.now().getTime() / 1000);
    const whose = { sub: user.id, sid: session.id };
    expect(await statusOf(await forge({ ...whose, iat: now, exp: now + 300 }))).toBe(200);
    expect(await statusOf(await forge({ ...whose, iat: now, exp: now + 301 }))).toBe(401);
    expect(await statusOf(await forge({ ...whose, iat: now, exp: year9999 }))).toBe(401);
    expect(await statusOf(await forge({ ...whose, iat: year9999 - 300, exp: year9999 }))).toBe(401);
  });

  test("nor an opaque one (K3)", async () => {
    const opaque = await createTestApp({ previousSecret: leaked, tokenManager: opaqueTokens() }, app.database);
    const { session, user } = await newPhone();
    const { current } = await deriveKeys(leaked);
    const now = Math.floor(app.keywright.deps.now().getTime() / 1000);
    const forged = (exp: number, iat = now) => {
      const claims = JSON.stringify({ sub: user.id, sid: session.id, iat, exp });
      return `kwa_${Buffer.from(seal(current.accessSealKey, claims)).toString("base64url")}`;
    };
    expect(await statusOf(forged(now + 290), opaque)).toBe(200);
    expect(await statusOf(forged(year9999), opaque)).toBe(401);
    expect(await statusOf(forged(year9999, year9999 - 300), opaque)).toBe(401);
    await opaque.close();
  });
});

describe("a caller with an access token", () => {
  test("has one spelling of it, also once that has been verified (K13)", async () => {
    const { accessToken } = await newPhone();
    expect(await statusOf(accessToken)).toBe(200);
    const [header = "", payload = "", signature = ""] = accessToken.split(".");
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(signature.slice(-1));
    const twins = [1, 2, 3].map((bit) => `${signature.slice(0, -1)}${alphabet[last ^ bit]}`);
    const spelled = [`${signature}==`, `${signature}=`, `${signature.slice(0, 9)}%0A${signature.slice(9)}`, ...twins];
    for (const other of spelled) expect(await statusOf(`${header}.${payload}.${other}`)).toBe(401);
    for (const other of [`${header}=.${payload}.${signature}`, `${header}.${payload}=.${signature}`]) {
      expect(await statusOf(other)).toBe(401);
    }
    const { tokenManager } = app.keywright.deps;
    for (const other of [
      ` ${accessToken}`,
      `${accessToken} `,
      `${header}. ${payload}.${signature}`,
      `${accessToken}\n`,
    ]) {
      expect(await tokenManager.verify(app.keywright.deps, other)).toBeNull();
    }
    expect(await statusOf(accessToken)).toBe(200);
  });

  test("finds in it all that RFC 9068 requires, and never the same identifier twice (K14)", async () => {
    const [one, other] = [await newPhone(), await newPhone()].map(({ accessToken }) => accessToken);
    expect(decodeProtectedHeader(one ?? "").typ).toBe("at+jwt");
    const claims = decodeJwt(one ?? "");
    for (const name of ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]) expect(claims).toHaveProperty(name);
    expect(decodeJwt(other ?? "").jti).not.toBe(claims.jti);
  });

  test("is nobody if it names a cookie's session, or a session of somebody else (K15)", async () => {
    const { ada, session } = await newPhone();
    const [mallory, desk] = [await newPhone(), await app.signedIn(ada)];
    const { deps } = app.keywright;
    const own = { ...(await liveOf(session.id)) };
    const another = await liveOf(mallory.session.id);
    const byCookie = await liveOf((await desk.auth.session.query())?.session.id ?? "");
    for (const subject of [
      { user: another.user, session: own.session },
      { user: another.user, session: byCookie.session },
      { user: byCookie.user, session: byCookie.session },
    ]) {
      await app.sql(`delete from keywright.refresh_tokens where session_id = '${subject.session.id}'`);
      const issued = await deps.tokenManager.issue(deps, subject);
      const { accessToken } = typeof issued === "function" ? await issued() : issued;
      expect(await statusOf(accessToken)).toBe(401);
      expect((await app.post("auth.verifyToken", { token: accessToken })).status).toBe(400);
    }
    expect((await desk.user.me.query()).email).toBe(ada.email);
  });
});

async function liveOf(id: string) {
  const { deps } = app.keywright;
  const live = await validateSession(deps, { anyId: id }, null);
  if (!live) throw new Error("There is no such session.");
  return live;
}
