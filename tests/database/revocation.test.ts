import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { afterRestore, revokeAll } from "../../packages/api/src/operator/index.js";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { pageOf } from "../support/samples.js";

/** In an order in which they can be filled. */
const tables = ["users", "passwords", "secrets", "sessions", "refresh_tokens", "outbox", "identities", "epochs"];

let app: TestApp;
let url: string;
beforeAll(async () => {
  app = await createTestApp();
  url = app.database.url ?? "";
  await app.sql("create schema backup");
});
afterAll(() => app.close());
beforeEach(async () => {
  for (const table of tables) await app.sql(`drop table if exists backup.${table}`);
});

async function backUp(): Promise<void> {
  for (const table of tables) await app.sql(`create table backup.${table} as table keywright.${table}`);
}

async function restore(): Promise<void> {
  await app.sql(`truncate ${tables.map((table) => `keywright.${table}`).join(", ")} cascade`);
  for (const table of tables) await app.sql(`insert into keywright.${table} table backup.${table}`);
}

/** Somebody with a cookie, a phone, and a request for a reset that waits for delivery. */
async function withEverything() {
  const ada = await app.addUser();
  const desk = await app.signedIn(ada);
  const phone = await app
    .visitor({ transport: "bearer" })
    .auth.login.mutate({ email: ada.email, password: ada.password });
  return { ...ada, desk, refreshToken: phone.tokens?.refreshToken ?? "", accessToken: phone.tokens?.accessToken ?? "" };
}

const reset = (token: string, newPassword: string) => app.visitor().password.reset.mutate({ token, newPassword });

test("after a backup was restored, nothing that was ended since then opens anything (K2, B17)", async () => {
  const ada = await withEverything();
  await app.withMailAtRest(async () => {
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    await backUp();
  });
  const used = await app.tokenFromMail(ada.email);
  await reset(used, "battery staple");
  await restore();

  // That is what the restored backup does by itself.
  expect((await ada.desk.user.me.query()).email).toBe(ada.email);
  expect(await app.tokenFromMail(ada.email)).toBe(used);
  await restore();

  const revoked = await afterRestore(url);
  // One secret: that a link was used is remembered for an hour.
  expect(revoked).toMatchObject({ mails: 1, secrets: 1, providerTokens: 0 });
  expect(revoked.sessions).toBeGreaterThanOrEqual(2);
  const mails = app.mails.length;
  await app.keywright.deliverMail();
  expect(app.mails.length).toBe(mails);
  expect(reasonOf(await refusal(ada.desk.user.me.query()))).toBe("NOT_AUTHENTICATED");
  const { refreshToken } = ada;
  expect(reasonOf(await refusal(app.visitor().auth.refreshToken.mutate({ refreshToken })))).toBe("TOKEN_INVALID");
  expect(reasonOf(await refusal(app.visitor().auth.verifyToken.mutate({ token: ada.accessToken })))).toBe(
    "TOKEN_INVALID",
  );
  expect(reasonOf(await refusal(reset(used, "another staple")))).toBe("TOKEN_INVALID");

  await app.signedIn(ada);
  await app.visitor().password.requestReset.mutate({ email: ada.email });
  await reset(await app.tokenFromMail(ada.email), "yet another staple");
});

test("a mail that waits in the backup has another link once the epoch has changed (K2)", async () => {
  const ada = await app.addUser();
  await app.withMailAtRest(async () => {
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    await backUp();
  });
  const first = await app.tokenFromMail(ada.email);
  await restore();
  await app.sql(
    "insert into keywright.epochs values ('mail', gen_random_uuid(), now()) on conflict (name) do update set value = excluded.value",
  );
  const second = await app.tokenFromMail(ada.email);
  expect(second).not.toBe(first);
  expect(reasonOf(await refusal(reset(first, "battery staple")))).toBe("TOKEN_INVALID");
  await reset(second, "battery staple");
});

