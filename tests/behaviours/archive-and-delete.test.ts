import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { accountRow, accountsOf, withInstance } from "./instance.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ mail: { signInNotices: false } });
});
afterAll(() => app.close());

const password = "correct horse";
const login = ({ email }: TestUser) => app.visitor().auth.login.mutate({ email, password });

/** Ada with a laptop and a phone, and what the phone keeps. */
async function adaOnTwoDevices(instance = app) {
  const ada = await app.addUser();
  const laptop = await instance.signedIn(ada);
  const phone = instance.visitor({ transport: "bearer" });
  const { tokens } = await phone.auth.login.mutate({ email: ada.email, password });
  return { ada, laptop, phone, refreshToken: tokens?.refreshToken ?? "", accessToken: tokens?.accessToken ?? "" };
}

test.each(["archive", "delete"] as const)("a visitor cannot %s an account", async (act) => {
  expect(reasonOf(await refusal(app.visitor().user[act].mutate({ password })))).toBe("NOT_AUTHENTICATED");
});

test.each([
  ["archive", "wrong horse", "WRONG_PASSWORD", "WRONG_PASSWORD"],
  ["archive", "", "VALIDATION", "REQUIRED"],
  ["delete", "wrong horse", "WRONG_PASSWORD", "WRONG_PASSWORD"],
  ["delete", "", "VALIDATION", "REQUIRED"],
] as const)(
  "a user cannot %s the account with the password %j, and is told at the field",
  async (act, wrong, ...told) => {
    const { ada, laptop, phone } = await adaOnTwoDevices();
    const before = await accountRow(app, ada.email);
    const error = await refusal(laptop.user[act].mutate({ password: wrong }));
    expect([reasonOf(error), fieldErrorsOf(error).password?.[0]?.reason]).toEqual(told);
    expect(await accountRow(app, ada.email)).toEqual(before);
    expect(await phone.user.me.query()).toMatchObject({ email: ada.email });
  },
);

test.each(["archive", "delete"] as const)(
  "a user who has not verified the address cannot %s the account",
  async (act) => {
    const email = `unverified.${act}@example.com`;
    const visitor = app.visitor();
    await visitor.registration.register.mutate({ email, password });
    const before = await accountRow(app, email);
    expect(reasonOf(await refusal(visitor.user[act].mutate({ password })))).toBe("EMAIL_NOT_VERIFIED");
    expect(await accountRow(app, email)).toEqual(before);
  },
);

test("an archived user is signed out everywhere, comes back with the next login, and no earlier session does", async () => {
  const { ada, laptop, phone, refreshToken, accessToken } = await adaOnTwoDevices();
  expect(await laptop.user.archive.mutate({ password })).toEqual({});
  expect(await accountRow(app, ada.email)).toMatchObject([{ archived_at: expect.anything() }]);
  expect(await laptop.auth.session.query()).toBeNull();
  expect(reasonOf(await refusal(phone.user.me.query()))).toBe("NOT_AUTHENTICATED");
  expect(reasonOf(await refusal(app.visitor().auth.refreshToken.mutate({ refreshToken })))).toBe("TOKEN_INVALID");
  expect(await login(ada)).toMatchObject({ unarchived: true, user: { archived: false } });
  expect(reasonOf(await refusal(app.visitor().auth.refreshToken.mutate({ refreshToken })))).toBe("TOKEN_INVALID");
  expect((await app.get("user.me", { authorization: `Bearer ${accessToken}` })).status).toBe(401);
  expect(await login(ada)).toMatchObject({ unarchived: false, user: { archived: false } });
});

test("a deleted user is gone with all that belongs to them, and no token opens anything", async () => {
  const { ada, laptop, phone, refreshToken } = await adaOnTwoDevices();
  const { id } = await laptop.user.me.query();
  expect(await laptop.user.delete.mutate({ password })).toEqual({ outcome: "deleted" });
  expect(await accountsOf(app, ada.email)).toBe(0);
  for (const table of ["sessions", "passwords", "secrets"]) {
    expect(await app.sql(`select * from keywright.${table} where user_id = '${id}'`)).toEqual([]);
  }
  expect(await laptop.auth.session.query()).toBeNull();
  expect(reasonOf(await refusal(phone.user.me.query()))).toBe("NOT_AUTHENTICATED");
  expect(reasonOf(await refusal(app.visitor().auth.refreshToken.mutate({ refreshToken })))).toBe("TOKEN_INVALID");
  expect(reasonOf(await refusal(login(ada)))).toBe("INVALID_CREDENTIALS");
  await app.visitor().registration.register.mutate({ email: ada.email, username: ada.username, password });
});

test("a user of an app that only deactivates is locked out, and the row stays", async () => {
  await withInstance(app, { user: { deletion: "deactivate" } }, async (keeping) => {
    const { ada, laptop, phone, refreshToken } = await adaOnTwoDevices(keeping);
    const { id } = await laptop.user.me.query();
    expect(await laptop.user.delete.mutate({ password })).toEqual({ outcome: "deactivated" });
    expect(await accountRow(app, ada.email)).toMatchObject([{ id, deactivated_at: expect.anything() }]);
    expect(await app.sql(`select id from keywright.sessions where user_id = '${id}'`)).toEqual([]);
    expect(reasonOf(await refusal(phone.user.me.query()))).toBe("NOT_AUTHENTICATED");
    expect(reasonOf(await refusal(app.visitor().auth.refreshToken.mutate({ refreshToken })))).toBe("TOKEN_INVALID");
    expect(reasonOf(await refusal(login(ada)))).toBe("ACCOUNT_DISABLED");
    const again = app.visitor().registration.register.mutate({ email: ada.email, password });
    expect(reasonOf(await refusal(again))).toBe("EMAIL_TAKEN");
  });
});
