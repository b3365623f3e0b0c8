import type { KeywrightClient } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";

let app: TestApp;
let verified: TestApp;
let passwordless: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  verified = await createTestApp({ registration: { verification: "mandatory" } }, app.database);
  passwordless = await createTestApp({ registration: { required: ["email"] } }, app.database);
});
afterAll(async () => {
  await passwordless.close();
  await verified.close();
  await app.close();
});

const password = "correct horse";
let people = 0;
const freshEmail = () => `fresh${++people}@example.com`;

describe("what a call costs in statements", () => {
  test("a public call costs none", async () => {
    expect((await app.costOf(() => app.visitor().auth.config.query())).statements).toEqual([]);
    const cookie = `__Host-keywright-session=kws_${"A".repeat(43)}`;
    expect((await app.costOf(() => app.get("auth.config", { cookie }))).statements).toEqual([]);
  });

  test("a signed-in call costs one, by cookie and by token", async () => {
    const ada = await app.addUser();
    for (const transport of ["cookie", "bearer"] as const) {
      const device = await app.signedIn(ada, { transport });
      expect((await app.costOf(() => device.user.me.query())).statements).toHaveLength(1);
    }
  });

  test("a batch of five signed-in calls costs one", async () => {
    const laptop = await app.signedIn(await app.addUser());
    const batch = () =>
      Promise.all([
        laptop.user.me.query(),
        laptop.auth.session.query(),
        laptop.user.me.query(),
        laptop.auth.session.query(),
        laptop.user.me.query(),
      ]);
    expect((await app.costOf(batch)).statements).toHaveLength(1);
  });

  test("a login costs at most five, also when it ends a session", async () => {
    const ada = await app.addUser();
    const input = { email: ada.email, password: ada.password };
    for (const transport of ["cookie", "bearer"] as const) {
      const device = app.visitor({ transport });
      expect((await app.costOf(() => device.auth.login.mutate(input))).statements.length).toBeLessThanOrEqual(5);
    }
    const laptop = await app.signedIn(ada);
    expect((await app.costOf(() => laptop.auth.login.mutate(input))).statements.length).toBeLessThanOrEqual(5);
  });

  test("a login that is told by mail costs at most five, by cookie and by token", async () => {
    const ada = await app.addUser();
    const input = { email: ada.email, password: ada.password };
    for (const transport of ["cookie", "bearer"] as const) {
      const device = app.visitor({ transport, headers: { "user-agent": `New/${transport}` } });
      expect((await app.costOf(() => device.auth.login.mutate(input))).statements.length).toBeLessThanOrEqual(5);
      expect((await subjectsTo(app, ada.email)).filter((subject) => /New sign-in/.test(subject))).not.toEqual([]);
      app.mails.splice(0);
    }
  });

  test("a change of details costs at most four", async () => {
    const laptop = await app.signedIn(await app.addUser());
    const update = () => laptop.user.update.mutate({ username: `renamed${++people}`, firstName: "Ada" });
    expect((await app.costOf(update)).statements.length).toBeLessThanOrEqual(4);
  });

  test.each(["cookie", "bearer"] as const)("a password change by %s costs at most nine", async (transport) => {
    for (const keepOtherSessions of [false, true]) {
      const ada = await app.addUser();
      await app.signedIn(ada);
      const device = await app.signedIn(ada, { transport });
      const input = { currentPassword: ada.password, newPassword: "battery staple", keepOtherSessions };
      const { statements, ...hasher } = await app.costOf(() => device.password.change.mutate(input));
      expect(statements.length).toBeLessThanOrEqual(9);
      expect(hasher).toEqual({ hashes: 1, verifies: 1 });
    }
  });

  test("a first password costs at most eight", async () => {
    const email = freshEmail();
    await passwordless.visitor().registration.register.mutate({ email });
    const token = await mailedToken(passwordless, email, "/set-password");
    const set = () => passwordless.visitor().password.set.mutate({ token, newPassword: "battery staple" });
    expect((await passwordless.costOf(set)).statements.length).toBeLessThanOrEqual(8);
  });

  test.each([
    ["an archiving", (device: KeywrightClient) => device.user.archive.mutate({ password }), 6],
    ["a deletion", (device: KeywrightClient) => device.user.delete.mutate({ password }), 6],
    ["a reauthentication", (device: KeywrightClient) => device.auth.reauthenticate.mutate({ password }), 4],
    ["a list of sessions", (device: KeywrightClient) => device.auth.sessions.query(), 2],
    // Five to end sessions, and two for a change of address that one of them may have asked for.
    ["an end of all sessions", (device: KeywrightClient) => device.auth.logout.mutate({ everywhere: true }), 7],
    ["an end of all others", (device: KeywrightClient) => device.auth.revokeOtherSessions.mutate(), 7],
    ["a history", (device: KeywrightClient) => device.user.events.query(), 2],
  ])("%s costs no more than it should", async (_name, act, most) => {
    const device = await app.signedIn(await app.addUser());
    expect((await app.costOf(() => act(device))).statements.length).toBeLessThanOrEqual(most);
  });

  // To ask costs one more than it did: whether the caller's session is still there, under the account's lock.
  test("a new address costs at most seven and seven, and its way back one more", async () => {
    const ada = await app.addUser();
    const laptop = await app.signedIn(ada);
    const email = freshEmail();
    const ask = () => laptop.user.requestEmailChange.mutate({ email, password });
    expect((await app.costOf(ask)).statements.length).toBeLessThanOrEqual(7);
    const confirm = { token: await mailedToken(app, email, "/confirm-email") };
    const confirming = () => laptop.user.confirmEmailChange.mutate(confirm);
    expect((await app.costOf(confirming)).statements.length).toBeLessThanOrEqual(7);
    const undo = { token: await mailedToken(app, ada.email, "/undo-email-change") };
    const undoing = () => app.visitor().user.undoEmailChange.mutate(undo);
    expect((await app.costOf(undoing)).statements.length).toBeLessThanOrEqual(8);
  });

  test("a registration costs at most seven", async () => {
    const ways = [
      [app, "cookie"],
      [app, "bearer"],
      [verified, "cookie"],
    ] as const;
    for (const [instance, transport] of ways) {
      const device = instance.visitor({ transport });
      const input = { email: freshEmail(), username: `name${people}`, password };
      const { statements } = await instance.costOf(() => device.registration.register.mutate(input));
      expect(statements.length).toBeLessThanOrEqual(7);
    }
  });

  test("a reset costs at most eight", async () => {
    const ada = await app.addUser();
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await app.tokenFromMail(ada.email);
    const reset = () => app.visitor().password.reset.mutate({ token, newPassword: "battery staple" });
    expect((await app.costOf(reset)).statements.length).toBeLessThanOrEqual(8);
  });

  test("limits cost at most two on a login after wrong guesses and on a reset, lifting them included (B9)", async () => {
    const ada = await app.addUser();
    const login = (instance: TestApp, password: string) => () =>
      instance
        .visitor()
        .auth.login.mutate({ email: ada.email, password })
        .catch(() => {});
    for (let round = 0; round < 3; round++) await login(app, "wrong horse")();
    expect(await app.limitStatementsOf(login(app, ada.password))).toBe(2);
    for (let round = 0; round < 3; round++) await login(app, "wrong horse")();
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await app.tokenFromMail(ada.email);
    const reset = () => app.visitor().password.reset.mutate({ token, newPassword: "battery staple" });
    expect(await app.limitStatementsOf(reset)).toBe(2);
  });

  test("limits cost at most two on a credential call", async () => {
    const ada = await app.addUser();
    const count = await app.limitStatementsOf(() =>
      app.visitor().auth.login.mutate({ email: ada.email, password: ada.password }),
    );
    expect(count).toBeLessThanOrEqual(2);
  });
});

