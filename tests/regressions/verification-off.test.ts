import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ registration: { verification: "none", required: ["email"] } });
});
afterAll(() => app.close());

const email = "ada@example.com";

async function subjectsAfterResend(): Promise<string[]> {
  await app.keywright.deliverMail();
  const before = app.mails.length;
  await app.visitor().registration.resendVerification.mutate({ email });
  await app.keywright.deliverMail();
  return app.mails.slice(before).map(({ subject }) => subject);
}

test("a user of an app that verifies no address gets no verification mail, but the link to choose a password", async () => {
  await app.visitor().registration.register.mutate({ email });
  expect(await subjectsAfterResend()).toEqual(["Choose a password for Keywright"]);
  await app.sql("delete from keywright.users");
  await app.visitor().registration.register.mutate({ email, password: "correct horse" });
  expect(await subjectsAfterResend()).toEqual([]);
});
