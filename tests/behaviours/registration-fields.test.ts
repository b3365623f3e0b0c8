import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { accountRow, accountsOf, mailsTo, withInstance } from "./instance.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ mail: { signInNotices: false } });
});
afterAll(() => app.close());

const password = "correct horse";
const reasonsAt = (error: unknown, field: string) => fieldErrorsOf(error)[field]?.map(({ reason }) => reason);
const all = ["email", "username", "password", "firstName", "lastName"] as const;

test("a visitor hears of every required field that is missing, all at once", async () => {
  await withInstance(app, { registration: { required: [...all] } }, async (strict) => {
    const error = await refusal(strict.visitor().registration.register.mutate({}));
    expect(reasonOf(error)).toBe("VALIDATION");
    const required = [{ reason: "REQUIRED", message: "This field is required." }];
    expect(fieldErrorsOf(error)).toEqual(Object.fromEntries(all.map((field) => [field, required])));
  });
});

test("a visitor may leave out every optional field", async () => {
  const answer = await app.visitor().registration.register.mutate({ email: "only@example.com", password });
  const left = { username: null, firstName: "", lastName: "" };
  expect(answer).toMatchObject({ status: "signed_in", user: { email: "only@example.com", ...left } });
});

test.each([
  ["123456", ["PASSWORD_TOO_SHORT", "PASSWORD_TOO_COMMON", "PASSWORD_ENTIRELY_NUMERIC"]],
  ["4815162", ["PASSWORD_TOO_SHORT", "PASSWORD_ENTIRELY_NUMERIC"]],
  ["hopper99", ["PASSWORD_TOO_SIMILAR"]],
])("a visitor hears all that is wrong with the password %j", async (weak, reasons) => {
  const input = { email: "navy@example.com", username: "hopper99", password: weak };
  const error = await refusal(app.visitor().registration.register.mutate(input));
  expect(reasonsAt(error, "password")).toEqual(reasons);
  expect(await accountsOf(app, input.email)).toBe(0);
});

test("a visitor's password has to pass the settings and the app's own rule, in this order", async () => {
  const passwordRule = async (chosen: string) => (chosen.includes("leaked") ? ("PASSWORD_BREACHED" as const) : null);
  const rules = { minLength: 15, refuseNumeric: false };
  await withInstance(app, { passwordRule, password: rules }, async (strict) => {
    const register = (chosen: string) =>
      strict.visitor().registration.register.mutate({ email: "ruled@example.com", password: chosen });
    expect(reasonsAt(await refusal(register("a leaked one")), "password")).toEqual(["PASSWORD_TOO_SHORT"]);
    expect(reasonsAt(await refusal(register("a leaked one, long")), "password")).toEqual(["PASSWORD_BREACHED"]);
    expect(await accountsOf(app, "ruled@example.com")).toBe(0);
    expect(await register("836401957362518")).toMatchObject({ status: "signed_in" });
  });
});

test("a visitor gives the password once, or twice where that is asked for", async () => {
  const input = { email: "twice.given@example.com", password };
  await withInstance(app, { password: { requireConfirmation: true } }, async (strict) => {
    expect(await strict.visitor().auth.config.query()).toMatchObject({ passwordRules: { confirmed: true } });
    const error = await refusal(strict.visitor().registration.register.mutate(input));
    expect(reasonsAt(error, "confirmPassword")).toEqual(["REQUIRED"]);
    expect(await accountsOf(app, input.email)).toBe(0);
  });
  expect(await app.visitor().auth.config.query()).toMatchObject({ passwordRules: { confirmed: false } });
  expect(await app.visitor().registration.register.mutate(input)).toMatchObject({ status: "signed_in" });
});

test.each(["none", "optional", "mandatory"] as const)(
  "a visitor without an address, or with an empty one, is refused where verification is %s and an address required",
  async (verification) => {
    await withInstance(app, { registration: { verification } }, async (instance) => {
      const { register } = instance.visitor().registration;
      expect(reasonsAt(await refusal(register.mutate({ username: "nomail", password })), "email")).toEqual([
        "REQUIRED",
      ]);
      const empty = await refusal(register.mutate({ email: "", username: "nomail", password }));
      expect(reasonsAt(empty, "email")).toEqual(["INVALID_EMAIL"]);
      expect(await app.sql("select id from keywright.users where username_key = 'nomail'")).toEqual([]);
    });
  },
);

