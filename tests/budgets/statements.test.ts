import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";

let app: TestApp;
let verified: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  verified = await createTestApp({ registration: { verification: "mandatory" } }, app.database);
});
afterAll(async () => {
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
  });

  test("an account without a password costs the same as well", async () => {
    const ada = await app.addUser();
    await app.sql(`delete from passwords where user_id = (select id from users where email_key = '${ada.email}')`);
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
