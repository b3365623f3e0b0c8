import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { choosePassword, mailedToken, subjectsTo } from "../support/mailed.js";

// An account is moved away from Ada's address, and she takes it back: her mailbox decides, whatever Mallory has prepared.
const modes = ["mandatory", "optional", "none"] as const;
type Mode = (typeof modes)[number];
type Client = ReturnType<TestApp["visitor"]>;
let apps: Record<Mode, TestApp>;
let keeping: Record<Mode, TestApp>;
beforeAll(async () => {
  const optional = await createTestApp();
  const of = (verification: Mode, deletion: "delete" | "deactivate" = "delete") =>
    createTestApp({ registration: { verification }, user: { deletion } }, optional.database);
  apps = { optional, mandatory: await of("mandatory"), none: await of("none") };
  keeping = {
    optional: await of("optional", "deactivate"),
    mandatory: await of("mandatory", "deactivate"),
    none: await of("none", "deactivate"),
  };
});
afterAll(async () => {
  for (const app of [...Object.values(keeping), apps.mandatory, apps.none, apps.optional]) await app.close();
});

const password = "correct horse";
const newPassword = "battery staple";
let people = 0;
const freshEmail = () => `taken${++people}@example.com`;

/** Null where the call succeeds. */
const outcomeOf = (call: Promise<unknown>) => call.then(() => null, reasonOf);
const enter = (app: TestApp, email: string, password: string) =>
  outcomeOf(app.visitor().auth.login.mutate({ email, password }));
const undo = (app: TestApp, token: string) => outcomeOf(app.visitor().user.undoEmailChange.mutate({ token }));
const wayBackTo = (app: TestApp, email: string) => mailedToken(app, email, "/undo-email-change");

/** Registers an address; where that is asked for, its mailbox proves it. */
async function registered(app: TestApp, mode: Mode, details: { email?: string; username?: string } = {}) {
  const email = details.email ?? freshEmail();
  const mallory = app.visitor();
  await mallory.registration.register.mutate({ ...details, email, password });
  if (mode !== "none") {
    await app.visitor().registration.verifyEmail.mutate({ token: await mailedToken(app, email, "/verify-email") });
    await mallory.auth.login.mutate({ email, password });
  }
  return { email, mallory };
}

async function move(app: TestApp, mallory: Client, to = freshEmail()): Promise<string> {
  await mallory.user.requestEmailChange.mutate({ email: to, password });
  await mallory.user.confirmEmailChange.mutate({ token: await mailedToken(app, to, "/confirm-email") });
  return to;
}

const idOf = async (app: TestApp, email: string) =>
  String((await app.sql(`select id from keywright.users where email_key = '${email}'`))[0]?.id);

/** An identity of Mallory's, connected now. */
async function connect(app: TestApp, userId: string): Promise<void> {
  await app.sql(`insert into keywright.identities (id, user_id, provider, issuer, subject, created_at, last_used_at)
    values (gen_random_uuid(), '${userId}', 'lax', 'https://lax.example', gen_random_uuid()::text, now(), now())`);
}

/** Ada follows the link to choose a password; the account is hers, and nobody else gets in. */
async function expectHers(app: TestApp, email: string, connected = 0) {
  await choosePassword(app, email, newPassword);
  const ada = app.visitor();
  const { user } = await ada.auth.login.mutate({ email, password: newPassword });
  expect(user).toMatchObject({ email, emailVerified: true });
  expect(await ada.social.accounts.query()).toHaveLength(connected);
  expect(await ada.auth.sessions.query()).toHaveLength(1);
  expect(await enter(app, email, password)).toBe("INVALID_CREDENTIALS");
  return { ada, user };
}

describe("an account that Ada takes back to an address that she had never proved", () => {
  test("keeps nothing that came before her proof (A9)", async () => {
    const app = apps.none;
    const { email, mallory } = await registered(app, "none");
    await connect(app, await idOf(app, email));
    await move(app, mallory);
    await move(app, mallory);
    expect(await undo(app, await wayBackTo(app, email))).toBeNull();
    expect(await outcomeOf(mallory.user.me.query())).toBe("NOT_AUTHENTICATED");
    const { ada } = await expectHers(app, email);
    const { events } = await ada.user.events.query();
    const kinds = events.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(["email.restored", "user.verified", "identity.disconnected"]));
  });

  test("keeps what was hers where she had proved it by a reset (A9)", async () => {
    const app = apps.none;
    const { email } = await registered(app, "none");
    await app.visitor().password.requestReset.mutate({ email });
    const token = await mailedToken(app, email, "/reset-password");
    await app.visitor().password.reset.mutate({ token, newPassword: password });
    await connect(app, await idOf(app, email));
    const mallory = app.visitor();
    await mallory.auth.login.mutate({ email, password });
    await move(app, mallory);
    expect(await undo(app, await wayBackTo(app, email))).toBeNull();
    await expectHers(app, email, 1);
  });

  test("comes to the same where the mail of the change was given up and tried again (A9)", async () => {
    const app = apps.none;
    const { email, mallory } = await registered(app, "none");
    await connect(app, await idOf(app, email));
    const to = freshEmail();
    await mallory.user.requestEmailChange.mutate({ email: to, password });
    const token = await mailedToken(app, to, "/confirm-email");
    const [row] = await app.withMailAtRest(async () => {
      await mallory.user.confirmEmailChange.mutate({ token });
      return await app.sql(`update keywright.outbox set status = 'dead', settled_at = now(), payload = null
        where address = '${email}' returning id`);
    });
    await app.keywright.mails.retry(String(row?.id), "ops");
    expect(await undo(app, await wayBackTo(app, email))).toBeNull();
    await expectHers(app, email);
  });
});