test("a visitor of an app of addresses only needs no username, and is refused one", async () => {
  const settings = { login: { fields: ["email" as const] }, registration: { optional: [] } };
  await withInstance(app, settings, async (plain) => {
    const input = { email: "plain@example.com", password };
    const error = await refusal(plain.visitor().registration.register.mutate({ ...input, username: "plain" }));
    expect(reasonsAt(error, "username")).toEqual(["UNKNOWN_FIELD"]);
    await plain.visitor().registration.register.mutate(input);
    expect(await plain.visitor().auth.login.mutate(input)).toMatchObject({ user: { username: null } });
  });
});

test("a visitor of an app of usernames only gets no mail, for there is no address", async () => {
  const settings = { registration: { required: ["username" as const, "password" as const], optional: [] } };
  await withInstance(app, settings, async (nameless) => {
    const queued = () => app.sql("select id from keywright.outbox");
    const before = await queued();
    const visitor = nameless.visitor();
    await visitor.registration.register.mutate({ username: "nobody.s.mail", password });
    expect(await queued()).toEqual(before);
    expect(await visitor.user.me.query()).toMatchObject({ username: "nobody.s.mail", email: null });
    expect(await visitor.user.update.mutate({ firstName: "No" })).toMatchObject({ firstName: "No" });
  });
});

test("a visitor's address is kept as it was typed, and found and unique in any case", async () => {
  await app.visitor().registration.register.mutate({ email: "Mixed.Case@Example.COM", password });
  const login = await app.visitor().auth.login.mutate({ email: "mixed.case@example.com", password });
  expect(login.user.email).toBe("Mixed.Case@Example.COM");
  const again = app.visitor().registration.register.mutate({ email: "MIXED.CASE@EXAMPLE.COM", password });
  expect(reasonOf(await refusal(again))).toBe("EMAIL_TAKEN");
  expect(await app.tokenFromMail("Mixed.Case@Example.COM")).toMatch(/^kwo_/);
});

test.each([
  ["admin", "USERNAME_TAKEN"],
  ["ADMIN", "USERNAME_TAKEN"],
  ["Root", "USERNAME_TAKEN"],
  ["administrator", null],
])("a visitor who wants to be %s is answered %s where admin and root are reserved", async (username, reason) => {
  await withInstance(app, { user: { reservedUsernames: ["admin", "root"] } }, async (strict) => {
    const email = `${username}.wanted@example.com`;
    const call = strict.visitor().registration.register.mutate({ email, username, password });
    expect(await call.then(() => null, reasonOf)).toBe(reason);
    expect(await accountsOf(app, email)).toBe(reason === null ? 1 : 0);
  });
});

test("a visitor who registers without a password has none stored, and gets in by the mailed link only", async () => {
  await withInstance(app, { registration: { required: ["email"] } }, async (open) => {
    const email = "later@example.com";
    await open.visitor().registration.register.mutate({ email });
    expect(await accountRow(app, email)).toMatchObject([{ hash: null }]);
    for (const guess of ["null", password]) {
      const login = open.visitor().auth.login.mutate({ email, password: guess });
      expect(reasonOf(await refusal(login))).toBe("INVALID_CREDENTIALS");
    }
    const mail = await open.mailTo(email);
    expect(mail.links[0]).toContain("/set-password?token=");
    const token = await open.tokenFromMail(email);
    await open.visitor().password.set.mutate({ token, newPassword: password });
    expect(await open.visitor().auth.login.mutate({ email, password })).toMatchObject({ status: "signed_in" });
  });
});

test("an address that the link to choose a password proved needs no second proof", async () => {
  const settings = { registration: { required: ["email" as const], verification: "mandatory" as const } };
  await withInstance(app, settings, async (invited) => {
    const email = "invited@example.com";
    await invited.visitor().registration.register.mutate({ email });
    const token = await invited.tokenFromMail(email);
    await invited.visitor().password.set.mutate({ token, newPassword: password });
    const { user } = await invited.visitor().auth.login.mutate({ email, password });
    expect(user.emailVerified).toBe(true);
    const before = await mailsTo(app, email);
    await invited.visitor().registration.resendVerification.mutate({ email });
    expect(await mailsTo(invited, email)).toBe(before);
  });
});
