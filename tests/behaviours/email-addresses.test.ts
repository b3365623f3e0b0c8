import { fieldErrorsOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { accountsOf } from "./instance.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const password = "correct horse";
const longDomain = (last: number) => [...Array(3).fill("a".repeat(63)), "b".repeat(last), "com"].join(".");
test.each([
  ["a tag", "ada+tag@example.com"],
  ["dots, dashes and digits", "a.d-a_1@mail-2.example.co.uk"],
  ["a new top-level domain", "ada@example.photography"],
  ["64 letters before the @", `${"a".repeat(64)}@example.com`],
  ["254 characters", `ada@${longDomain(54)}`],
])("a visitor's address with %s is taken", async (_what, email) => {
  const answer = await app.visitor().registration.register.mutate({ email, password });
  expect(answer).toMatchObject({ status: "signed_in", user: { email } });
});

test.each([
  ["no @", "ada.example.com"],
  ["two @", "ada@home@example.com"],
  ["nothing before the @", "@example.com"],
  ["no dot behind the @", "ada@localhost"],
  ["two dots in a row", "ada..l@example.com"],
  ["a blank", "ada lovelace@example.com"],
  ["an IP address", "ada@[127.0.0.1]"],
  ["255 characters", `ada@${longDomain(55)}`],
])("a visitor's address with %s is refused at its field", async (_what, email) => {
  const error = await refusal(app.visitor().registration.register.mutate({ email, password }));
  expect(fieldErrorsOf(error)).toMatchObject({ email: [{ reason: "INVALID_EMAIL" }] });
  expect(await accountsOf(app, email)).toBe(0);
});
