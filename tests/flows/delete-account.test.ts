import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";
import { cookieOf, origin } from "../support/raw.js";
import { reasonFor } from "../support/reason.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
let keeping: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  keeping = await createTestApp({ user: { deletion: "deactivate" } }, app.database);
});
afterAll(async () => {
  await keeping.close();
  await app.close();
});

const transports = ["cookie", "bearer"] as const;
const loginAs = (email: string, password = "correct horse") => app.visitor().auth.login.mutate({ email, password });

/** A phone's tokens and a reset link of an account. */
async function outstanding(ada: TestUser) {
  const input = { email: ada.email, password: ada.password };
  const { tokens, user } = await app.visitor({ transport: "bearer" }).auth.login.mutate(input);
  await app.visitor().password.requestReset.mutate({ email: ada.email });
  const reset = await mailedToken(app, ada.email, "/reset-password");
  return { id: user.id, access: tokens?.accessToken ?? "", refresh: tokens?.refreshToken ?? "", reset };
}

async function assertAllRefused({ access, refresh, reset }: Awaited<ReturnType<typeof outstanding>>): Promise<void> {
  const visitor = app.visitor();
  expect(await reasonFor(visitor.auth.verifyToken.mutate({ token: access }))).toBe("TOKEN_INVALID");
  expect(await reasonFor(visitor.auth.refreshToken.mutate({ refreshToken: refresh }))).toBe("TOKEN_INVALID");
  const attempt = visitor.password.reset.mutate({ token: reset, newPassword: "battery staple" });
  expect(await reasonFor(attempt)).toBe("TOKEN_INVALID");
}

describe("deleting an account", () => {
  test.each(transports)("I delete mine by %s, and nothing of it is left", async (transport) => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada, { transport });
    const laptop = await app.signedIn(ada);
    const things = await outstanding(ada);
    expect(await mine.user.delete.mutate({ password: ada.password })).toEqual({ outcome: "deleted" });
    for (const client of [mine, laptop]) expect(await client.auth.session.query()).toBeNull();
    await assertAllRefused(things);
    expect(await app.sql(`select id from keywright.users where id = '${things.id}'`)).toEqual([]);
    for (const table of ["passwords", "sessions", "secrets"]) {
      expect(await app.sql(`select user_id from keywright.${table} where user_id = '${things.id}'`)).toEqual([]);
    }
    const orphans =
      "select session_id from keywright.refresh_tokens where session_id not in (select id from keywright.sessions)";
    expect(await app.sql(orphans)).toEqual([]);
    expect(await subjectsTo(app, ada.email)).toContainEqual(expect.stringMatching(/was deleted/));
  });

  test("my names are free again, and the old password is worth nothing", async () => {
    const ada = await app.addUser();
    await (await app.signedIn(ada)).user.delete.mutate({ password: ada.password });
    expect(await reasonFor(loginAs(ada.email))).toBe("INVALID_CREDENTIALS");
    await app.addUser({ email: ada.email, username: ada.username, password: "another horse" });
    expect(await reasonFor(loginAs(ada.email))).toBe("INVALID_CREDENTIALS");
    await loginAs(ada.email, "another horse");
  });

  test("mail that was asked for before is not sent after", async () => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    await app.withMailAtRest(async () => {
      await app.visitor().password.requestReset.mutate({ email: ada.email });
      await mine.user.delete.mutate({ password: ada.password });
    });
    const subjects = await subjectsTo(app, ada.email);
    expect(subjects.join()).toMatch(/deleted/);
    expect(subjects.join()).not.toMatch(/Reset/);
  });

  test("nobody else's account is touched", async () => {
    const [ada, bob] = [await app.addUser(), await app.addUser()];
    const his = await app.signedIn(bob);
    await (await app.signedIn(ada)).user.delete.mutate({ password: ada.password });
    expect(await his.user.me.query()).toMatchObject({ email: bob.email });
  });
});

describe("deactivating an account", () => {
  test.each(transports)("I lose mine by %s where accounts are kept, and my names stay taken", async (transport) => {
    const ada = await app.addUser();
    const mine = await keeping.signedIn(ada, { transport });
    const laptop = await app.signedIn(ada);
    const things = await outstanding(ada);
    expect(await mine.user.delete.mutate({ password: ada.password })).toEqual({ outcome: "deactivated" });
    for (const client of [mine, laptop]) expect(await client.auth.session.query()).toBeNull();
    await assertAllRefused(things);
    const register = app.visitor().registration.register.mutate({ email: ada.email, password: "another horse" });
    expect(await reasonFor(register)).toBe("EMAIL_TAKEN");
    expect(await subjectsTo(app, ada.email)).toContainEqual(expect.stringMatching(/was deactivated/));
  });

  test("only the right password learns that it is disabled", async () => {
    const ada = await app.addUser();
    await (await keeping.signedIn(ada)).user.delete.mutate({ password: ada.password });
    expect(await reasonFor(loginAs(ada.email, "wrong horse"))).toBe("INVALID_CREDENTIALS");
    expect(await reasonFor(loginAs(ada.email))).toBe("ACCOUNT_DISABLED");
  });

  test("it cannot be brought back by a reset", async () => {
    const ada = await app.addUser();
    await (await keeping.signedIn(ada)).user.delete.mutate({ password: ada.password });
    const before = (await subjectsTo(app, ada.email)).length;
    expect(await app.visitor().password.requestReset.mutate({ email: ada.email })).toEqual({});
    expect(await subjectsTo(app, ada.email)).toHaveLength(before);
  });
});

describe("a deletion that is refused", () => {
  test.each(transports)("I get nowhere with a wrong password by %s, and nothing has happened", async (transport) => {
    const ada = await app.addUser();
    for (const instance of [app, keeping]) {
      const mine = await instance.signedIn(ada, { transport });
      const error = await refusal(mine.user.delete.mutate({ password: "wrong horse" }));
      expect(reasonOf(error)).toBe("WRONG_PASSWORD");
      expect(await mine.user.me.query()).toMatchObject({ email: ada.email });
    }
    await loginAs(ada.email);
    expect((await subjectsTo(app, ada.email)).join()).not.toMatch(/deleted|deactivated/);
  });

  test("I must give the password, and my browser's cookie stays when I do not", async () => {
    const ada = await app.addUser();
    const cookie = await cookieOf(app, ada);
    const answer = await app.post("user.delete", {}, { cookie, origin });
    expect(answer.status).toBe(400);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect((await app.get("user.me", { cookie })).status).toBe(200);
  });

  test("a visitor has nothing to delete", async () => {
    const attempt = app.visitor().user.delete.mutate({ password: "correct horse" });
    expect(await reasonFor(attempt)).toBe("NOT_AUTHENTICATED");
  });

  test("I must have proved my address first", async () => {
    const mine = app.visitor();
    await mine.registration.register.mutate({ email: "unproved@example.com", password: "correct horse" });
    expect(await reasonFor(mine.user.delete.mutate({ password: "correct horse" }))).toBe("EMAIL_NOT_VERIFIED");
    await loginAs("unproved@example.com");
  });
});
