import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";
import { reasonsInBatch } from "../support/raw.js";
import { reasonFor } from "../support/reason.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
let mandatory: TestApp;
let unproved: TestApp;
const registration = { required: ["email" as const] };
beforeAll(async () => {
  app = await createTestApp({ registration });
  const options = { verification: "mandatory" as const };
  mandatory = await createTestApp(
    { registration: { ...registration, ...options }, password: { requireConfirmation: true } },
    app.database,
  );
  unproved = await createTestApp({ registration: { ...registration, verification: "none" } }, app.database);
});
afterAll(async () => {
  await unproved.close();
  await mandatory.close();
  await app.close();
});

const newPassword = "battery staple";
const hourMs = 3_600_000;
let people = 0;
const freshEmail = () => `passwordless${++people}@example.com`;

async function registered(instance = app): Promise<{ email: string; token: string }> {
  const email = freshEmail();
  await instance.visitor().registration.register.mutate({ email });
  return { email, token: await mailedToken(instance, email, "/set-password") };
}

describe("choosing a first password", () => {
  test("I register without a password, am signed in, and choose one by mail", async () => {
    const email = freshEmail();
    const mine = app.visitor();
    const answer = await mine.registration.register.mutate({ email });
    expect(answer).toMatchObject({ status: "signed_in", user: { hasPassword: false, emailVerified: false } });
    const token = await mailedToken(app, email, "/set-password");
    expect(await app.visitor().password.checkToken.mutate({ token })).toMatchObject({ purpose: "set_password" });
    expect(await app.visitor().password.set.mutate({ token, newPassword })).toEqual({});
    expect(await mine.auth.session.query()).toBeNull();
    const { user } = await app.visitor().auth.login.mutate({ email, password: newPassword });
    expect(user).toMatchObject({ hasPassword: true, emailVerified: true });
    expect(await subjectsTo(app, email)).toContainEqual(expect.stringMatching(/has a password now/));
  });

  test("the link proves my address, and that is written down", async () => {
    const { email, token } = await registered();
    await app.visitor().password.set.mutate({ token, newPassword });
    const mine = await app.signedIn({ email, password: newPassword, username: "" });
    const { events } = await mine.user.events.query();
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["password.set", "user.verified"]));
  });

  test("where addresses are proved first, I get the same mail and am not signed in before", async () => {
    const email = freshEmail();
    const mine = mandatory.visitor();
    expect(await mine.registration.register.mutate({ email })).toEqual({ status: "verification_sent" });
    expect(await mine.auth.session.query()).toBeNull();
    const token = await mailedToken(mandatory, email, "/set-password");
    await mandatory.visitor().password.set.mutate({ token, newPassword, confirmPassword: newPassword });
    await mandatory.visitor().auth.login.mutate({ email, password: newPassword });
  });

  test("where no address is proved, I get the mail all the same", async () => {
    const { email, token } = await registered(unproved);
    await unproved.visitor().password.set.mutate({ token, newPassword });
    await unproved.visitor().auth.login.mutate({ email, password: newPassword });
  });

  test.each(["requestReset", "resendVerification"] as const)("I get another link by %s", async (way) => {
    const { email, token: old } = await registered();
    if (way === "requestReset") await app.visitor().password.requestReset.mutate({ email });
    else await app.visitor().registration.resendVerification.mutate({ email });
    const token = await mailedToken(app, email, "/set-password");
    expect(token).not.toBe(old);
    expect(await reasonFor(app.visitor().password.set.mutate({ token: old, newPassword }))).toBe("TOKEN_INVALID");
    await app.visitor().password.set.mutate({ token, newPassword });
  });

  test("a visitor who gives a password gets the link that only proves the address", async () => {
    const email = freshEmail();
    await app.visitor().registration.register.mutate({ email, password: "correct horse" });
    expect(await mailedToken(app, email, "/verify-email")).toMatch(/^kwo_/);
  });
});

describe("an account without a password", () => {
  test("a guesser gets in with no password at all", async () => {
    const { email } = await registered();
    for (const password of ["correct horse", " ", "null"]) {
      const login = app.visitor().auth.login.mutate({ email, password });
      expect(await reasonFor(login)).toBe("INVALID_CREDENTIALS");
    }
  });

  test("every password is wrong for whoever is signed in without one", async () => {
    const mine = unproved.visitor();
    await mine.registration.register.mutate({ email: freshEmail() });
    const password = "correct horse";
    const attempts = [
      () => mine.auth.reauthenticate.mutate({ password }),
      () => mine.password.change.mutate({ currentPassword: password, newPassword }),
      () => mine.user.requestEmailChange.mutate({ email: freshEmail(), password }),
      () => mine.user.archive.mutate({ password }),
      () => mine.user.delete.mutate({ password }),
    ];
    for (const attempt of attempts) expect(await reasonFor(attempt())).toBe("WRONG_PASSWORD");
    expect(await mine.user.me.query()).toMatchObject({ hasPassword: false, archived: false });
  });
});

