import type { KeywrightEvent } from "@keywright/api";
import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { accountRow, accountsOf, mailsTo, refusalIn, withInstance } from "./instance.js";

let app: TestApp;
const events: KeywrightEvent[] = [];
beforeAll(async () => {
  app = await createTestApp({ mail: { signInNotices: false }, onEvent: (event) => void events.push(event) });
});
afterAll(() => app.close());

const password = "correct horse";
const mandatory = { registration: { verification: "mandatory" } } as const;
const tokensIn = (text: string) => text.match(/kw[a-z]_[\w-]+/g) ?? [];

test("a visitor's account is made once, with a password that is stored as its hash only", async () => {
  const email = "hashed@example.com";
  await app.visitor().registration.register.mutate({ email, password });
  const rows = await accountRow(app, email);
  expect(rows).toHaveLength(1);
  expect(rows[0]?.hash).toMatch(/^\$kw1\$/);
  expect(JSON.stringify(rows)).not.toContain(password);
});

test("a visitor's answer holds the public profile, and no password or hash", async () => {
  const input = { email: "profile@example.com", username: "profile", password, firstName: "Pro", lastName: "File" };
  const response = await app.post("registration.register", input, { "keywright-transport": "bearer" });
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(text).not.toMatch(/correct horse|\$kw1\$|hash|credential/i);
  const { password: _, ...shown } = input;
  expect(JSON.parse(text)).toMatchObject({ result: { data: { json: { user: { ...shown, emailVerified: false } } } } });
});

test("a taken username makes no second account", async () => {
  const ada = await app.addUser();
  const input = { email: "second.of.two@example.com", username: ada.username.toUpperCase(), password };
  const error = await refusal(app.visitor().registration.register.mutate(input));
  expect(reasonOf(error)).toBe("USERNAME_TAKEN");
  expect(fieldErrorsOf(error)).toMatchObject({ username: [{ reason: "USERNAME_TAKEN" }] });
  expect(await accountsOf(app, input.email)).toBe(0);
});

test.each(["none", "optional"] as const)(
  "a taken address is told plainly where verification is %s, and nothing changes",
  async (verification) => {
    await withInstance(app, { registration: { verification } }, async (open) => {
      const ada = await app.addUser();
      const before = await accountRow(app, ada.email);
      const input = { email: ada.email.toUpperCase(), password: "battery staple" };
      const error = await refusal(open.visitor().registration.register.mutate(input));
      expect(reasonOf(error)).toBe("EMAIL_TAKEN");
      expect(fieldErrorsOf(error)).toMatchObject({ email: [{ reason: "EMAIL_TAKEN" }] });
      expect(await accountRow(app, ada.email)).toEqual(before);
    });
  },
);

test("a registration is told to the app's listener once, and a refused one never", async () => {
  events.length = 0;
  const { user } = await signedUp(app, "listened@example.com");
  await refusal(app.visitor().registration.register.mutate({ email: "listened@example.com", password }));
  await vi.waitFor(() => expect(events.map(({ kind }) => kind)).toContain("session.started"));
  const told = events.filter(({ kind }) => kind === "user.registered");
  expect(told).toMatchObject([{ userId: user.id, ip: "127.0.0.1" }]);
});

test.each([
  ["cookie", "none"],
  ["bearer", "none"],
  ["cookie", "optional"],
  ["bearer", "optional"],
  ["cookie", "mandatory"],
  ["bearer", "mandatory"],
] as const)("a visitor by %s is signed in by the answer unless verification (%s) is mandatory", async (by, mode) => {
  await withInstance(app, { registration: { verification: mode } }, async (instance) => {
    const email = `${by}.${mode}@example.com`;
    const visitor = instance.visitor({ transport: by });
    const answer = await visitor.registration.register.mutate({ email, password });
    if (mode === "mandatory") {
      expect(answer).toEqual({ status: "verification_sent" });
      expect(await visitor.auth.session.query()).toBeNull();
      return;
    }
    const tokens = { accessToken: expect.any(String), refreshToken: expect.stringMatching(/^kwr_/) };
    expect(answer).toMatchObject({ status: "signed_in", user: { email }, tokens: by === "bearer" ? tokens : null });
    expect(await visitor.user.me.query()).toMatchObject({ email, emailVerified: false });
  });
});

