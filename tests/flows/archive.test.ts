import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";
import { cookieOf, origin } from "../support/raw.js";
import { reasonFor } from "../support/reason.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const newPassword = "battery staple";
const transports = ["cookie", "bearer"] as const;
const loginAs = (email: string, password = "correct horse") => app.visitor().auth.login.mutate({ email, password });

/** An account that was archived from one of its devices. */
async function archived() {
  const ada = await app.addUser();
  const mine = await app.signedIn(ada);
  await mine.user.archive.mutate({ password: ada.password });
  return { ada, mine };
}

describe("archiving an account", () => {
  test.each(transports)(
    "I archive mine by %s: no session, no token, no details are left to anybody",
    async (transport) => {
      const ada = await app.addUser();
      const mine = await app.signedIn(ada, { transport });
      const laptop = await app.signedIn(ada);
      const login = { email: ada.email, password: ada.password };
      const { tokens } = await app.visitor({ transport: "bearer" }).auth.login.mutate(login);
      expect(await mine.user.archive.mutate({ password: ada.password })).toEqual({});
      for (const client of [mine, laptop]) {
        expect(await client.auth.session.query()).toBeNull();
        expect(await reasonFor(client.user.me.query())).toBe("NOT_AUTHENTICATED");
      }
      const { accessToken: token = "", refreshToken = "" } = tokens ?? {};
      expect(await reasonFor(app.visitor().auth.verifyToken.mutate({ token }))).toBe("TOKEN_INVALID");
      expect(await reasonFor(app.visitor().auth.refreshToken.mutate({ refreshToken }))).toBe("TOKEN_INVALID");
      expect(await subjectsTo(app, ada.email)).toContainEqual(expect.stringMatching(/was archived/));
    },
  );

  test("the cookie of my browser is cleared", async () => {
    const ada = await app.addUser();
    const cookie = await cookieOf(app, ada);
    const answer = await app.post("user.archive", { password: ada.password }, { cookie, origin });
    expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-keywright-session=;.*Max-Age=0/);
    expect((await app.get("user.me", { cookie })).status).toBe(401);
  });

  test("I bring it back by signing in, and am told by mail", async () => {
    const { ada } = await archived();
    const mine = app.visitor();
    const answer = await mine.auth.login.mutate({ email: ada.email, password: ada.password });
    expect(answer).toMatchObject({ unarchived: true, user: { archived: false, username: ada.username } });
    expect(await mine.user.me.query()).toMatchObject({ archived: false });
    const subjects = await subjectsTo(app, ada.email);
    expect(subjects).toContainEqual(expect.stringMatching(/active again/));
    expect(await loginAs(ada.email)).toMatchObject({ unarchived: false });
  });

  test("a wrong password does not bring it back", async () => {
    const { ada } = await archived();
    expect(await reasonFor(loginAs(ada.email, "wrong horse"))).toBe("INVALID_CREDENTIALS");
    expect(await loginAs(ada.email)).toMatchObject({ unarchived: true });
  });

  test("I reset a forgotten password, and only the login brings it back", async () => {
    const { ada } = await archived();
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await mailedToken(app, ada.email, "/reset-password");
    await app.visitor().password.reset.mutate({ token, newPassword });
    const rows = await app.sql(`select archived_at from keywright.users where email_key = '${ada.email}'`);
    expect(rows).not.toEqual([{ archived_at: null }]);
    expect(await loginAs(ada.email, newPassword)).toMatchObject({ unarchived: true });
  });

  test("my names stay mine meanwhile", async () => {
    const { ada } = await archived();
    const register = (input: { email: string; username: string }) =>
      app.visitor().registration.register.mutate({ ...input, password: "correct horse" });
    const other = { email: "unarchived@example.com", username: "unarchived" };
    expect(await reasonFor(register({ ...other, email: ada.email }))).toBe("EMAIL_TAKEN");
    expect(await reasonFor(register({ ...other, username: ada.username }))).toBe("USERNAME_TAKEN");
  });
});

describe("an archiving that is refused", () => {
  test.each(transports)("I get nowhere with a wrong password by %s, and nothing has happened", async (transport) => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada, { transport });
    const error = await refusal(mine.user.archive.mutate({ password: "wrong horse" }));
    expect(reasonOf(error)).toBe("WRONG_PASSWORD");
    expect(fieldErrorsOf(error)).toMatchObject({ password: [{ reason: "WRONG_PASSWORD" }] });
    expect(await mine.user.me.query()).toMatchObject({ archived: false });
    expect((await subjectsTo(app, ada.email)).join()).not.toMatch(/archived/);
  });

  test("a visitor has nothing to archive", async () => {
    const archive = app.visitor().user.archive.mutate({ password: "correct horse" });
    expect(await reasonFor(archive)).toBe("NOT_AUTHENTICATED");
  });

  test("I must have proved my address first", async () => {
    const mine = app.visitor();
    await mine.registration.register.mutate({ email: "unproved@example.com", password: "correct horse" });
    expect(await reasonFor(mine.user.archive.mutate({ password: "correct horse" }))).toBe("EMAIL_NOT_VERIFIED");
    expect(await mine.user.me.query()).toMatchObject({ archived: false });
  });
});
