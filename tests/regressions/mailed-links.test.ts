import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ limits: { mailsPerAddressPerHour: 3 } });
});
afterAll(() => app.close());

const newPassword = "battery staple";

test("nobody keeps a user from a reset by asking for other mails that are never sent", async () => {
  const ada = await app.addUser();
  for (let round = 0; round < 3; round++) {
    await app.visitor().registration.resendVerification.mutate({ email: ada.email });
  }
  const more = app.visitor().registration.resendVerification.mutate({ email: ada.email });
  expect(reasonOf(await refusal(more))).toBe("RATE_LIMITED");
  await app.visitor().password.requestReset.mutate({ email: ada.email });
  await app.visitor().password.reset.mutate({ token: await app.tokenFromMail(ada.email), newPassword });
});

test("a reset link proves the mailbox that it was sent to, and is void when the account has another", async () => {
  const ada = await app.addUser();
  await app.visitor().password.requestReset.mutate({ email: ada.email });
  const token = await app.tokenFromMail(ada.email);
  await app.sql(`update keywright.users set email = 'moved@example.com', email_key = 'moved@example.com'
    where email_key = '${ada.email}'`);
  expect(reasonOf(await refusal(app.visitor().password.reset.mutate({ token, newPassword })))).toBe("TOKEN_INVALID");
  await app.visitor().auth.login.mutate({ email: "moved@example.com", password: ada.password });
});

test("a user who asks twice has one link that works, even if both mails leave at once", async () => {
  for (let round = 0; round < 6; round++) {
    const ada = await app.addUser();
    await app.withMailAtRest(async () => {
      for (const wait of [0, 5]) {
        app.travel(wait);
        await app.visitor().password.requestReset.mutate({ email: ada.email });
      }
    });
    await app.keywright.deliverMail();
    const links = app.mails.flatMap(({ to, links }) => (to === ada.email ? links : []));
    const tokens = links.map((link) => new URL(link).searchParams.get("token"));
    const answers = await Promise.all(tokens.map((token) => app.post("password.checkToken", { token })));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  }
});

test("a visitor with a made-up link makes the server hash nothing", async () => {
  const reset = () => app.post("password.reset", { token: `kwo_${"A".repeat(43)}`, newPassword });
  expect((await reset()).status).toBe(400);
  expect(await app.costOf(reset)).toMatchObject({ hashes: 0, verifies: 0 });
});

test("a mail that only a newer instance knows waits for it", async () => {
  await app.visitor().password.requestReset.mutate({ email: "nobody@example.com" });
  await app.keywright.deliverMail();
  await app.sql(
    "update keywright.outbox set kind = 'of_tomorrow', status = 'pending', settled_at = null, address = 'nobody@example.com'",
  );
  await app.keywright.deliverMail();
  expect(await app.sql("select status, address from keywright.outbox where kind = 'of_tomorrow' limit 1")).toEqual([
    { status: "pending", address: "nobody@example.com" },
  ]);
});
