import type { KeywrightEvent } from "@keywright/api";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const byEmail = ({ email, password }: TestUser) => ({ email, password });

async function phoneOf(user: TestUser) {
  const phone = app.visitor({ transport: "bearer" });
  const answer = await phone.auth.login.mutate(byEmail(user));
  if (!answer.tokens) throw new Error("A bearer sign-in has tokens.");
  return { phone, answer, tokens: answer.tokens };
}

describe("a login", () => {
  test("a user with the right username and password is signed in, on a session of their own", async () => {
    const ada = await app.addUser();
    const browser = app.visitor();
    const answer = await browser.auth.login.mutate({ username: ada.username, password: ada.password });
    expect(answer).toMatchObject({ status: "signed_in", user: { username: ada.username }, session: { current: true } });
    const live = await browser.auth.session.query();
    expect(live).toMatchObject({ user: { email: ada.email }, session: { id: answer.session.id } });
  });

  test("a user is told who they are, and nothing of the password", async () => {
    const ada = await app.addUser({ password: "a canary in the mine" });
    const text = await (await app.post("auth.login", byEmail(ada))).text();
    const [row] = await app.sql(
      `select hash from keywright.passwords join keywright.users on id = user_id where email_key = '${ada.email}'`,
    );
    expect(text).toContain(`"username":"${ada.username}"`);
    expect(String(row?.hash).length).toBeGreaterThan(20);
    for (const secret of [ada.password, "$kw1", String(row?.hash)]) expect(text).not.toContain(secret);
    expect(text.match(/"[^"]*(?:password|hash)[^"]*"/gi)).toEqual(['"hasPassword"']);
  });

  test("a visitor needs no session for it, and a dead one is no hindrance", async () => {
    const ada = await app.addUser();
    const dead = { cookie: `__Host-keywright-session=kws_${"A".repeat(43)}`, origin: "https://localhost:3000" };
    for (const headers of [{}, dead, { authorization: "Bearer rubbish" }]) {
      const response = await app.post("auth.login", byEmail(ada), headers);
      expect(response.status).toBe(200);
      expect(response.headers.getSetCookie().join()).toMatch(/keywright-session=kws_[\w-]{43};/);
    }
  });

  test("an app hears of it exactly once, as of a failed one", async () => {
    const heard: KeywrightEvent[] = [];
    const listening = await createTestApp({ onEvent: (event) => void heard.push(event) }, app.database);
    const ada = await app.addUser();
    const { user, session } = await listening.visitor().auth.login.mutate(byEmail(ada));
    expect(heard).toEqual([
      expect.objectContaining({ kind: "session.started", userId: user.id, sessionId: session.id }),
    ]);
    heard.length = 0;
    await listening.post("auth.login", { ...byEmail(ada), password: "wrong horse" });
    expect(heard).toEqual([expect.objectContaining({ kind: "login.failed", userId: user.id, sessionId: null })]);
    heard.length = 0;
    await listening.post("auth.login", { email: "nobody@example.com", password: "wrong horse" });
    expect(heard).toEqual([expect.objectContaining({ kind: "login.failed", userId: null })]);
    await listening.close();
  });

  test("a user brings an archived account back by it, and is told so once", async () => {
    const ada = await app.addUser();
    await (await app.signedIn(ada)).user.archive.mutate({ password: ada.password });
    const back = await app.visitor().auth.login.mutate(byEmail(ada));
    expect(back).toMatchObject({ unarchived: true, user: { archived: false } });
    expect(await app.visitor().auth.login.mutate(byEmail(ada))).toMatchObject({ unarchived: false });
  });
});

describe("a login on a phone", () => {
  test("a phone gets tokens, and the session that they belong to is in the owner's list", async () => {
    const ada = await app.addUser();
    const { answer, tokens } = await phoneOf(ada);
    const laptop = await app.signedIn(ada);
    const sessions = await laptop.auth.sessions.query();
    expect(sessions.map(({ id }) => id)).toContain(answer.session.id);
    const verified = await app.visitor().auth.verifyToken.mutate({ token: tokens.accessToken });
    expect(verified).toMatchObject({ userId: answer.user.id, sessionId: answer.session.id });
  });

  test("a phone gets an access token, a refresh token and the user, and opens what is protected", async () => {
    const ada = await app.addUser();
    const { answer, tokens } = await phoneOf(ada);
    expect(answer.user).toMatchObject({ email: ada.email, username: ada.username });
    expect(tokens.refreshToken).toMatch(/^kwr_/);
    expect((await app.get("user.me")).status).toBe(401);
    const response = await app.get("user.me", { authorization: `Bearer ${tokens.accessToken}` });
    expect(await response.json()).toMatchObject({ result: { data: { json: { email: ada.email } } } });
  });

  test("a phone is always told when its tokens expire", async () => {
    const { answer, tokens } = await phoneOf(await app.addUser());
    const { exp = 0, iat = 0 } = decodeJwt(tokens.accessToken);
    expect(tokens.accessExpiresAt).toEqual(new Date(exp * 1000));
    expect(exp - iat).toBe(5 * 60);
    expect(tokens.refreshExpiresAt).toEqual(answer.session.expiresAt);
  });

  test.each(["email", "username"] as const)("a phone gets tokens for the %s and the password", async (field) => {
    const ada = await app.addUser();
    const phone = app.visitor({ transport: "bearer" });
    const name = { email: { email: ada.email }, username: { username: ada.username } }[field];
    const answer = await phone.auth.login.mutate({ ...name, password: ada.password });
    expect(answer.tokens).toMatchObject({ accessToken: expect.stringMatching(/^eyJ/) });
    expect((await phone.user.me.query())[field]).toBe(ada[field]);
  });
});

describe("the cookies of a login", () => {
  test.each(["cookie", "bearer"])(
    "a caller on the %s transport is never set one that holds a token of a phone",
    async (transport) => {
      const ada = await app.addUser();
      const headers = transport === "bearer" ? { "keywright-transport": "bearer" } : {};
      const { tokens } = await phoneOf(ada);
      const answers = [
        await app.post("auth.login", byEmail(ada), headers),
        await app.post("auth.refreshToken", { refreshToken: tokens.refreshToken }, headers),
        await app.post("registration.register", { email: `${transport}@example.com`, password: ada.password }, headers),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      const cookies = answers.flatMap((answer) => answer.headers.getSetCookie());
      expect(cookies.filter((cookie) => cookie.includes("keywright-session"))).toHaveLength(
        transport === "bearer" ? 0 : 2,
      );
      for (const cookie of cookies) expect(cookie).not.toMatch(/eyJ|kwr_/);
    },
  );

  test("a browser's cookies are for this host and all of its paths", async () => {
    const ada = await app.addUser();
    const cookies = (await app.post("auth.login", byEmail(ada))).headers.getSetCookie();
    expect(cookies.map((cookie) => cookie.split("=")[0]).toSorted()).toEqual([
      "__Host-keywright-device",
      "__Host-keywright-session",
    ]);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; Path=\/(;|$)/);
      expect(cookie).not.toContain("Domain");
    }
  });
});
