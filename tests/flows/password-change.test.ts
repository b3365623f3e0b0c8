import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";
import { cookieOf, origin, reasonsInBatch } from "../support/raw.js";
import { reasonFor } from "../support/reason.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
let strict: TestApp;
let loose: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  strict = await createTestApp(
    { session: { signOutOnPasswordChange: true }, password: { requireConfirmation: true } },
    app.database,
  );
  loose = await createTestApp(
    { password: { requireCurrent: false }, registration: { verification: "none" } },
    app.database,
  );
});
afterAll(async () => {
  await loose.close();
  await strict.close();
  await app.close();
});

const newPassword = "battery staple";
const minuteMs = 60_000;
const transports = ["cookie", "bearer"] as const;

async function assertNothingChanged(ada: TestUser): Promise<void> {
  await app.visitor().auth.login.mutate({ email: ada.email, password: ada.password });
  const login = app.visitor().auth.login.mutate({ email: ada.email, password: newPassword });
  expect(await reasonFor(login)).toBe("INVALID_CREDENTIALS");
  expect((await subjectsTo(app, ada.email)).join()).not.toMatch(/password was changed/);
}

describe("changing a password", () => {
  test.each(transports)("I go on with a new session by %s, and every other device is signed out", async (transport) => {
    const ada = await app.addUser();
    const others = [await app.signedIn(ada), await app.signedIn(ada, { transport: "bearer" })];
    const mine = await app.signedIn(ada, { transport });
    const before = await mine.auth.session.query();
    const answer = await mine.password.change.mutate({ currentPassword: ada.password, newPassword });
    expect(answer).toMatchObject({ status: "signed_in", user: { email: ada.email, hasPassword: true } });
    const after = await mine.auth.session.query();
    expect(after?.user.email).toBe(ada.email);
    expect(after?.session.id).not.toBe(before?.session.id);
    for (const other of others) expect(await reasonFor(other.user.me.query())).toBe("NOT_AUTHENTICATED");
    expect(await mine.auth.sessions.query()).toHaveLength(1);
    const { email } = ada;
    await app.visitor().auth.login.mutate({ email, password: newPassword });
    expect(await reasonFor(app.visitor().auth.login.mutate({ email, password: ada.password }))).toBe(
      "INVALID_CREDENTIALS",
    );
  });

  test("the cookie that I came with opens nothing any more", async () => {
    const ada = await app.addUser();
    const cookie = await cookieOf(app, ada);
    const input = { currentPassword: ada.password, newPassword };
    const answer = await app.post("password.change", input, { cookie, origin });
    const [fresh = ""] = answer.headers.getSetCookie();
    expect(fresh).toMatch(/^__Host-keywright-session=kws_/);
    expect((await app.get("user.me", { cookie })).status).toBe(401);
    expect((await app.get("user.me", { cookie: fresh.split(";")[0] ?? "" })).status).toBe(200);
  });

  test("the tokens that my phone came with are worth nothing any more", async () => {
    const ada = await app.addUser();
    const phone = app.visitor({ transport: "bearer" });
    const { tokens } = await phone.auth.login.mutate({ email: ada.email, password: ada.password });
    const answer = await phone.password.change.mutate({ currentPassword: ada.password, newPassword });
    expect(answer).toMatchObject({ tokens: { refreshToken: expect.stringMatching(/^kwr_/) } });
    const { accessToken: token = "", refreshToken = "" } = tokens ?? {};
    expect(await reasonFor(app.visitor().auth.verifyToken.mutate({ token }))).toBe("TOKEN_INVALID");
    expect(await reasonFor(app.visitor().auth.refreshToken.mutate({ refreshToken }))).toBe("TOKEN_INVALID");
  });

  test("the new session has the old one's name, and is remembered as it was", async () => {
    const ada = await app.addUser();
    const laptop = app.visitor();
    const login = { email: ada.email, password: ada.password, deviceName: "Ada's laptop", remember: false };
    await laptop.auth.login.mutate(login);
    await laptop.password.change.mutate({ currentPassword: ada.password, newPassword });
    expect(await laptop.auth.session.query()).toMatchObject({ session: { deviceName: "Ada's laptop" } });
    app.travel(12 * 60 * minuteMs + 1000);
    expect(await laptop.auth.session.query()).toBeNull();
  });

  test.each(transports)("I keep my other devices by %s if I say so", async (transport) => {
    const ada = await app.addUser();
    const others = [await app.signedIn(ada), await app.signedIn(ada, { transport: "bearer" })];
    const mine = await app.signedIn(ada, { transport });
    const before = (await mine.auth.sessions.query()).length;
    await mine.password.change.mutate({ currentPassword: ada.password, newPassword, keepOtherSessions: true });
    for (const other of others) expect(await other.user.me.query()).toMatchObject({ email: ada.email });
    expect(await mine.auth.sessions.query()).toHaveLength(before);
  });

  test("I am told by mail, and a reset link from before still works: who has the mailbox decides", async () => {
    const ada = await app.addUser();
    const laptop = await app.signedIn(ada);
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await mailedToken(app, ada.email, "/reset-password");
    await laptop.password.change.mutate({ currentPassword: ada.password, newPassword });
    expect(await subjectsTo(app, ada.email)).toContainEqual(expect.stringMatching(/password was changed/));
    expect(await app.visitor().password.checkToken.mutate({ token })).toMatchObject({ purpose: "reset_password" });
  });

  test.each(transports)("where a change signs out, I am nobody afterwards, by %s", async (transport) => {
    const ada = await app.addUser();
    const other = await strict.signedIn(ada);
    const mine = await strict.signedIn(ada, { transport });
    const input = { currentPassword: ada.password, newPassword, confirmPassword: newPassword, keepOtherSessions: true };
    expect(await mine.password.change.mutate(input)).toEqual({ status: "signed_out" });
    expect(await mine.auth.session.query()).toBeNull();
    expect(await other.auth.session.query()).toBeNull();
    await strict.visitor().auth.login.mutate({ email: ada.email, password: newPassword });
  });

  test("where the current password is not asked for, I may leave it out for ten minutes", async () => {
    const ada = await app.addUser();
    const laptop = await loose.signedIn(ada);
    await laptop.password.change.mutate({ newPassword });
    await loose.visitor().auth.login.mutate({ email: ada.email, password: newPassword });
    loose.travel(10 * minuteMs + 1000);
    const late = laptop.password.change.mutate({ newPassword: "another staple" });
    expect(await reasonFor(late)).toBe("REAUTHENTICATION_REQUIRED");
    await laptop.auth.reauthenticate.mutate({ password: newPassword });
    await laptop.password.change.mutate({ newPassword: "another staple" });
    await loose.visitor().auth.login.mutate({ email: ada.email, password: "another staple" });
  });

  test("where no address is proved, I change my password without proving mine", async () => {
    const mine = loose.visitor();
    const email = "unasked@example.com";
    await mine.registration.register.mutate({ email, password: "correct horse" });
    await mine.password.change.mutate({ currentPassword: "correct horse", newPassword });
    await loose.visitor().auth.login.mutate({ email, password: newPassword });
  });
});

