import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { mailedToken } from "../support/mailed.js";

// Mallory knows Ada's password; Ada has her mailbox. Whatever Mallory does, the mailbox wins.
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

const newPassword = "battery staple";
const transports = ["cookie", "bearer"] as const;
type Client = ReturnType<TestApp["visitor"]>;
let people = 0;
const mallorys = () => `mallory${++people}@example.com`;

/** Null where the call succeeds. */
const outcomeOf = (call: Promise<unknown>) => call.then(() => null, reasonOf);
const undo = (token: string) => outcomeOf(app.visitor().user.undoEmailChange.mutate({ token }));
const setPassword = (token: string) => outcomeOf(app.visitor().password.set.mutate({ token, newPassword }));
const reset = (token: string) => outcomeOf(app.visitor().password.reset.mutate({ token, newPassword }));
const enter = (names: { email: string } | { username: string }, password: string) =>
  outcomeOf(app.visitor().auth.login.mutate({ ...names, password }));

/** Mallory signs in with Ada's password, by the name that no change of address takes away. */
async function hijacked(ada: TestUser, transport: "cookie" | "bearer" = "cookie", instance = app): Promise<Client> {
  const mallory = instance.visitor({ transport });
  await mallory.auth.login.mutate({ username: ada.username, password: ada.password });
  return mallory;
}

/** Mallory moves the account to a mailbox of theirs. */
async function move(mallory: Client, ada: TestUser): Promise<string> {
  const email = mallorys();
  await mallory.user.requestEmailChange.mutate({ email, password: ada.password });
  await mallory.user.confirmEmailChange.mutate({ token: await mailedToken(app, email, "/confirm-email") });
  return email;
}

const wayBackOf = ({ email }: TestUser) => mailedToken(app, email, "/undo-email-change");

/** The account is Ada's: at her address, with the password that she chose, and nobody else's opens it. */
async function expectHers(ada: TestUser): Promise<void> {
  expect(await setPassword(await mailedToken(app, ada.email, "/set-password"))).toBeNull();
  const { user } = await app.visitor().auth.login.mutate({ email: ada.email, password: newPassword });
  expect(user).toMatchObject({ email: ada.email, emailVerified: true, archived: false, hasPassword: true });
  expect(await enter({ username: ada.username }, ada.password)).toBe("INVALID_CREDENTIALS");
}

describe("a change of address that I take back", () => {
  test.each(transports)("K1: takes the known password away from Mallory, who came by %s", async (transport) => {
    const ada = await app.addUser();
    const mallory = await hijacked(ada, transport);
    await move(mallory, ada);
    expect(await undo(await wayBackOf(ada))).toBeNull();
    for (const names of [{ username: ada.username }, { email: ada.email }]) {
      expect(await enter(names, ada.password)).toBe("INVALID_CREDENTIALS");
    }
    expect(await outcomeOf(mallory.user.me.query())).toBe("NOT_AUTHENTICATED");
    await expectHers(ada);
  });

  test("K1: stays taken back in each of four rounds in which Mallory tries to move it again", async () => {
    for (let round = 0; round < 4; round++) {
      const ada = await app.addUser();
      await move(await hijacked(ada), ada);
      expect(await undo(await wayBackOf(ada))).toBeNull();
      const token = await mailedToken(app, ada.email, "/set-password");
      const again = app.visitor().auth.login.mutate({ username: ada.username, password: ada.password });
      expect(await outcomeOf(again)).toBe("INVALID_CREDENTIALS");
      expect(await app.visitor().password.checkToken.mutate({ token })).toMatchObject({ purpose: "set_password" });
      await expectHers(ada);
    }
  });

  test("K1: is taken back though Mallory has changed the password, moved it on and reset it by the new mailbox", async () => {
    const ada = await app.addUser();
    const mallory = await hijacked(ada);
    const theirs = await move(mallory, ada);
    const next = "mallory's own horse";
    await mallory.password.change.mutate({ currentPassword: ada.password, newPassword: next });
    await move(mallory, { ...ada, password: next });
    await app.visitor().password.requestReset.mutate({ email: theirs });
    expect(await undo(await wayBackOf(ada))).toBeNull();
    expect(await enter({ username: ada.username }, next)).toBe("INVALID_CREDENTIALS");
    await expectHers(ada);
  });

  test("K1: leads to another link when the first one was lost", async () => {
    const ada = await app.addUser();
    await move(await hijacked(ada), ada);
    await undo(await wayBackOf(ada));
    const lost = await mailedToken(app, ada.email, "/set-password");
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    await app.keywright.deliverMail();
    expect(await outcomeOf(app.visitor().password.checkToken.mutate({ token: lost }))).toBe("TOKEN_INVALID");
    await expectHers(ada);
  });
});

