import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
let byEmail: TestApp;
let byUsername: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  byEmail = await createTestApp({ login: { fields: ["email"] } }, app.database);
  byUsername = await createTestApp(
    { login: { fields: ["username"] }, registration: { required: ["username", "password"] } },
    app.database,
  );
});
afterAll(async () => {
  await byEmail.close();
  await byUsername.close();
  await app.close();
});

describe("an app that takes one kind of name", () => {
  test("lets a user in by that name, and tells nobody that there is another", async () => {
    const { email, username, password } = await app.addUser();
    const right = [
      [byEmail, { email }],
      [byEmail, { login: email }],
      [byUsername, { username }],
      [byUsername, { login: username }],
    ] as const;
    for (const [instance, name] of right) {
      const { user } = await instance.visitor().auth.login.mutate({ ...name, password });
      expect(user).toMatchObject({ email, username });
    }
    const wrong = [
      [byEmail, { username }],
      [byEmail, { login: username }],
      [byUsername, { email }],
      [byUsername, { login: email }],
    ] as const;
    for (const [instance, name] of wrong) {
      const error = await refusal(instance.visitor().auth.login.mutate({ ...name, password }));
      expect(reasonOf(error)).toBe("INVALID_CREDENTIALS");
    }
  });

  test("tells a front end which form to draw", async () => {
    expect(await byEmail.visitor().auth.config.query()).toMatchObject({ loginFields: ["email"] });
    expect(await byUsername.visitor().auth.config.query()).toMatchObject({ loginFields: ["username"] });
    expect(await app.visitor().auth.config.query()).toMatchObject({ loginFields: ["email", "username"] });
  });

  test("tells a visitor who leaves a field out which one it is", async () => {
    const noName = await app.post("auth.login", { password: "correct horse" });
    expect(await noName.json()).toMatchObject({
      error: { json: { data: { fields: { login: [{ reason: "REQUIRED" }] } } } },
    });
    const noPassword = await app.post("auth.login", { email: "ada@example.com" });
    expect(await noPassword.json()).toMatchObject({
      error: { json: { data: { reason: "VALIDATION", fields: { password: [{ reason: "REQUIRED" }] } } } },
    });
    const empty = await refusal(app.visitor().auth.login.mutate({ email: "ada@example.com", password: "" }));
    expect(fieldErrorsOf(empty)).toHaveProperty("password");
  });
});
