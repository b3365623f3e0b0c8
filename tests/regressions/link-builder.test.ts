import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({
    buildLink: ({ token }) => {
      throw new Error(`no page for ${token}`);
    },
  });
});
afterAll(() => app.close());

test("the operator reads no token in the log or the outbox when the app's link builder throws", async () => {
  await app.visitor().registration.register.mutate({ email: "ada@example.com", password: "correct horse" });
  await app.keywright.deliverMail();
  const written = JSON.stringify([app.logs, await app.sql("select last_error from keywright.outbox")]);
  expect(written).toContain("link builder");
  expect(written).not.toContain("kwo_");
});

test("nobody is mailed a link that has no token in it", async () => {
  const own = await createTestApp({ buildLink: ({ appUrl }) => appUrl.href });
  await own.visitor().registration.register.mutate({ email: "grace@example.com", password: "correct horse" });
  await own.keywright.deliverMail();
  expect(own.mails).toEqual([]);
  expect(JSON.stringify(own.logs)).toContain("an unusable link for verify_email");
  await own.close();
});
