import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { reasonFor } from "../support/reason.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const password = "correct horse";

describe("registering", () => {
  test("a visitor registers, is signed in, and verifies by mail", async () => {
    const visitor = app.visitor();
    const answer = await visitor.registration.register.mutate({ email: "ada@example.com", password, firstName: "Ada" });
    expect(answer).toMatchObject({ status: "signed_in", tokens: null, unarchived: false });
    expect(await visitor.user.me.query()).toMatchObject({
      email: "ada@example.com",
      emailVerified: false,
      firstName: "Ada",
      hasPassword: true,
    });
    const token = await app.tokenFromMail("ada@example.com");
    expect(await app.visitor().registration.verifyEmail.mutate({ token })).toEqual({ status: "verified" });
    expect(await visitor.user.me.query()).toMatchObject({ emailVerified: true });
  });

  test("a phone gets tokens in the answer, and no cookie", async () => {
    const answer = await app.visitor({ transport: "bearer" }).registration.register.mutate({
      email: "phone@example.com",
      password,
      deviceName: "Ada's phone",
    });
    expect(answer).toMatchObject({ status: "signed_in", session: { deviceName: "Ada's phone", current: true } });
    expect(answer.status === "signed_in" && answer.tokens?.refreshToken).toMatch(/^kwr_[\w-]{91}$/);
  });

  test("the mail links to the front end, whatever host the request names", async () => {
    const visitor = app.visitor({ headers: { "x-forwarded-host": "evil.test" } });
    await visitor.registration.register.mutate({ email: "host@example.com", password });
    const mail = await app.mailTo("host@example.com");
    expect(mail.links).toHaveLength(1);
    expect(mail.links[0]).toMatch(/^https:\/\/localhost:3000\/verify-email\?token=kwo_[\w-]{43}$/);
  });

  test("an address is taken whatever its case", async () => {
    const ada = await app.addUser();
    const error = await refusal(
      app.visitor().registration.register.mutate({ email: ada.email.toUpperCase(), password }),
    );
    expect(reasonOf(error)).toBe("EMAIL_TAKEN");
    expect(fieldErrorsOf(error)).toMatchObject({ email: [{ reason: "EMAIL_TAKEN" }] });
  });

  test("a username is taken whatever its case", async () => {
    const ada = await app.addUser();
    const input = { email: "other@example.com", username: ada.username.toUpperCase(), password };
    expect(reasonOf(await refusal(app.visitor().registration.register.mutate(input)))).toBe("USERNAME_TAKEN");
  });

  test.each([
    ["no address", {}, "email", "REQUIRED"],
    ["no password", { password: undefined }, "password", "REQUIRED"],
    ["a short password", { password: "short" }, "password", "PASSWORD_TOO_SHORT"],
    ["a long password", { password: "long ".repeat(60) }, "password", "PASSWORD_TOO_LONG"],
    ["a common password", { password: "password1" }, "password", "PASSWORD_TOO_COMMON"],
    ["a password of digits", { password: "8316490527" }, "password", "PASSWORD_ENTIRELY_NUMERIC"],
    ["a password like the address", { password: "grace.hopper1" }, "password", "PASSWORD_TOO_SIMILAR"],
    ["two passwords", { confirmPassword: "something else" }, "confirmPassword", "PASSWORD_MISMATCH"],
    ["a line break in a name", { firstName: "a\nb" }, "firstName", "INVALID"],
    ["a look-alike of @", { email: "grace＠example.com" }, "email", "INVALID_EMAIL"],
    ["a Kelvin sign", { email: "\u212Aate@example.com" }, "email", "INVALID_EMAIL"],
    ["two addresses", { email: "a@example.com,b@example.com" }, "email", "INVALID_EMAIL"],
    ["a username with @", { username: "a@b" }, "username", "INVALID"],
    ["ill-formed text", { password: "a\uD800bcdefghij" }, "password", "INVALID"],
  ])("a visitor with %s is told which field, and nothing is written", async (_case, change, path, reason) => {
    const base = _case === "no address" ? { password } : { email: "grace.hopper@example.com", password };
    const error = await refusal(app.visitor().registration.register.mutate({ ...base, ...change }));
    expect(reasonOf(error)).toBe("VALIDATION");
    expect(fieldErrorsOf(error)[path]?.map((fault) => fault.reason)).toContain(reason);
    expect(JSON.stringify(error)).not.toContain("something else");
    expect(
      reasonOf(await refusal(app.visitor().auth.login.mutate({ email: "grace.hopper@example.com", password }))),
    ).toBe("INVALID_CREDENTIALS");
  });

  test("a visitor cannot set what is not theirs to set", async () => {
    for (const extra of [{ emailVerified: true }, { id: "1" }, { role: "admin" }, { createdAt: new Date() }]) {
      const input = { email: "mass@example.com", password, ...extra };
      const error = await refusal(app.visitor().registration.register.mutate(input));
      expect(fieldErrorsOf(error)).toMatchObject({ [Object.keys(extra)[0] ?? ""]: [{ reason: "UNKNOWN_FIELD" }] });
    }
  });

  test("whoever is signed in and registers again changes over to the new account", async () => {
    const ada = await app.addUser();
    const visitor = await app.signedIn(ada);
    await visitor.registration.register.mutate({ email: "second@example.com", password });
    expect(await visitor.user.me.query()).toMatchObject({ email: "second@example.com" });
  });
});

