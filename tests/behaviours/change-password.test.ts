import { fieldErrorsOf, type KeywrightClient, reasonOf, retryAfterOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { accountRow, mailsTo, withInstance } from "./instance.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ mail: { signInNotices: false } });
});
afterAll(() => app.close());

const newPassword = "battery staple";
const change = (client: KeywrightClient, { password }: TestUser, chosen = newPassword) =>
  client.password.change.mutate({ currentPassword: password, newPassword: chosen });
const login = ({ email }: TestUser, password: string) => app.visitor().auth.login.mutate({ email, password });

test.each(["cookie", "bearer"] as const)("a visitor without a session is refused by %s", async (transport) => {
  const ada = await app.addUser();
  expect(reasonOf(await refusal(change(app.visitor({ transport }), ada)))).toBe("NOT_AUTHENTICATED");
  await login(ada, ada.password);
});

test("a user who changes the password gets in with the new one, and no longer with the old one", async () => {
  const ada = await app.addUser();
  const laptop = await app.signedIn(ada);
  expect(await change(laptop, ada)).toMatchObject({ status: "signed_in", user: { email: ada.email } });
  expect(reasonOf(await refusal(login(ada, ada.password)))).toBe("INVALID_CREDENTIALS");
  expect(await login(ada, newPassword)).toMatchObject({ status: "signed_in" });
  expect(await laptop.user.me.query()).toMatchObject({ email: ada.email });
});

test.each([
  ["two passwords that differ", { confirmPassword: "battery stable" }, "confirmPassword", "PASSWORD_MISMATCH"],
  ["an empty confirmation", { confirmPassword: "" }, "confirmPassword", "PASSWORD_MISMATCH"],
  ["an empty password", { newPassword: "" }, "newPassword", "REQUIRED"],
  ["a short password", { newPassword: "staple" }, "newPassword", "PASSWORD_TOO_SHORT"],
  ["a long password", { newPassword: "staple ".repeat(40) }, "newPassword", "PASSWORD_TOO_LONG"],
  ["a common password", { newPassword: "password1" }, "newPassword", "PASSWORD_TOO_COMMON"],
  ["a password of digits", { newPassword: "8316490527" }, "newPassword", "PASSWORD_ENTIRELY_NUMERIC"],
  ["a password like the username", { newPassword: "marie.curie1" }, "newPassword", "PASSWORD_TOO_SIMILAR"],
])("a user with %s is told which field, and keeps the old password", async (_case, input, path, reason) => {
  const marie = await app.addUser({ username: `marie.curie.${app.mails.length}` });
  const laptop = await app.signedIn(marie);
  const before = await accountRow(app, marie.email);
  const error = await refusal(
    laptop.password.change.mutate({ currentPassword: marie.password, newPassword, ...input }),
  );
  expect(reasonOf(error)).toBe("VALIDATION");
  expect(fieldErrorsOf(error)[path]?.map((fault) => fault.reason)).toContain(reason);
  expect(await accountRow(app, marie.email)).toEqual(before);
});

test("a user who gives no confirmation is told so where one is required", async () => {
  await withInstance(app, { password: { requireConfirmation: true } }, async (strict) => {
    const ada = await app.addUser();
    const laptop = await strict.signedIn(ada);
    const error = await refusal(change(laptop, ada));
    expect(fieldErrorsOf(error)).toMatchObject({ confirmPassword: [{ reason: "REQUIRED" }] });
    const input = { currentPassword: ada.password, newPassword, confirmPassword: newPassword };
    expect(await laptop.password.change.mutate(input)).toMatchObject({ status: "signed_in" });
  });
});

test.each([
  ["no current password", undefined, "VALIDATION", "REQUIRED"],
  ["an empty current password", "", "VALIDATION", "REQUIRED"],
  ["a wrong current password", "wrong horse", "WRONG_PASSWORD", "WRONG_PASSWORD"],
])("a user with %s is told so at that field", async (_case, currentPassword, reason, fault) => {
  const laptop = await app.signedIn(await app.addUser());
  const error = await refusal(laptop.password.change.mutate({ currentPassword, newPassword }));
  expect(reasonOf(error)).toBe(reason);
  expect(fieldErrorsOf(error)).toMatchObject({ currentPassword: [{ reason: fault }] });
});

test("a user who signed in just now needs no current password where that is not required", async () => {
  await withInstance(app, { password: { requireCurrent: false } }, async (lax) => {
    const ada = await app.addUser();
    const laptop = await lax.signedIn(ada);
    expect(await laptop.password.change.mutate({ newPassword })).toMatchObject({ status: "signed_in" });
    const given = laptop.password.change.mutate({ currentPassword: "wrong horse", newPassword: "yet another one" });
    expect(reasonOf(await refusal(given))).toBe("WRONG_PASSWORD");
    lax.travel(11 * 60_000);
    const late = laptop.password.change.mutate({ newPassword: "yet another one" });
    expect(reasonOf(await refusal(late))).toBe("REAUTHENTICATION_REQUIRED");
    await lax.visitor().auth.login.mutate({ email: ada.email, password: newPassword });
  });
});

