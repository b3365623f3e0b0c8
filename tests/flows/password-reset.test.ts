import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { reasonFor } from "../support/reason.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const newPassword = "battery staple";

async function resetToken(user: TestUser): Promise<string> {
  await app.visitor().password.requestReset.mutate({ email: user.email });
  return await app.tokenFromMail(user.email);
}

describe("resetting a password", () => {
  test("the new password lets me in and every old session is over", async () => {
    const ada = await app.addUser();
    const laptop = await app.signedIn(ada);
    const phone = await app.signedIn(ada, { transport: "bearer" });
    const token = await resetToken(ada);
    expect(await app.visitor().password.reset.mutate({ token, newPassword })).toEqual({});
    await app.visitor().auth.login.mutate({ email: ada.email, password: newPassword });
    expect(reasonOf(await refusal(laptop.user.me.query()))).toBe("NOT_AUTHENTICATED");
    expect(reasonOf(await refusal(phone.user.me.query()))).toBe("NOT_AUTHENTICATED");
    const old = app.visitor().auth.login.mutate({ email: ada.email, password: ada.password });
    expect(reasonOf(await refusal(old))).toBe("INVALID_CREDENTIALS");
  });

  test("the reset signs nobody in", async () => {
    const ada = await app.addUser();
    const visitor = app.visitor();
    await visitor.password.reset.mutate({ token: await resetToken(ada), newPassword });
    expect(await visitor.auth.session.query()).toBeNull();
  });

  test("the owner is told by mail", async () => {
    const ada = await app.addUser();
    await app.visitor().password.reset.mutate({ token: await resetToken(ada), newPassword });
    const mail = await app.mailTo(ada.email);
    expect(mail.subject).toMatch(/password/i);
    expect(mail.links).toEqual([]);
  });

  test("a visitor sees what a link is for, and whose, masked", async () => {
    const ada = await app.addUser({ email: "lovelace@example.com" });
    const token = await resetToken(ada);
    for (const _look of [1, 2]) {
      expect(await app.visitor().password.checkToken.mutate({ token })).toEqual({
        purpose: "reset_password",
        email: "l•••@example.com",
      });
    }
    await app.visitor().password.reset.mutate({ token, newPassword });
    expect(reasonOf(await refusal(app.visitor().password.checkToken.mutate({ token })))).toBe("TOKEN_INVALID");
  });

  test("a link works once", async () => {
    const token = await resetToken(await app.addUser());
    await app.visitor().password.reset.mutate({ token, newPassword });
    const again = app.visitor().password.reset.mutate({ token, newPassword: "another staple" });
    expect(reasonOf(await refusal(again))).toBe("TOKEN_INVALID");
  });

  test("a link is over after an hour", async () => {
    const token = await resetToken(await app.addUser());
    app.travel(3_600_000 + 1000);
    expect(reasonOf(await refusal(app.visitor().password.reset.mutate({ token, newPassword })))).toBe("TOKEN_EXPIRED");
  });

  test("a reset voids every other link of the account", async () => {
    const ada = await app.addUser();
    const old = await resetToken(ada);
    const token = await resetToken(ada);
    expect(reasonOf(await refusal(app.visitor().password.checkToken.mutate({ token: old })))).toBe("TOKEN_INVALID");
    await app.visitor().password.reset.mutate({ token, newPassword });
    const secrets = `select hash from keywright.secrets join keywright.users on users.id = user_id where email_key = '${ada.email}'`;
    expect(await app.sql(secrets)).toEqual([]);
  });

  test("a password that is refused does not cost the link", async () => {
    const ada = await app.addUser({ email: "hopper.grace@example.com", username: "gracehopper" });
    const token = await resetToken(ada);
    const attempts = [
      ["short", "PASSWORD_TOO_SHORT"],
      ["password1", "PASSWORD_TOO_COMMON"],
      ["83164905271", "PASSWORD_ENTIRELY_NUMERIC"],
      ["gracehopper1", "PASSWORD_TOO_SIMILAR"],
    ] as const;
    for (const [password, reason] of attempts) {
      const error = await refusal(app.visitor().password.reset.mutate({ token, newPassword: password }));
      expect(reasonOf(error)).toBe("VALIDATION");
      expect(fieldErrorsOf(error).newPassword?.map((fault) => fault.reason)).toContain(reason);
    }
    const differing = { token, newPassword, confirmPassword: "something else" };
    const mismatch = await refusal(app.visitor().password.reset.mutate(differing));
    expect(fieldErrorsOf(mismatch)).toMatchObject({ confirmPassword: [{ reason: "PASSWORD_MISMATCH" }] });
    await app.visitor().password.reset.mutate({ token, newPassword, confirmPassword: newPassword });
  });

  test("an unverified user gets the reset link as well, which proves the address", async () => {
    const email = "unproved@example.com";
    const visitor = app.visitor();
    await visitor.registration.register.mutate({ email, password: "correct horse" });
    const verifying = await app.tokenFromMail(email);
    await app.visitor().password.requestReset.mutate({ email });
    const token = await app.tokenFromMail(email);
    expect(await app.visitor().password.checkToken.mutate({ token })).toMatchObject({ purpose: "reset_password" });
    expect(await reasonFor(visitor.registration.verifyEmail.mutate({ token: verifying }))).toBe("TOKEN_INVALID");
    await visitor.password.reset.mutate({ token, newPassword });
    const { user } = await visitor.auth.login.mutate({ email, password: newPassword });
    expect(user).toMatchObject({ email, emailVerified: true });
  });

  test("an unknown address gets the same answer and no mail", async () => {
    const before = app.mails.length;
    expect(await app.visitor().password.requestReset.mutate({ email: "nobody@example.com" })).toEqual({});
    await app.keywright.deliverMail();
    expect(app.mails.length).toBe(before);
  });

  test("the mail goes to the stored address, not to a look-alike that was typed", async () => {
    await app.addUser({ email: "mike@example.org" });
    const typed = ["m\u0131ke@example.org", "mike@\uFF45xample.org", "mike@example.org\nbcc:evil@example.org"];
    for (const email of typed) {
      expect(reasonOf(await refusal(app.visitor().password.requestReset.mutate({ email })))).toBe("VALIDATION");
    }
    await app.visitor().password.requestReset.mutate({ email: "MIKE@EXAMPLE.ORG" });
    expect((await app.mailTo("mike@example.org")).to).toBe("mike@example.org");
  });

  test("a login that checked the old password before the reset starts no session after it", async () => {
    const ada = await app.addUser();
    const token = await resetToken(ada);
    const { deps } = app.keywright;
    const { verify } = deps.passwords;
    let isReset = false;
    deps.passwords.verify = async (stored, password) => {
      const verdict = await verify(stored, password);
      if (!isReset) {
        isReset = true;
        await app.visitor().password.reset.mutate({ token, newPassword });
      }
      return verdict;
    };
    const login = app.visitor().auth.login.mutate({ email: ada.email, password: ada.password });
    const error = await refusal(login).finally(() => {
      deps.passwords.verify = verify;
    });
    expect(reasonOf(error)).toBe("INVALID_CREDENTIALS");
  });
});
