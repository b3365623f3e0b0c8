import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { subjectsTo } from "../support/mailed.js";
import { reasonFor } from "../support/reason.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ tokens: { refreshGraceHours: 0 } });
});
afterAll(() => app.close());

test("Mallory cannot fill the mailbox of somebody who never proved it by using refresh tokens twice", async () => {
  const person = { email: "stranger@example.com", password: "correct horse" };
  const phone = app.visitor({ transport: "bearer" });
  const { tokens } = await phone.registration.register.mutate(person).then((answer) => {
    return answer.status === "signed_in" ? answer : { tokens: null };
  });
  const refreshToken = tokens?.refreshToken ?? "";
  const before = await subjectsTo(app, person.email);
  await app.visitor().auth.refreshToken.mutate({ refreshToken });
  app.travel(1_000);
  expect(await reasonFor(app.visitor().auth.refreshToken.mutate({ refreshToken }))).toBe("TOKEN_INVALID");
  expect(await app.sql("select 1 from keywright.audit_events where kind = 'refresh.reused'")).toHaveLength(1);
  expect(await subjectsTo(app, person.email)).toEqual(before);
});