describe("what a known and an unknown account cost", () => {
  test("a login costs the same statements and one verification", async () => {
    const ada = await app.addUser();
    const login = (email: string) => () =>
      app
        .visitor()
        .auth.login.mutate({ email, password: "wrong horse" })
        .catch(() => {});
    const known = await app.costOf(login(ada.email));
    const unknown = await app.costOf(login(freshEmail()));
    expect(unknown).toEqual(known);
    expect(known).toMatchObject({ hashes: 0, verifies: 1 });
    expect(known.statements.filter((sql) => sql.startsWith('insert into "keywright"."audit_events"'))).toHaveLength(1);
  });

  test("an account without a password costs the same as well", async () => {
    const ada = await app.addUser();
    await app.sql(
      `delete from keywright.passwords where user_id = (select id from keywright.users where email_key = '${ada.email}')`,
    );
    const login = (email: string) => () =>
      app
        .visitor()
        .auth.login.mutate({ email, password: "wrong horse" })
        .catch(() => {});
    expect(await app.costOf(login(ada.email))).toEqual(await app.costOf(login(freshEmail())));
  });

  test("asking for a reset or a verification costs the same", async () => {
    const ada = await app.addUser();
    const unproved = freshEmail();
    await app.visitor().registration.register.mutate({ email: unproved, password });
    for (const ask of [
      (email: string) => () => app.visitor().password.requestReset.mutate({ email }),
      (email: string) => () => app.visitor().registration.resendVerification.mutate({ email }),
    ]) {
      const unknown = await app.costOf(ask(freshEmail()));
      expect(await app.costOf(ask(ada.email))).toEqual(unknown);
      expect(await app.costOf(ask(unproved))).toEqual(unknown);
      expect(unknown).toMatchObject({ hashes: 0, verifies: 0 });
      expect(unknown.statements).toHaveLength(1);
    }
  });

  test("a registration that is verified first costs and answers the same", async () => {
    const ada = await app.addUser();
    const register = (email: string) => () => verified.visitor().registration.register.mutate({ email, password });
    const free = await verified.costOf(register(freshEmail()));
    expect(await verified.costOf(register(ada.email))).toEqual(free);
    expect(free).toMatchObject({ hashes: 1, verifies: 0 });
    const answer = { status: "verification_sent" };
    expect(await register(freshEmail())()).toEqual(answer);
    expect(await register(ada.email)()).toEqual(answer);
    const mail = await verified.mailTo(ada.email);
    expect(mail.subject).toMatch(/already/i);
  });
});