test("a wrong current password changes nothing: not the password, not the sessions, and nobody is told", async () => {
  const ada = await app.addUser();
  const [laptop, phone] = [await app.signedIn(ada), await app.signedIn(ada, { transport: "bearer" })];
  const before = [await accountRow(app, ada.email), await mailsTo(app, ada.email)];
  await refusal(laptop.password.change.mutate({ currentPassword: "wrong horse", newPassword }));
  expect([await accountRow(app, ada.email), await mailsTo(app, ada.email)]).toEqual(before);
  expect(await laptop.user.me.query()).toMatchObject({ email: ada.email });
  expect(await phone.user.me.query()).toMatchObject({ email: ada.email });
});

test.each(["email", "username", "userId", "login"])(
  "a user who names somebody in the field %s is refused, and that person's password stays",
  async (field) => {
    const [mallory, grace] = [await app.addUser(), await app.addUser({ password: "grace's own horse" })];
    const before = await accountRow(app, grace.email);
    const laptop = await app.signedIn(mallory);
    const named = { [field]: field === "username" ? grace.username : grace.email };
    const input = { currentPassword: mallory.password, newPassword, ...named };
    const error = await refusal(laptop.password.change.mutate(input));
    expect(fieldErrorsOf(error)).toMatchObject({ [field]: [{ reason: "UNKNOWN_FIELD" }] });
    expect(await accountRow(app, grace.email)).toEqual(before);
  },
);

test("a change by GET is refused with status 405", async () => {
  const ada = await app.addUser();
  const { tokens } = await app.visitor({ transport: "bearer" }).auth.login.mutate(credentialsOf(ada));
  const input = encodeURIComponent(JSON.stringify({ json: { currentPassword: ada.password, newPassword } }));
  const headers = { authorization: `Bearer ${tokens?.accessToken}` };
  expect((await app.get(`password.change?input=${input}`, headers)).status).toBe(405);
  await login(ada, ada.password);
});

test("a phone gets a new pair of tokens: the new ones work, and every earlier one is over", async () => {
  const ada = await app.addUser();
  const [phone, tablet] = [app.visitor({ transport: "bearer" }), app.visitor({ transport: "bearer" })];
  const old = (await phone.auth.login.mutate(credentialsOf(ada))).tokens;
  const others = (await tablet.auth.login.mutate(credentialsOf(ada))).tokens;
  const answer = await change(phone, ada);
  const fresh = answer.status === "signed_in" ? answer.tokens : null;
  for (const ended of [old, others]) {
    expect(await opens(ended?.accessToken)).toBe(false);
    expect(await refreshes(ended?.refreshToken)).toBe(false);
  }
  expect(await opens(fresh?.accessToken)).toBe(true);
  expect(await refreshes(fresh?.refreshToken)).toBe(true);
});

test("a phone whose change is refused keeps its tokens", async () => {
  const ada = await app.addUser();
  const phone = app.visitor({ transport: "bearer" });
  const { tokens } = await phone.auth.login.mutate(credentialsOf(ada));
  const input = { currentPassword: ada.password, newPassword, confirmPassword: "battery stable" };
  expect(reasonOf(await refusal(phone.password.change.mutate(input)))).toBe("VALIDATION");
  expect(await opens(tokens?.accessToken)).toBe(true);
  expect(await refreshes(tokens?.refreshToken)).toBe(true);
});

test("a user without a password sets the first one by a mailed link, and gives no current one", async () => {
  await withInstance(app, { registration: { required: ["email"] } }, async (open) => {
    const email = "no.password@example.com";
    const laptop = open.visitor();
    await laptop.registration.register.mutate({ email });
    expect(await laptop.user.me.query()).toMatchObject({ hasPassword: false });
    const token = await open.tokenFromMail(email);
    expect(await open.visitor().password.set.mutate({ token, newPassword })).toEqual({});
    await laptop.auth.login.mutate({ email, password: newPassword });
    expect(await laptop.user.me.query()).toMatchObject({ hasPassword: true });
  });
});

test("the owner is told by mail that the password was changed", async () => {
  const ada = await app.addUser();
  await change(await app.signedIn(ada), ada);
  const mail = await app.mailTo(ada.email);
  expect(mail.subject).toBe("Your Keywright password was changed");
  expect(mail.text).not.toContain(newPassword);
});

test("a guesser at the current password of a session is limited as at the login, and so is the right one then", async () => {
  await withInstance(app, { limits: { passwordTriesPerAccount: 3 } }, async (limited) => {
    const [ada, grace] = [await app.addUser(), await app.addUser()];
    const [phone, other] = [
      await limited.signedIn(ada, { transport: "bearer" }),
      await limited.signedIn(grace, { transport: "bearer" }),
    ];
    const wrong = () => refusal(change(phone, { ...ada, password: "wrong horse" })).then(reasonOf);
    const reasons = [await wrong(), await wrong(), await wrong(), await wrong()];
    expect(reasons.slice(0, 2)).toEqual(["WRONG_PASSWORD", "WRONG_PASSWORD"]);
    expect(reasons.at(-1)).toBe("RATE_LIMITED");
    const error = await refusal(change(phone, ada));
    expect(reasonOf(error)).toBe("RATE_LIMITED");
    expect(retryAfterOf(error)).toBeGreaterThan(0);
    expect(await change(other, grace)).toMatchObject({ status: "signed_in" });
  });
});

const credentialsOf = ({ email, password }: TestUser) => ({ email, password });

async function opens(accessToken = ""): Promise<boolean> {
  return (await app.get("user.me", { authorization: `Bearer ${accessToken}` })).ok;
}

async function refreshes(refreshToken = ""): Promise<boolean> {
  return (await app.post("auth.refreshToken", { refreshToken })).ok;
}