test("a browser's mark of the lost time does not fit the account again (K2)", async () => {
  const ada = await app.addUser();
  const versionOf = async () =>
    Number(
      (await app.sql(`select credential_version from keywright.users where email = '${ada.email}'`))[0]
        ?.credential_version,
    );
  await backUp();
  const desk = await app.signedIn(ada);
  for (const [currentPassword, newPassword] of [
    [ada.password, "battery staple"],
    ["battery staple", "third staple"],
  ] as const) {
    await desk.password.change.mutate({ currentPassword, newPassword });
  }
  const lost = await versionOf();
  await restore();
  await afterRestore(url);
  expect(await versionOf()).toBeGreaterThan(lost);
});

test("a changed secret alone signs nobody out; with revoke-all everybody is (K3)", async () => {
  const ada = await withEverything();
  await app.visitor().password.requestReset.mutate({ email: ada.email });
  const mailed = await app.tokenFromMail(ada.email);
  await app.sql(`insert into keywright.identities (id, user_id, provider, issuer, subject, created_at, last_used_at, sealed_tokens)
    select gen_random_uuid(), id, 'p', 'i', 's', now(), now(), '\\x00' from keywright.users where email = '${ada.email}'`);
  const changed = await createTestApp({ secret: "Wb2vNq8sLk3xJd6mTz1cRf7hPy4gUe9oAi5tXw0nQjE=" }, app.database);
  const { refreshToken } = ada;
  const { tokens } = { tokens: await changed.visitor().auth.refreshToken.mutate({ refreshToken }) };
  expect(await changed.visitor().password.checkToken.mutate({ token: mailed })).toMatchObject({
    purpose: "reset_password",
  });

  expect(await revokeAll(url)).toMatchObject({ secrets: 2, providerTokens: 1 });
  expect(await app.sql("select 1 from keywright.identities where sealed_tokens is not null")).toEqual([]);
  expect(reasonOf(await refusal(ada.desk.user.me.query()))).toBe("NOT_AUTHENTICATED");
  for (const token of [refreshToken, tokens.refreshToken]) {
    expect(reasonOf(await refusal(changed.visitor().auth.refreshToken.mutate({ refreshToken: token })))).toBe(
      "TOKEN_INVALID",
    );
  }
  expect(reasonOf(await refusal(changed.visitor().password.checkToken.mutate({ token: mailed })))).toBe(
    "TOKEN_INVALID",
  );
  await changed.signedIn(ada);
  await changed.close();
});

/** What is left, but for the moments and random values that differ each time. */
async function traces(): Promise<unknown[]> {
  return await Promise.all([
    app.sql("select id, credential_version from keywright.users order by id"),
    app.sql("select hash from keywright.secrets"),
    app.sql("select id from keywright.sessions"),
    app.sql("select session_id from keywright.refresh_tokens"),
    app.sql("select id, status, address, ip, locked_until, settled_at is null from keywright.outbox order by id"),
    app.sql("select id, sealed_tokens from keywright.identities order by id"),
    app.sql("select name, value not in (select value from backup.epochs) from keywright.epochs"),
  ]);
}

test.each([
  ["If a secret leaks", revokeAll],
  ["If a backup is restored", afterRestore],
])("the SQL of “%s” does what the command does (K2, K3)", async (title, revoke) => {
  const ada = await withEverything();
  await app.sql(`insert into keywright.outbox (id, kind, address, created_at, next_attempt_at)
    select gen_random_uuid(), kind, 'a@example.com', now(), now() + interval '1 day'
    from unnest(array['verify_email', 'reset_password', 'set_password', 'already_registered', 'confirm_email_change', 'email_changed_notice',
      'unproved_email_changed_notice', 'email_restored_notice', 'step_up_code', 'password_changed_notice', 'of_a_newer_version']) as kind`);
  await app.visitor().password.requestReset.mutate({ email: ada.email });
  await app.tokenFromMail(ada.email);
  await backUp();
  await revoke(url);
  const byCommand = await traces();
  await restore();
  const section = pageOf("docs/security.md")
    .split(/^## /m)
    .find((text) => text.startsWith(title));
  await app.sql(/^```sql\n([\s\S]*?)^```/m.exec(section ?? "")?.[1] ?? "");
  expect(await traces()).toEqual(byCommand);
  expect(byCommand.slice(1, 4)).toEqual([[], [], []]);
  await app.sql("delete from keywright.outbox where address = 'a@example.com'");
});