describe("a password change that is refused", () => {
  test.each(transports)("I get nowhere with a wrong password by %s, and nothing has happened", async (transport) => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada, { transport });
    const error = await refusal(mine.password.change.mutate({ currentPassword: "wrong horse", newPassword }));
    expect(reasonOf(error)).toBe("WRONG_PASSWORD");
    expect(fieldErrorsOf(error)).toMatchObject({ currentPassword: [{ reason: "WRONG_PASSWORD" }] });
    expect(await mine.user.me.query()).toMatchObject({ email: ada.email });
    await assertNothingChanged(ada);
  });

  test("a wrong current password is wrong where none is asked for, too", async () => {
    const ada = await app.addUser();
    const mine = await loose.signedIn(ada);
    const change = mine.password.change.mutate({ currentPassword: "wrong horse", newPassword });
    expect(await reasonFor(change)).toBe("WRONG_PASSWORD");
    await assertNothingChanged(ada);
  });

  test("I must give the current password where it is asked for", async () => {
    const ada = await app.addUser();
    const error = await refusal((await app.signedIn(ada)).password.change.mutate({ newPassword }));
    expect(reasonOf(error)).toBe("VALIDATION");
    expect(fieldErrorsOf(error)).toMatchObject({ currentPassword: [{ reason: "REQUIRED" }] });
    await assertNothingChanged(ada);
  });

  test("the same password once more is no change, however its accents are typed", async () => {
    const ada = await app.addUser({ password: "p\u00e4ssword horse" });
    const mine = await app.signedIn(ada);
    for (const same of [ada.password, "pa\u0308ssword horse"]) {
      const change = mine.password.change.mutate({ currentPassword: ada.password, newPassword: same });
      expect(await reasonFor(change)).toBe("PASSWORD_UNCHANGED");
    }
    expect(await mine.user.me.query()).toMatchObject({ email: ada.email });
  });

  test.each([
    ["a short one", "short", "newPassword", "PASSWORD_TOO_SHORT"],
    ["a common one", "password1", "newPassword", "PASSWORD_TOO_COMMON"],
    ["digits only", "83164905271", "newPassword", "PASSWORD_ENTIRELY_NUMERIC"],
    ["one like my name", "lovelace-ada1", "newPassword", "PASSWORD_TOO_SIMILAR"],
    ["two that differ", newPassword, "confirmPassword", "PASSWORD_MISMATCH"],
  ])("I am told which rule %s breaks", async (_case, password, field, reason) => {
    const ada = await app.addUser({ username: `lovelace-ada${password.length}` });
    const mine = await app.signedIn(ada);
    const input = { currentPassword: ada.password, newPassword: password };
    const differing = field === "confirmPassword" ? { confirmPassword: "something else" } : {};
    const error = await refusal(mine.password.change.mutate({ ...input, ...differing }));
    expect(reasonOf(error)).toBe("VALIDATION");
    expect(fieldErrorsOf(error)[field]?.map((fault) => fault.reason)).toContain(reason);
    await assertNothingChanged(ada);
  });

  test("I must confirm the new password where that is required", async () => {
    const ada = await app.addUser();
    const mine = await strict.signedIn(ada);
    const error = await refusal(mine.password.change.mutate({ currentPassword: ada.password, newPassword }));
    expect(reasonOf(error)).toBe("VALIDATION");
    expect(fieldErrorsOf(error)).toMatchObject({ confirmPassword: [{ reason: "REQUIRED" }] });
    await assertNothingChanged(ada);
  });

  test("a visitor has no password to change", async () => {
    const change = app.visitor().password.change.mutate({ currentPassword: "correct horse", newPassword });
    expect(await reasonFor(change)).toBe("NOT_AUTHENTICATED");
  });

  test("I must have proved my address first", async () => {
    const mine = app.visitor();
    await mine.registration.register.mutate({ email: "unproved@example.com", password: "correct horse" });
    const change = mine.password.change.mutate({ currentPassword: "correct horse", newPassword });
    expect(await reasonFor(change)).toBe("EMAIL_NOT_VERIFIED");
    await app.visitor().auth.login.mutate({ email: "unproved@example.com", password: "correct horse" });
  });

  test("a guesser cannot send many changes in one request", async () => {
    const ada = await app.addUser();
    const cookie = await cookieOf(app, ada);
    const call = { path: "password.change", input: { currentPassword: ada.password, newPassword } };
    const refused = await reasonsInBatch(app, call, { cookie });
    expect(refused).toEqual(["BATCH_NOT_ALLOWED", "BATCH_NOT_ALLOWED"]);
    await assertNothingChanged(ada);
  });

  test("a logout while the new password is being hashed wins: nobody is signed in by the change", async () => {
    const ada = await app.addUser();
    const cookie = await cookieOf(app, ada);
    const { deps } = app.keywright;
    const { hash } = deps.passwords;
    deps.passwords.hash = async (password) => {
      deps.passwords.hash = hash;
      await app.post("auth.logout", {}, { cookie, origin });
      return await hash(password);
    };
    const input = { currentPassword: ada.password, newPassword };
    const answer = await app.post("password.change", input, { cookie, origin });
    expect(answer.status).toBe(401);
    expect(answer.headers.getSetCookie().join()).not.toContain("kws_");
    await assertNothingChanged(ada);
  });

  test("a change that was checked before a reset changes nothing after it", async () => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await mailedToken(app, ada.email, "/reset-password");
    const { deps } = app.keywright;
    const { hash } = deps.passwords;
    deps.passwords.hash = async (password) => {
      deps.passwords.hash = hash;
      await app.visitor().password.reset.mutate({ token, newPassword: "another staple" });
      return await hash(password);
    };
    const change = mine.password.change.mutate({ currentPassword: ada.password, newPassword });
    expect(await reasonFor(change)).toBe("NOT_AUTHENTICATED");
    await app.visitor().auth.login.mutate({ email: ada.email, password: "another staple" });
  });
});
