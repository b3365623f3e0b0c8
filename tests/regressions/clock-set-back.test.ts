import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";

const hour = 3_600_000;
const newPassword = "battery staple";
let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const ask = (email: string) => app.visitor().password.requestReset.mutate({ email });
const mailsTo = (email: string) => app.mails.filter(({ to, subject }) => to === email && subject.startsWith("Reset"));

test("a user who asks for a reset, and again after the clock was set back, gets both mails, and the later link works (O5)", async () => {
  const ada = await app.addUser();
  await ask(ada.email);
  await app.deliverMail();
  app.travel(-hour);
  await ask(ada.email);
  const token = await app.tokenFromMail(ada.email);
  expect(mailsTo(ada.email)).toHaveLength(2);
  await app.visitor().password.reset.mutate({ token, newPassword });
  await app.visitor().auth.login.mutate({ email: ada.email, password: newPassword });
});

test("a mail that waits when the clock is set back is not late by that (O5)", async () => {
  const bob = await app.addUser();
  await app.withMailAtRest(() => ask(bob.email));
  app.travel(-hour);
  await app.deliverMail();
  expect(mailsTo(bob.email)).toHaveLength(1);
});

test("of two mails that wait, the one that was asked for later has the link that works, whatever the clock said (O5)", async () => {
  const eve = await app.addUser();
  await app.withMailAtRest(async () => {
    await ask(eve.email);
    app.travel(-hour);
    await ask(eve.email);
  });
  await app.deliverMail();
  const [later] = await app.sql(
    "select encode(secret_hash, 'hex') as hash, status from keywright.outbox where kind = 'reset_password' order by sequence desc limit 1",
  );
  const live = await app.sql(
    "select encode(hash, 'hex') as hash from keywright.secrets where purpose = 'reset_password'",
  );
  expect(later?.status).toBe("sent");
  expect(live).toContainEqual({ hash: later?.hash });
});