describe("an account that Mallory puts out of use after the move", () => {
  test.each(transports)("K1: is mine again after a deactivation by %s", async (transport) => {
    const ada = await app.addUser();
    const mallory = await hijacked(ada, transport, keeping);
    await move(mallory, ada);
    expect(await mallory.user.delete.mutate({ password: ada.password })).toEqual({ outcome: "deactivated" });
    expect(await undo(await wayBackOf(ada))).toBeNull();
    await expectHers(ada);
  });

  test("K1: is mine again though the link was not mailed yet when it was deactivated", async () => {
    const ada = await app.addUser();
    const mallory = await hijacked(ada, "cookie", keeping);
    const email = mallorys();
    await mallory.user.requestEmailChange.mutate({ email, password: ada.password });
    const token = await mailedToken(app, email, "/confirm-email");
    await app.withMailAtRest(() =>
      keeping.withMailAtRest(async () => {
        await mallory.user.confirmEmailChange.mutate({ token });
        await mallory.user.delete.mutate({ password: ada.password });
      }),
    );
    expect(await undo(await wayBackOf(ada))).toBeNull();
    await expectHers(ada);
  });

  test("K1: is mine again after an archiving, and no longer at rest", async () => {
    const ada = await app.addUser();
    const mallory = await hijacked(ada);
    await move(mallory, ada);
    await mallory.user.archive.mutate({ password: ada.password });
    expect(await undo(await wayBackOf(ada))).toBeNull();
    expect(await app.sql(`select archived_at from keywright.users where email_key = '${ada.email}'`)).toEqual([
      { archived_at: null },
    ]);
    await expectHers(ada);
  });

  test("K1: stays closed where an operator has closed it, and the link lives until they open it", async () => {
    const ada = await app.addUser();
    const mallory = await hijacked(ada, "cookie", keeping);
    await move(mallory, ada);
    await mallory.user.delete.mutate({ password: ada.password });
    const token = await wayBackOf(ada);
    await app.sql(`update keywright.users set is_disabled = true where username_key = '${ada.username}'`);
    expect(await undo(token)).toBe("TOKEN_INVALID");
    expect(await enter({ username: ada.username }, ada.password)).toBe("ACCOUNT_DISABLED");
    await app.sql(`update keywright.users set is_disabled = false where username_key = '${ada.username}'`);
    expect(await undo(token)).toBeNull();
    await expectHers(ada);
  });

  test("K1: stays closed where it was deactivated before the move", async () => {
    const ada = await app.addUser();
    await move(await hijacked(ada), ada);
    const token = await wayBackOf(ada);
    await app.sql(`update keywright.users set deactivated_at = created_at where username_key = '${ada.username}'`);
    expect(await undo(token)).toBe("TOKEN_INVALID");
  });

  test("K1: is gone for good where accounts are deleted", async () => {
    const ada = await app.addUser();
    const mallory = await hijacked(ada);
    await move(mallory, ada);
    const token = await wayBackOf(ada);
    expect(await mallory.user.delete.mutate({ password: ada.password })).toEqual({ outcome: "deleted" });
    expect(await undo(token)).toBe("TOKEN_INVALID");
  });
});

describe("a reset link that I asked for", () => {
  const change = (mallory: Client, { password }: TestUser, keepOtherSessions = false) =>
    mallory.password.change.mutate({
      currentPassword: password,
      newPassword: "mallory's own horse",
      keepOtherSessions,
    });

  test.each<[string, (mallory: Client, ada: TestUser) => Promise<unknown>]>([
    ["changes the password", (mallory, ada) => change(mallory, ada)],
    ["changes the password and keeps the other devices", (mallory, ada) => change(mallory, ada, true)],
    [
      "asks for another address",
      (mallory, { password }) => mallory.user.requestEmailChange.mutate({ email: mallorys(), password }),
    ],
    ["archives the account", (mallory, { password }) => mallory.user.archive.mutate({ password })],
    ["signs out everywhere", (mallory) => mallory.auth.logout.mutate({ everywhere: true })],
  ])("K1: works five times of five though Mallory %s meanwhile", async (_what, act) => {
    for (let round = 0; round < 5; round++) {
      const ada = await app.addUser();
      const mallory = await hijacked(ada, transports[round % 2]);
      await app.visitor().password.requestReset.mutate({ email: ada.email });
      const token = await mailedToken(app, ada.email, "/reset-password");
      await act(mallory, ada);
      expect(await reset(token)).toBeNull();
      expect(await outcomeOf(mallory.user.me.query())).toBe("NOT_AUTHENTICATED");
      expect(await enter({ email: ada.email }, newPassword)).toBeNull();
      for (const known of [ada.password, "mallory's own horse"]) {
        expect(await enter({ username: ada.username }, known)).toBe("INVALID_CREDENTIALS");
      }
    }
  });

  test("K1: is mailed though Mallory changes the password before it leaves", async () => {
    const ada = await app.addUser();
    const mallory = await hijacked(ada);
    await app.withMailAtRest(async () => {
      await app.visitor().password.requestReset.mutate({ email: ada.email });
      await change(mallory, ada);
    });
    expect(await reset(await mailedToken(app, ada.email, "/reset-password"))).toBeNull();
  });

  test("K1: voids what Mallory has asked for since", async () => {
    const ada = await app.addUser();
    const mallory = await hijacked(ada);
    const email = mallorys();
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await mailedToken(app, ada.email, "/reset-password");
    await mallory.user.requestEmailChange.mutate({ email, password: ada.password });
    const theirs = await mailedToken(app, email, "/confirm-email");
    expect(await reset(token)).toBeNull();
    expect(await outcomeOf(app.visitor().user.confirmEmailChange.mutate({ token: theirs }))).toBe("TOKEN_INVALID");
  });

  test("K1: opens nothing by the old mailbox once the new one is confirmed, even if its row had outlived that", async () => {
    const ada = await app.addUser();
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await mailedToken(app, ada.email, "/reset-password");
    const mine = await app.signedIn(ada);
    const kept = `kept_${ada.username}`;
    await app.sql(`create table ${kept} as select * from keywright.secrets where email = '${ada.email}'`);
    await move(mine, ada);
    expect(await outcomeOf(app.visitor().password.checkToken.mutate({ token }))).toBe("TOKEN_INVALID");
    await app.sql(`insert into keywright.secrets select * from ${kept}`);
    await app.sql(`drop table ${kept}`);
    expect(await reset(token)).toBe("TOKEN_INVALID");
    expect(await undo(await wayBackOf(ada))).toBeNull();
  });
});