describe("verifying", () => {
  test("a link works once; for an hour, whoever follows it again hears that it is done (A24)", async () => {
    const email = "once@example.com";
    await app.visitor().registration.register.mutate({ email, password });
    const token = await app.tokenFromMail(email);
    const verify = () => reasonFor(app.visitor().registration.verifyEmail.mutate({ token }));
    await app.visitor().registration.verifyEmail.mutate({ token });
    const sessions = () => app.sql("select id from keywright.sessions");
    const before = await sessions();
    for (const _again of [1, 2]) expect(await verify()).toBe("ALREADY_VERIFIED");
    expect(await reasonFor(app.visitor().password.checkToken.mutate({ token }))).toBe("TOKEN_INVALID");
    expect(await sessions()).toHaveLength(before.length);
    const remembered = () => app.sql(`select purpose from keywright.secrets where email = '${email}'`);
    await app.keywright.cleanUp();
    expect(await remembered()).toHaveLength(1);
    app.travel(3_600_000);
    expect(await verify()).toBe("TOKEN_INVALID");
    await app.keywright.cleanUp();
    expect(await remembered()).toEqual([]);
  });

  test("a link that has signed in signs nobody else in (A24)", async () => {
    const eager = await createTestApp({ registration: { signInOnVerification: true } }, app.database);
    const email = "once.more@example.com";
    await app.visitor().registration.register.mutate({ email, password });
    const token = await app.tokenFromMail(email);
    const verify = () => eager.visitor().registration.verifyEmail.mutate({ token });
    expect(await verify()).toMatchObject({ status: "signed_in" });
    const sessions = () =>
      app.sql(`select 1 from keywright.sessions join keywright.users on users.id = user_id where email = '${email}'`);
    const before = await sessions();
    expect(await reasonFor(verify())).toBe("ALREADY_VERIFIED");
    expect(await sessions()).toHaveLength(before.length);
    await eager.close();
  });

  test("a new link voids the old one", async () => {
    await app.visitor().registration.register.mutate({ email: "twice@example.com", password });
    const old = await app.tokenFromMail("twice@example.com");
    await app.visitor().registration.resendVerification.mutate({ email: "Twice@example.com" });
    const token = await app.tokenFromMail("twice@example.com");
    expect(token).not.toBe(old);
    expect(reasonOf(await refusal(app.visitor().registration.verifyEmail.mutate({ token: old })))).toBe(
      "TOKEN_INVALID",
    );
    expect(await app.visitor().registration.verifyEmail.mutate({ token })).toEqual({ status: "verified" });
  });

  test("a link is over after a day", async () => {
    await app.visitor().registration.register.mutate({ email: "late@example.com", password });
    const token = await app.tokenFromMail("late@example.com");
    app.travel(24 * 3_600_000 + 1000);
    expect(reasonOf(await refusal(app.visitor().registration.verifyEmail.mutate({ token })))).toBe("TOKEN_EXPIRED");
  });

  test("a visitor who asks again gets mail only where it is needed, and never an answer that tells", async () => {
    const ada = await app.addUser();
    const before = app.mails.length;
    expect(await app.visitor().registration.resendVerification.mutate({ email: ada.email })).toEqual({});
    expect(await app.visitor().registration.resendVerification.mutate({ email: "nobody@example.com" })).toEqual({});
    await app.keywright.deliverMail();
    expect(app.mails.length).toBe(before);
  });

  test("a reset link does not verify, and a verification link does not reset", async () => {
    const ada = await app.addUser();
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    const reset = await app.tokenFromMail(ada.email);
    expect(reasonOf(await refusal(app.visitor().registration.verifyEmail.mutate({ token: reset })))).toBe(
      "TOKEN_INVALID",
    );
    await app.visitor().password.reset.mutate({ token: reset, newPassword: "battery staple" });
    await app.visitor().registration.register.mutate({ email: "kinds@example.com", password });
    const verify = await app.tokenFromMail("kinds@example.com");
    const attempt = app.visitor().password.reset.mutate({ token: verify, newPassword: "battery staple" });
    expect(reasonOf(await refusal(attempt))).toBe("TOKEN_INVALID");
    expect(await app.visitor().registration.verifyEmail.mutate({ token: verify })).toEqual({ status: "verified" });
  });
});