test("a user who has to verify first gets in by the mail's link, and not before", async () => {
  await withInstance(app, mandatory, async (verified) => {
    const email = "first.verify@example.com";
    const login = () => verified.visitor().auth.login.mutate({ email, password });
    await verified.visitor().registration.register.mutate({ email, password });
    expect(await accountRow(app, email)).toMatchObject([{ email_verified_at: null, last_login_at: null }]);
    expect(reasonOf(await refusal(login()))).toBe("EMAIL_NOT_VERIFIED");
    const token = await verified.tokenFromMail(email);
    const shown = { purpose: "verify_email", email: "f•••@example.com" };
    expect(await verified.visitor().password.checkToken.mutate({ token })).toEqual(shown);
    expect(await verified.visitor().registration.verifyEmail.mutate({ token })).toEqual({ status: "verified" });
    expect(await login()).toMatchObject({ status: "signed_in", user: { emailVerified: true } });
  });
});

test("a taken address gets the answer of a free one where verification is mandatory, and its owner is told", async () => {
  await withInstance(app, mandatory, async (verified) => {
    const ada = await app.addUser();
    const before = await accountRow(app, ada.email);
    const register = (email: string) =>
      verified.post("registration.register", { email, password: "mallory's own horse" }).then((sent) => sent.text());
    expect(await register(ada.email)).toBe(await register("free.address@example.com"));
    expect(await accountRow(app, ada.email)).toEqual(before);
    const mail = await verified.mailTo(ada.email);
    expect(mail.subject).toBe("You already have an account at Keywright");
    expect(tokensIn(`${mail.text} ${mail.html}`)).toEqual([]);
    const guess = { email: ada.email, password: "mallory's own horse" };
    expect(reasonOf(await refusal(verified.visitor().auth.login.mutate(guess)))).toBe("INVALID_CREDENTIALS");
  });
});

test("no made-up token tells whether a registered address was free or taken", async () => {
  await withInstance(app, mandatory, async (verified) => {
    const ada = await app.addUser();
    const answers: unknown[] = [];
    for (const email of [ada.email, "free.again@example.com"]) {
      await verified.visitor().registration.register.mutate({ email, password });
      await verified.keywright.deliverMail();
      const response = await verified.post("registration.verifyEmail", { token: `kwo_${"A".repeat(43)}` });
      const { requestId: _, ...told } = await refusalIn(response);
      answers.push(told);
    }
    expect(answers[0]).toMatchObject({ reason: "TOKEN_INVALID", httpStatus: 400 });
    expect(answers[1]).toEqual(answers[0]);
  });
});

test("a closed registration is refused with status 403, and nothing is written or mailed", async () => {
  await withInstance(app, { registration: { open: false } }, async (closed) => {
    const email = "closed@example.com";
    const response = await closed.post("registration.register", { email, password });
    expect(response.status).toBe(403);
    expect(await refusalIn(response)).toMatchObject({ reason: "REGISTRATION_CLOSED" });
    expect([await accountsOf(app, email), await mailsTo(app, email)]).toEqual([0, 0]);
    expect(await closed.visitor().auth.config.query()).toMatchObject({ registrationOpen: false });
  });
});

test("whoever is signed in and registers once more has the new session only: the old one is over", async () => {
  const ada = await app.addUser();
  const [laptop, phone] = [await app.signedIn(ada), await app.signedIn(ada, { transport: "bearer" })];
  const before = (await phone.auth.sessions.query()).length;
  await laptop.registration.register.mutate({ email: "once.more@example.com", password });
  expect(await laptop.user.me.query()).toMatchObject({ email: "once.more@example.com" });
  expect(await phone.auth.sessions.query()).toHaveLength(before - 1);
});

test("a visitor's registrations are counted by address on the net, whatever they register", async () => {
  await withInstance(app, { limits: { registrationsPerIpPerMinute: 2 } }, async (limited) => {
    const register = (index: number, ip: string) =>
      limited.visitor({ ip }).registration.register.mutate({ email: `many${index}@example.com`, password });
    await register(0, "203.0.113.9");
    await register(1, "203.0.113.9");
    expect(reasonOf(await refusal(register(2, "203.0.113.9")))).toBe("RATE_LIMITED");
    expect(await accountsOf(app, "many2@example.com")).toBe(0);
    await register(2, "203.0.113.10");
  });
});

test("a new user's history tells how the account and its first session began", async () => {
  const { visitor } = await signedUp(app, "history@example.com");
  const token = await app.tokenFromMail("history@example.com");
  await app.visitor().registration.verifyEmail.mutate({ token });
  const { events: history } = await visitor.user.events.query();
  expect(history.map(({ kind }) => kind).toSorted()).toEqual(["session.started", "user.registered", "user.verified"]);
  expect(await visitor.auth.sessions.query()).toMatchObject([{ current: true, ip: "127.0.0.1" }]);
});

async function signedUp(instance: TestApp, email: string) {
  const visitor = instance.visitor();
  const answer = await visitor.registration.register.mutate({ email, password });
  if (answer.status !== "signed_in") throw new Error("This registration signs in.");
  return { ...answer, visitor };
}
