import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";

let app: TestApp;
const sent: string[] = [];
const mailer = { onSend: async () => {} };
beforeAll(async () => {
  const send = async ({ to }: { to: string }) => {
    sent.push(to);
    await mailer.onSend();
  };
  app = await createTestApp({ mailer: { send, close: async () => {} } });
});
afterAll(() => app.close());

const register = (email: string) => app.visitor().registration.register.mutate({ email, password: "correct horse" });
const rowOf = async (email: string) =>
  (await app.sql(`select status, failures from keywright.outbox where address = '${email}'`))[0];

test("a mail whose preparation fails in the database is given back, and counts nothing (O6)", async () => {
  const email = "prepared@example.com";
  await app.withMailAtRest(() => register(email));
  await app.sql("alter table keywright.secrets rename to secrets_away");
  await app.keywright.deliverMail();
  expect(await rowOf(email)).toEqual({ status: "pending", failures: 0 });
  await app.sql("alter table keywright.secrets_away rename to secrets");
  app.travel(6_000);
  await app.keywright.deliverMail();
  expect(sent).toEqual([email]);
});

test("a mail of a kind that only a newer version knows is given back, and counts nothing (O6)", async () => {
  const email = "newer@example.com";
  await app.withMailAtRest(() => register(email));
  const change = async (kind: string) =>
    await app.sql(`update keywright.outbox set kind = '${kind}' where address = '${email}'`);
  await change("of_a_newer_version");
  for (let days = 0; days < 2; days++) {
    await app.keywright.deliverMail();
    app.travel(86_400_000);
  }
  expect(await rowOf(email)).toEqual({ status: "pending", failures: 0 });
  await change("verify_email");
  await app.keywright.deliverMail();
  expect(sent).toContain(email);
});

test("a mail that left when the database went away is not sent again when it is back (O6)", async () => {
  const email = "noted@example.com";
  mailer.onSend = async () => void (await app.sql("alter table keywright.outbox rename to outbox_away"));
  await register(email);
  await vi.waitFor(() => expect(sent).toContain(email), 5_000);
  mailer.onSend = async () => {};
  await vi.waitFor(() => app.sql("alter table keywright.outbox_away rename to outbox"), 5_000);
  const sentRow = `select 1 from keywright.outbox where kind = 'verify_email' and status = 'sent'`;
  await vi.waitFor(async () => expect(await app.sql(sentRow)).toHaveLength(3), 5_000);
  app.travel(120_000);
  await app.keywright.deliverMail();
  expect(sent.filter((to) => to === email)).toHaveLength(1);
});
