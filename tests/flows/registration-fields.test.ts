import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
let withNames: TestApp;
let withoutMail: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  withNames = await createTestApp(
    { registration: { required: ["email", "username", "password", "lastName"], optional: ["firstName"] } },
    app.database,
  );
  withoutMail = await createTestApp(
    { registration: { required: ["username", "password"], optional: [] } },
    app.database,
  );
});
afterAll(async () => {
  await withNames.close();
  await withoutMail.close();
  await app.close();
});

const password = "correct horse";

describe("the fields of a registration", () => {
  test("a visitor hears of every required field that is missing or empty", async () => {
    const error = await refusal(withNames.visitor().registration.register.mutate({ firstName: "Ada", lastName: "" }));
    expect(reasonOf(error)).toBe("VALIDATION");
    const required = [{ reason: "REQUIRED" }];
    expect(fieldErrorsOf(error)).toMatchObject({
      email: required,
      username: required,
      password: required,
      lastName: required,
    });
    expect(fieldErrorsOf(error)).not.toHaveProperty("firstName");
  });

  test("a visitor may leave out what is optional, and gives what is required", async () => {
    const input = { email: "byron@example.com", username: "byron", password, lastName: "Byron" };
    const answer = await withNames.visitor().registration.register.mutate(input);
    expect(answer).toMatchObject({ user: { username: "byron", firstName: "", lastName: "Byron" } });
  });

  test("a visitor cannot give what the app does not name", async () => {
    const input = { username: "nameless", password, email: "nameless@example.com", firstName: "No" };
    const error = await refusal(withoutMail.visitor().registration.register.mutate(input));
    const unknown = [{ reason: "UNKNOWN_FIELD" }];
    expect(fieldErrorsOf(error)).toMatchObject({ email: unknown, firstName: unknown });
  });

  test("a front end learns which they are", async () => {
    expect(await withNames.visitor().auth.config.query()).toMatchObject({
      registrationRequires: ["email", "username", "password", "lastName"],
      registrationAccepts: ["email", "username", "password", "lastName", "firstName"],
    });
  });
});

describe("an account without an address", () => {
  test("signs in by its username, gets no mail, and is kept from nothing for want of a proof", async () => {
    const visitor = withoutMail.visitor();
    const queued = () => app.sql("select count(*)::int as n from keywright.outbox");
    const before = await queued();
    await visitor.registration.register.mutate({ username: "hermit", password });
    expect(await queued()).toEqual(before);
    expect(await visitor.user.me.query()).toMatchObject({ username: "hermit", email: null, emailVerified: false });
    await withoutMail.visitor().auth.login.mutate({ username: "hermit", password });
    expect(await visitor.user.update.mutate({ firstName: "Her" })).toMatchObject({ firstName: "Her" });
  });

  test("is one of many: two of them do not share the missing address", async () => {
    for (const username of ["first", "second"]) {
      const answer = await withoutMail.visitor().registration.register.mutate({ username, password });
      expect(answer).toMatchObject({ user: { username, email: null } });
    }
  });
});

describe("an account without a username", () => {
  test("signs in by its address, and its user has no username", async () => {
    const { user } = await signUp("no-username@example.com");
    expect(user.username).toBeNull();
    await app.visitor().auth.login.mutate({ login: "no-username@example.com", password });
  });
});

async function signUp(email: string) {
  const answer = await app.visitor().registration.register.mutate({ email, password });
  if (answer.status !== "signed_in") throw new Error("This app lets unverified accounts in.");
  return answer;
}