describe.each(modes)("where verification is %s, an address that Mallory registers again after the move", (mode) => {
  test.each(["stays as it is", "is deactivated"])("goes back to Ada's account when it %s (A9)", async (what) => {
    const app = apps[mode];
    const { email, mallory } = await registered(app, mode);
    await move(app, mallory);
    const decoy = keeping[mode].visitor();
    await decoy.registration.register.mutate({ email, password, username: `decoy${++people}` });
    if (what === "is deactivated") await outcomeOf(decoy.user.delete.mutate({ password }));
    expect(await undo(app, await wayBackTo(app, email))).toBeNull();
    expect(await outcomeOf(decoy.user.me.query())).toBe("NOT_AUTHENTICATED");
    expect(await enter(app, email, password)).toBe("INVALID_CREDENTIALS");
    await expectHers(app, email);
  });

  test.each(["deleted", "deactivated"] as const)(
    "is Ada's to give back once her own reset has proved it: it must be %s first (A9)",
    async (outcome) => {
      const app = outcome === "deleted" ? apps[mode] : keeping[mode];
      const { email, mallory } = await registered(app, mode);
      await move(app, mallory);
      const username = `shell${++people}`;
      await app.visitor().registration.register.mutate({ email, password, username });
      const wayBack = await wayBackTo(app, email);
      await app.visitor().password.requestReset.mutate({ email });
      const token = await mailedToken(app, email, "/reset-password");
      await app.visitor().password.reset.mutate({ token, newPassword });
      expect(await undo(app, wayBack)).toBe("EMAIL_TAKEN");
      const ada = app.visitor();
      const { user: shell } = await ada.auth.login.mutate({ email, password: newPassword });
      expect(shell).toMatchObject({ username });
      expect(await ada.user.delete.mutate({ password: newPassword })).toEqual({ outcome });
      expect(await undo(app, wayBack)).toBeNull();
      const { user } = await expectHers(app, email);
      expect(user.id).not.toBe(shell.id);
      const left = await app.sql(`select email, username from keywright.users where id = '${shell.id}'`);
      expect(left).toEqual(outcome === "deleted" ? [] : [{ email: null, username }]);
    },
  );
});

describe("an account that is deactivated before its address was proved", () => {
  const deactivated = async () => {
    const app = keeping.none;
    const username = `burnt${++people}`;
    const { email, mallory } = await registered(app, "none", { username });
    expect(await mallory.user.delete.mutate({ password })).toEqual({ outcome: "deactivated" });
    return { app, email, username };
  };

  test("leaves the address to whoever registers it (A9)", async () => {
    const { app, email, username } = await deactivated();
    expect((await subjectsTo(app, email)).join()).toMatch(/was deactivated/);
    expect(await enter(app, email, password)).toBe("INVALID_CREDENTIALS");
    expect(await outcomeOf(app.visitor().auth.login.mutate({ username, password }))).toBe("ACCOUNT_DISABLED");
    const ada = app.visitor();
    await ada.registration.register.mutate({ email, password: newPassword });
    expect(await ada.user.me.query()).toMatchObject({ email });
  });

  test("leaves it to an account that moves there, too (A9)", async () => {
    const { app, email } = await deactivated();
    const { mallory: ada } = await registered(app, "none");
    await move(app, ada, email);
    expect(await ada.user.me.query()).toMatchObject({ email, emailVerified: true });
  });

  test("can no longer be entered by a link that was mailed before (A9)", async () => {
    const app = keeping.none;
    const { email, mallory } = await registered(app, "none");
    await app.visitor().password.requestReset.mutate({ email });
    const token = await mailedToken(app, email, "/reset-password");
    await mallory.user.delete.mutate({ password });
    expect(await outcomeOf(app.visitor().password.reset.mutate({ token, newPassword }))).toBe("TOKEN_INVALID");
  });
});
