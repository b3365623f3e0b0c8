import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestConfig, testSecret } from "../support/app.js";
import { refusal } from "../support/refusal.js";

const newSecret = "Wb2vNq8sLk3xJd6mTz1cRf7hPy4gUe9oAi5tXw0nQjE=";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

/** Another instance on the same database and mailbox. */
async function instance(config: TestConfig): Promise<TestApp> {
  const other = await createTestApp(config, app.database);
  other.travel(app.offsetMs());
  return other;
}

const refusing = { send: () => Promise.reject(new Error("not now")), close: async () => {} };

/** Asks for a reset with an instance whose mail server takes nothing: the secret is minted, and waits. */
async function mintedBy(config: TestConfig) {
  const ada = await app.addUser();
  const minting = await instance({ ...config, mailer: refusing });
  await app.withMailAtRest(async () => {
    await minting.visitor().password.requestReset.mutate({ email: ada.email });
    await minting.keywright.deliverMail();
    await minting.close();
  });
  expect(
    await app.sql("select 1 from keywright.outbox where status = 'pending' and secret_hash is not null"),
  ).toHaveLength(1);
  app.travel(60_000);
  return ada;
}

const statuses = () =>
  app.sql("select status, failures from keywright.outbox where kind = 'reset_password' order by created_at desc");
const newPassword = "battery staple";

test("A21: a mail that waits while the secret changes is delivered, with a link that works", async () => {
  const ada = await mintedBy({});
  const changed = await instance({ secret: newSecret, previousSecret: testSecret });
  const token = await changed.tokenFromMail(ada.email);
  await changed.visitor().password.reset.mutate({ token, newPassword });
  await changed.visitor().auth.login.mutate({ email: ada.email, password: newPassword });
  expect(reasonOf(await refusal(changed.visitor().password.reset.mutate({ token, newPassword })))).toBe(
    "TOKEN_INVALID",
  );
  await changed.close();
});

test("A21: a mail that the new secret minted is left to it by an instance that has the old one", async () => {
  const ada = await mintedBy({ secret: newSecret, previousSecret: testSecret });
  const before = app.mails.length;
  await app.keywright.deliverMail();
  expect(app.mails.length).toBe(before);
  expect((await statuses())[0]).toEqual({ status: "pending", failures: 1 });
  app.travel(60_000);
  const changed = await instance({ secret: newSecret, previousSecret: testSecret });
  const token = await changed.tokenFromMail(ada.email);
  await changed.visitor().password.reset.mutate({ token, newPassword });
  await changed.close();
});

test("A21: a mail whose secret nobody has any more ends by its age, with no link made up", async () => {
  const ada = await mintedBy({ secret: newSecret });
  const before = app.mails.length;
  await app.keywright.deliverMail();
  app.travel(7 * 60 * 60_000);
  await app.keywright.deliverMail();
  expect((await statuses())[0]).toMatchObject({ status: "dead" });
  expect(app.mails.slice(before).filter(({ to }) => to === ada.email)).toEqual([]);
});

test("a Message-ID is the same for every attempt, whatever the secret, and names neither row nor seed (K4)", async () => {
  const seen: string[] = [];
  const note = {
    send: async ({ messageId }: { messageId: string }) => {
      seen.push(messageId);
      throw new Error("no");
    },
    close: async () => {},
  };
  const ada = await app.addUser();
  const first = await instance({ mailer: note });
  const second = await instance({ secret: newSecret, previousSecret: testSecret, mailer: note });
  await app.withMailAtRest(async () => {
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    await first.keywright.deliverMail();
    second.travel(60_000);
    await second.keywright.deliverMail();
  });
  const [row = {}] = await app.sql("select id, seed from keywright.outbox where status = 'pending'");
  expect(seen).toHaveLength(2);
  expect(seen[0]).toBe(seen[1]);
  expect(seen[0]).toMatch(/^<[\w-]{43}@localhost>$/);
  expect(seen[0]).not.toContain(String(row.id).replaceAll("-", ""));
  expect(row.seed).not.toBe(row.id);
  await first.close();
  await second.close();
});

test.each(["purpose", "email", "user_id"])(
  "a mail that is tried again prolongs its own secret only: not one with another %s (K21)",
  async (column) => {
    await app.sql("delete from keywright.outbox");
    const [grace, ada] = [await app.addUser(), await mintedBy({})];
    const values = {
      purpose: "'undo_email_change'",
      email: "'other@example.com'",
      user_id: `(select id from keywright.users where email = '${grace.email}')`,
    };
    const value = Object.entries(values).find(([name]) => name === column)?.[1];
    const isHers = `email = '${ada.email}' and purpose = 'reset_password'`;
    await app.sql(`update keywright.secrets set ${column} = ${value} where ${isHers}`);
    const before = await app.sql("select hash, expires_at from keywright.secrets order by hash");
    const mails = app.mails.length;
    await app.deliverMail();
    expect(app.mails.slice(mails).filter(({ to }) => to === ada.email)).toEqual([]);
    expect(await app.sql("select hash, expires_at from keywright.secrets order by hash")).toEqual(before);
  },
);
