import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let optional: TestApp;
let mandatory: TestApp;
let none: TestApp;
beforeAll(async () => {
  optional = await createTestApp();
  mandatory = await createTestApp({ registration: { verification: "mandatory" } }, optional.database);
  none = await createTestApp({ registration: { verification: "none" } }, optional.database);
});
afterAll(async () => {
  await mandatory.close();
  await none.close();
  await optional.close();
});

const password = "correct horse";
const mailsTo = (email: string) => optional.mails.filter(({ to }) => to === email);

describe("where verification is optional", () => {
  test("a visitor is signed in at once, and does what needs a proved address after the link", async () => {
    const visitor = optional.visitor();
    const answer = await visitor.registration.register.mutate({ email: "optional@example.com", password });
    expect(answer.status).toBe("signed_in");
    const update = () => visitor.user.update.mutate({ firstName: "Ada" });
    expect(reasonOf(await refusal(update()))).toBe("EMAIL_NOT_VERIFIED");
    const token = await optional.tokenFromMail("optional@example.com");
    await optional.visitor().registration.verifyEmail.mutate({ token });
    expect(await update()).toMatchObject({ firstName: "Ada", emailVerified: true });
  });
});

describe("where verification is mandatory", () => {
  test("a visitor gets no session before the link was followed, and the password that was chosen after it", async () => {
    const email = "mandatory@example.com";
    const phone = mandatory.visitor({ transport: "bearer" });
    const answer = await phone.registration.register.mutate({ email, password });
    expect(answer).toEqual({ status: "verification_sent" });
    const login = () => mandatory.visitor().auth.login.mutate({ email, password });
    expect(reasonOf(await refusal(login()))).toBe("EMAIL_NOT_VERIFIED");
    const token = await mandatory.tokenFromMail(email);
    expect(await mandatory.visitor().registration.verifyEmail.mutate({ token })).toEqual({ status: "verified" });
    expect(await login()).toMatchObject({ status: "signed_in", user: { emailVerified: true } });
  });

  test("the owner of a taken address hears of it by mail, and the visitor does not", async () => {
    const ada = await optional.addUser();
    const input = { email: ada.email.toUpperCase(), password: "battery staple" };
    const answer = await mandatory.visitor().registration.register.mutate(input);
    expect(answer).toEqual({ status: "verification_sent" });
    const mail = await mandatory.mailTo(ada.email);
    expect(mail.subject).toMatch(/already/i);
    expect(JSON.stringify(mail)).not.toContain("token=");
    await mandatory.signedIn(ada);
  });
});

describe("where there is no verification", () => {
  test("a visitor gets no mail and is kept from nothing", async () => {
    const email = "none@example.com";
    const visitor = none.visitor();
    await visitor.registration.register.mutate({ email, password });
    await none.keywright.deliverMail();
    expect(mailsTo(email)).toEqual([]);
    expect(await visitor.user.update.mutate({ firstName: "Ada" })).toMatchObject({ emailVerified: false });
  });

  test("a reset proves the address, for once, and tells so", async () => {
    const email = "proved-by-reset@example.com";
    const visitor = none.visitor();
    await visitor.registration.register.mutate({ email, password });
    for (const [round, newPassword] of ["battery staple", "another staple"].entries()) {
      await visitor.password.requestReset.mutate({ email });
      await visitor.password.reset.mutate({ token: await none.tokenFromMail(email), newPassword });
      const { user } = await visitor.auth.login.mutate({ email, password: newPassword });
      expect(user.emailVerified).toBe(true);
      const { events } = await visitor.user.events.query();
      expect(events.filter(({ kind }) => kind === "user.verified")).toHaveLength(1);
      expect(events.filter(({ kind }) => kind === "password.reset")).toHaveLength(round + 1);
    }
  });
});

describe("a verification link", () => {
  test("of an account that a reset has verified meanwhile is void", async () => {
    const email = "meanwhile@example.com";
    await optional.visitor().registration.register.mutate({ email, password });
    const token = await optional.tokenFromMail(email);
    await none.visitor().password.requestReset.mutate({ email });
    const reset = await none.tokenFromMail(email);
    await none.visitor().password.reset.mutate({ token: reset, newPassword: "battery staple" });
    const late = optional.visitor().registration.verifyEmail.mutate({ token });
    expect(reasonOf(await refusal(late))).toBe("TOKEN_INVALID");
  });

  test("tells a user who was verified in another way that there is nothing to do", async () => {
    const email = "by-support@example.com";
    await optional.visitor().registration.register.mutate({ email, password });
    const token = await optional.tokenFromMail(email);
    await optional.sql(`update keywright.users set email_verified_at = created_at where email_key = '${email}'`);
    const late = optional.visitor().registration.verifyEmail.mutate({ token });
    expect(reasonOf(await refusal(late))).toBe("ALREADY_VERIFIED");
  });

  test("signs in where the app wants that, by the cookie and by tokens", async () => {
    const eager = await createTestApp({ registration: { signInOnVerification: true } }, optional.database);
    for (const [transport, email] of [
      ["cookie", "eager@example.com"],
      ["bearer", "eager-phone@example.com"],
    ] as const) {
      await eager.visitor().registration.register.mutate({ email, password });
      const visitor = eager.visitor({ transport });
      const token = await eager.tokenFromMail(email);
      const answer = await visitor.registration.verifyEmail.mutate({ token, deviceName: "Ada's" });
      expect(answer).toMatchObject({
        status: "signed_in",
        session: { deviceName: "Ada's" },
        user: { emailVerified: true },
      });
      expect(await visitor.user.me.query()).toMatchObject({ email });
    }
    await eager.close();
  });
});
