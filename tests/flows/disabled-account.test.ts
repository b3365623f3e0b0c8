import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const disable = (email: string) =>
  app.sql(`update keywright.users set is_disabled = true where email_key = '${email}'`);

describe("a disabled account", () => {
  test("A23: notes that somebody has its right password", async () => {
    const ada = await app.addUser();
    await disable(ada.email);
    const login = app.visitor().auth.login.mutate({ email: ada.email, password: ada.password });
    expect(reasonOf(await refusal(login))).toBe("ACCOUNT_DISABLED");
    const ofAda = `user_id = (select id from keywright.users where email_key = '${ada.email}')`;
    const events = await app.sql(`select kind from keywright.audit_events where ${ofAda} and kind = 'login.failed'`);
    expect(events).toHaveLength(1);
  });

  test("gets no mail that anybody asks for, and the asker is not told", async () => {
    const ada = await app.addUser();
    const unproved = "disabled@example.com";
    await app.visitor().registration.register.mutate({ email: unproved, password: "correct horse" });
    await app.tokenFromMail(unproved);
    await disable(ada.email);
    await disable(unproved);
    const before = app.mails.length;
    for (const email of [ada.email, unproved]) {
      expect(await app.visitor().password.requestReset.mutate({ email })).toEqual({});
      expect(await app.visitor().registration.resendVerification.mutate({ email })).toEqual({});
    }
    await app.keywright.deliverMail();
    expect(app.mails.length).toBe(before);
  });

  test("is opened by no link that was mailed before", async () => {
    const ada = await app.addUser();
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await app.tokenFromMail(ada.email);
    await disable(ada.email);
    const attempt = app.visitor().password.reset.mutate({ token, newPassword: "battery staple" });
    expect(reasonOf(await refusal(attempt))).toBe("TOKEN_INVALID");
  });
});
