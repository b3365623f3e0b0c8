import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const credentialsOf = ({ email, password }: TestUser) => ({ email, password });
const sessionCookie = (token: string) => `__Host-keywright-session=${token}`;

async function cookieTokenOf(user: TestUser, headers: Record<string, string> = {}): Promise<string> {
  const response = await app.post("auth.login", credentialsOf(user), headers);
  return (
    response.headers
      .getSetCookie()
      .join()
      .match(/kws_[\w-]+/)?.[0] ?? ""
  );
}

async function resetTokenOf(user: TestUser): Promise<string> {
  await app.visitor().password.requestReset.mutate({ email: user.email });
  return await app.tokenFromMail(user.email);
}

/** Everything that takes a token, and whether it took this one. What uses a token up comes last. */
const doors = {
  cookie: async (token: string) => (await app.get("user.me", { cookie: sessionCookie(token) })).ok,
  bearer: async (token: string) => (await app.get("user.me", { authorization: `Bearer ${token}` })).ok,
  verifyToken: async (token: string) => (await app.post("auth.verifyToken", { token })).ok,
  checkToken: async (token: string) => (await app.post("password.checkToken", { token })).ok,
  refreshToken: async (token: string) => (await app.post("auth.refreshToken", { refreshToken: token })).ok,
  verifyEmail: async (token: string) => (await app.post("registration.verifyEmail", { token })).ok,
  reset: async (token: string) => (await app.post("password.reset", { token, newPassword: "battery staple" })).ok,
  revokeToken: async (token: string) => (await app.post("auth.revokeToken", { refreshToken: token })).ok,
};
type Door = keyof typeof doors;

describe("a token", () => {
  test.each<[kind: string, own: Door[], issue: () => Promise<string>]>([
    ["a session cookie's", ["cookie"], async () => cookieTokenOf(await app.addUser())],
    ["an access token", ["bearer", "verifyToken"], async () => (await tokensOf(await app.addUser())).accessToken],
    [
      "a refresh token",
      ["refreshToken", "revokeToken"],
      async () => (await tokensOf(await app.addUser())).refreshToken,
    ],
    ["a reset link's", ["checkToken", "reset"], async () => resetTokenOf(await app.addUser())],
    ["a verification link's", ["checkToken", "verifyEmail"], verificationToken],
  ])("of one kind (%s) opens its own doors only, and no other door uses it up", async (_kind, own, issue) => {
    const token = await issue();
    for (const [name, opens] of Object.entries(doors)) {
      if (!own.some((door) => door === name)) expect(await opens(token), name).toBe(false);
    }
    for (const door of own) expect(await doors[door](token), door).toBe(true);
  });

  test("of an account that is gone does nothing for whoever has the address next", async () => {
    const token = await verificationToken();
    await app.sql("delete from keywright.users where email_key = 'unproved@example.com'");
    await app.visitor().registration.register.mutate({ email: "unproved@example.com", password: "correct horse" });
    const attempt = app.visitor().registration.verifyEmail.mutate({ token });
    expect(reasonOf(await refusal(attempt))).toBe("TOKEN_INVALID");
  });

  test("acts on its owner, whomever the input names besides", async () => {
    const [ada, grace] = [await app.addUser(), await app.addUser()];
    const token = await resetTokenOf(ada);
    for (const extra of [{ email: grace.email }, { userId: "1" }]) {
      const input = { token, newPassword: "battery staple", ...extra };
      const error = await refusal(app.visitor().password.reset.mutate(input));
      expect(fieldErrorsOf(error)).toMatchObject({ [Object.keys(extra)[0] ?? ""]: [{ reason: "UNKNOWN_FIELD" }] });
    }
    expect(await doors.checkToken(token)).toBe(true);
  });
});

describe("a session", () => {
  test("a value that the visitor brought is not adopted, and somebody else's session is not handed over", async () => {
    const [ada, mallory] = [await app.addUser(), await app.addUser()];
    const planted = `kws_${"A".repeat(43)}`;
    const headers = { origin: publicUrl };
    expect(await cookieTokenOf(ada, { ...headers, cookie: sessionCookie(planted) })).not.toBe(planted);
    const own = await cookieTokenOf(mallory);
    expect(await cookieTokenOf(ada, { ...headers, cookie: sessionCookie(own) })).not.toBe(own);
    expect(await doors.cookie(planted)).toBe(false);
    expect(await doors.cookie(own)).toBe(false);
  });

  test("made-up tokens open nothing, and leave no row", async () => {
    const count = () => app.sql("select count(*)::int as n from keywright.sessions");
    const before = await count();
    for (let round = 0; round < 50; round++) {
      const token = `kws_${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url")}`;
      const response = await app.get("user.me", { cookie: sessionCookie(token) });
      expect(response.status).toBe(401);
      expect(response.headers.getSetCookie().every((cookie) => cookie.includes("Max-Age=0"))).toBe(true);
    }
    expect(await count()).toEqual(before);
  });

  test("a session that has ended at this very moment has ended, and is not revived by a call", async () => {
    const token = await cookieTokenOf(await app.addUser());
    expect(await doors.cookie(token)).toBe(true);
    const now = app.keywright.deps.now().toISOString();
    await app.sql(
      `update keywright.sessions set expires_at = '${now}' where created_at = (select max(created_at) from keywright.sessions)`,
    );
    expect([await doors.cookie(token), await doors.cookie(token)]).toEqual([false, false]);
  });

  test("an archived or disabled account is refused by cookie, access token and refresh token", async () => {
    for (const change of ["archived_at = created_at", "is_disabled = true"]) {
      const ada = await app.addUser();
      const [cookie, { accessToken, refreshToken }] = [await cookieTokenOf(ada), await tokensOf(ada)];
      await app.sql(`update keywright.users set ${change} where email_key = '${ada.email}'`);
      expect(await doors.cookie(cookie)).toBe(false);
      expect(await doors.bearer(accessToken)).toBe(false);
      expect(await doors.verifyToken(accessToken)).toBe(false);
      expect(await doors.refreshToken(refreshToken)).toBe(false);
    }
  });
});

async function tokensOf(user: TestUser) {
  const { tokens } = await app.visitor({ transport: "bearer" }).auth.login.mutate(credentialsOf(user));
  if (!tokens) throw new Error("A bearer sign-in has tokens.");
  return tokens;
}

async function verificationToken(): Promise<string> {
  const email = "unproved@example.com";
  await app.sql(`delete from keywright.users where email_key = '${email}'`);
  await app.visitor().registration.register.mutate({ email, password: "correct horse" });
  return await app.tokenFromMail(email);
}