describe("a first password that is refused", () => {
  test("a link works once", async () => {
    const { token } = await registered();
    await app.visitor().password.set.mutate({ token, newPassword });
    const again = app.visitor().password.set.mutate({ token, newPassword: "another staple" });
    expect(await reasonFor(again)).toBe("TOKEN_INVALID");
  });

  test("a link neither resets, nor verifies, nor changes an address", async () => {
    const { token } = await registered();
    const visitor = app.visitor();
    const attempts = [
      () => visitor.password.reset.mutate({ token, newPassword }),
      () => visitor.registration.verifyEmail.mutate({ token }),
      () => visitor.user.confirmEmailChange.mutate({ token }),
      () => visitor.user.undoEmailChange.mutate({ token }),
    ];
    for (const attempt of attempts) expect(await reasonFor(attempt())).toBe("TOKEN_INVALID");
    await visitor.password.set.mutate({ token, newPassword });
  });

  test("an account that got a password in another way keeps it", async () => {
    const { email, token } = await registered();
    const user = `(select id from keywright.users where email_key = '${email}')`;
    const ada = await app.addUser();
    const hash = `(select hash from keywright.passwords join keywright.users on id = user_id where email_key = '${ada.email}')`;
    await app.sql(`insert into keywright.passwords (user_id, hash, updated_at) select ${user}, ${hash}, now()`);
    const set = app.visitor().password.set.mutate({ token, newPassword });
    expect(await reasonFor(set)).toBe("PASSWORD_ALREADY_SET");
    await app.visitor().auth.login.mutate({ email, password: ada.password });
  });

  test("a password that breaks a rule does not cost the link", async () => {
    const { email, token } = await registered();
    const error = await refusal(app.visitor().password.set.mutate({ token, newPassword: "short" }));
    expect(fieldErrorsOf(error)).toMatchObject({ newPassword: [{ reason: "PASSWORD_TOO_SHORT" }] });
    const similar = await refusal(app.visitor().password.set.mutate({ token, newPassword: email.slice(0, 12) }));
    expect(fieldErrorsOf(similar).newPassword?.map(({ reason }) => reason)).toContain("PASSWORD_TOO_SIMILAR");
    await app.visitor().password.set.mutate({ token, newPassword });
  });

  test("I must confirm it where that is required, when I reset or register as well", async () => {
    const { email, token } = await registered(mandatory);
    const visitor = mandatory.visitor();
    const required = { confirmPassword: [{ reason: "REQUIRED" }] };
    const set = await refusal(visitor.password.set.mutate({ token, newPassword }));
    expect(reasonOf(set)).toBe("VALIDATION");
    expect(fieldErrorsOf(set)).toMatchObject(required);
    await visitor.password.set.mutate({ token, newPassword, confirmPassword: newPassword });
    await visitor.password.requestReset.mutate({ email });
    const reset = { token: await mailedToken(mandatory, email, "/reset-password"), newPassword };
    expect(fieldErrorsOf(await refusal(visitor.password.reset.mutate(reset)))).toMatchObject(required);
    await visitor.password.reset.mutate({ ...reset, confirmPassword: newPassword });
    const register = { email: freshEmail(), password: newPassword };
    expect(fieldErrorsOf(await refusal(visitor.registration.register.mutate(register)))).toMatchObject(required);
  });

  test("a visitor cannot send many in one request", async () => {
    const { token } = await registered();
    const refused = await reasonsInBatch(app, { path: "password.set", input: { token, newPassword } });
    expect(refused).toEqual(["BATCH_NOT_ALLOWED", "BATCH_NOT_ALLOWED"]);
    await app.visitor().password.set.mutate({ token, newPassword });
  });

  test("a link is over after a week", async () => {
    const { email, token } = await registered();
    app.travel(167 * hourMs);
    expect(await app.visitor().password.checkToken.mutate({ token })).toMatchObject({ purpose: "set_password" });
    app.travel(hourMs + 1000);
    expect(await reasonFor(app.visitor().password.set.mutate({ token, newPassword }))).toBe("TOKEN_EXPIRED");
    expect(await reasonFor(app.visitor().auth.login.mutate({ email, password: newPassword }))).toBe(
      "INVALID_CREDENTIALS",
    );
  });
});
