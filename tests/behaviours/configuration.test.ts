import { fieldErrorsOf, reasonOf, retryAfterOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { mailsTo, refusalIn, withInstance } from "./instance.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const password = "correct horse";
const newPassword = "battery staple";
const minuteMs = 60_000;

test("a user who confirms the password may do again what needs it fresh, and it stands in the history", async () => {
  await withInstance(app, { password: { requireCurrent: false } }, async (lax) => {
    const laptop = await lax.signedIn(await app.addUser());
    lax.travel(11 * minuteMs);
    const change = () => laptop.password.change.mutate({ newPassword });
    expect(reasonOf(await refusal(change()))).toBe("REAUTHENTICATION_REQUIRED");
    const wrong = await refusal(laptop.auth.reauthenticate.mutate({ password: "wrong horse" }));
    expect(reasonOf(wrong)).toBe("WRONG_PASSWORD");
    expect(fieldErrorsOf(wrong)).toMatchObject({ password: [{ reason: "WRONG_PASSWORD" }] });
    expect(reasonOf(await refusal(change()))).toBe("REAUTHENTICATION_REQUIRED");
    const { authenticatedAt } = await laptop.auth.reauthenticate.mutate({ password });
    const { events } = await laptop.user.events.query();
    expect(events[0]).toMatchObject({ kind: "session.reauthenticated" });
    expect(events[0]?.at.getTime()).toBeGreaterThanOrEqual(authenticatedAt.getTime());
    expect(await change()).toMatchObject({ status: "signed_in" });
  });
});

test("a guesser at a session's password is limited when confirming it, too", async () => {
  await withInstance(app, { limits: { passwordTriesPerAccount: 3 } }, async (limited) => {
    const phone = await limited.signedIn(await app.addUser(), { transport: "bearer" });
    const guess = () => refusal(phone.auth.reauthenticate.mutate({ password: "wrong horse" })).then(reasonOf);
    const reasons = [await guess(), await guess(), await guess(), await guess()];
    expect(reasons.slice(0, 2)).toEqual(["WRONG_PASSWORD", "WRONG_PASSWORD"]);
    expect(reasons.at(-1)).toBe("RATE_LIMITED");
    expect(reasonOf(await refusal(phone.auth.reauthenticate.mutate({ password })))).toBe("RATE_LIMITED");
  });
});

test("a browser that was signed in before is known again for that user, and for no other", async () => {
  const [ada, grace] = [await app.addUser(), await app.addUser()];
  const browser = app.visitor({ ip: "198.51.100.23" });
  const loginAs = async (email: string) => {
    await browser.auth.login.mutate({ email, password });
    await browser.auth.logout.mutate({});
    await app.keywright.deliverMail();
    return app.mails.filter(({ to, subject }) => to === email && /New sign-in/.test(subject)).length;
  };
  const first = await loginAs(ada.email);
  expect(first).toBe(1);
  expect(await loginAs(ada.email)).toBe(first);
  expect(await loginAs(grace.email)).toBe(1);
});

test.each([
  ["right", password, 200],
  ["wrong", "wrong horse", 401],
])(
  "a visitor's logins with the %s password are refused with status 429 beyond the limit",
  async (_kind, given, first) => {
    await withInstance(app, { limits: { signInsPerIpPerMinute: 2 } }, async (limited) => {
      const { email } = await app.addUser();
      const login = () => limited.post("auth.login", { email, password: given });
      expect([(await login()).status, (await login()).status]).toEqual([first, first]);
      const refused = await login();
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await refusalIn(refused)).toMatchObject({ reason: "RATE_LIMITED", retryAfter: expect.any(Number) });
    });
  },
);

test("a visitor who asks for links is limited by the address that they go to, and by the own one", async () => {
  const limits = { mailsPerAddressPerHour: 2, mailsPerIpPerMinute: 4 };
  await withInstance(app, { limits }, async (limited) => {
    const { email } = await app.addUser();
    const before = await mailsTo(app, email);
    const ask = (to: string, ip: string) => limited.visitor({ ip }).password.requestReset.mutate({ email: to });
    await ask(email, "203.0.113.1");
    await ask(email, "203.0.113.2");
    const beyond = await refusal(ask(email, "203.0.113.3"));
    expect([reasonOf(beyond), (retryAfterOf(beyond) ?? 0) > 0]).toEqual(["RATE_LIMITED", true]);
    expect(await mailsTo(limited, email)).toBe(before + 2);
    for (let round = 0; round < 4; round++) await ask(`nobody${round}@example.com`, "203.0.113.4");
    expect(reasonOf(await refusal(ask("nobody4@example.com", "203.0.113.4")))).toBe("RATE_LIMITED");
  });
});

test("a user's id and sessions' ids are UUIDs, and name them in calls and tokens", async () => {
  const ada = await app.addUser();
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  const [laptop, phone] = [await app.signedIn(ada), app.visitor({ transport: "bearer" })];
  const { user, session, tokens } = await phone.auth.login.mutate({ email: ada.email, password });
  expect([user.id, session.id]).toEqual([expect.stringMatching(uuid), expect.stringMatching(uuid)]);
  const token = tokens?.accessToken ?? "";
  expect(await app.visitor().auth.verifyToken.mutate({ token })).toMatchObject({
    userId: user.id,
    sessionId: session.id,
  });
  expect(await laptop.auth.revokeSession.mutate({ id: session.id })).toEqual({});
  expect(reasonOf(await refusal(phone.user.me.query()))).toBe("NOT_AUTHENTICATED");
});

test("no two accounts can have one address in any case, whatever writes them", async () => {
  const [ada, grace] = [await app.addUser(), await app.addUser()];
  const move = `update keywright.users set email = '${grace.email}', email_key = '${grace.email}' where email_key = '${ada.email}'`;
  await refusal(app.sql(move));
  await app.visitor().password.requestReset.mutate({ email: grace.email.toUpperCase() });
  const token = await app.tokenFromMail(grace.email);
  await app.visitor().password.reset.mutate({ token, newPassword });
  await app.visitor().auth.login.mutate({ email: ada.email, password });
});
