import { authenticateByPassword } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusalIn } from "../support/answers.js";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const password = "correct horse";
const required = [expect.objectContaining({ reason: "REQUIRED" })];

describe("what a login form sends", () => {
  test("a visitor who names no account is told at the name, one who gives no password at the password", async () => {
    const nameless = await refusalIn(await app.post("auth.login", { password }));
    expect(nameless.data.fields).toEqual({ login: required });
    for (const given of [{ login: "ada" }, { email: "ada@example.com" }, { username: "ada" }]) {
      const response = await app.post("auth.login", given);
      expect(response.status).toBe(400);
      const { data } = await refusalIn(response);
      expect(data.reason).toBe("VALIDATION");
      expect(data.fields).toEqual({ password: required });
    }
  });

  test.each([undefined, {}, null, ""])("a visitor who sends %j instead of a form is refused as such", async (input) => {
    const cost = await app.costOf(async () => {
      const response = await app.post("auth.login", input);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { json: { data: { reason: "VALIDATION" } } } });
    });
    expect(cost).toEqual({ statements: [], hashes: 0, verifies: 0 });
  });

  test("a refused caller reads one shape, whether a field is at fault or the login as a whole", async () => {
    const inputs = [
      { email: "nobody@example.com", password: "wrong horse" },
      { email: "nobody", password: "wrong horse" },
    ];
    const shapes = inputs.map(async (input) => {
      const answer = await refusalIn(await app.post("auth.login", input));
      expect(Object.keys(answer).toSorted()).toEqual(["code", "data", "message"]);
      const { fields, ...data } = answer.data;
      expect(Object.keys(data).toSorted()).toEqual(["code", "httpStatus", "path", "reason", "requestId"]);
      return [data.reason, Object.keys(fields ?? {})];
    });
    expect(await Promise.all(shapes)).toEqual([
      ["INVALID_CREDENTIALS", []],
      ["VALIDATION", ["email"]],
    ]);
  });
});

describe("the names that an account can log in with", () => {
  test("a user logs in with the address only, where the settings say so", async () => {
    const ada = await app.addUser();
    const addresses = await createTestApp({ login: { fields: ["email"] } }, app.database);
    expect((await addresses.visitor().auth.config.query()).loginFields).toEqual(["email"]);
    for (const name of [{ username: ada.username }, { login: ada.username }]) {
      const error = await refusal(addresses.visitor().auth.login.mutate({ ...name, password: ada.password }));
      expect(reasonOf(error)).toBe("INVALID_CREDENTIALS");
    }
    for (const name of [{ email: ada.email }, { login: ada.email }]) {
      await addresses.visitor().auth.login.mutate({ ...name, password: ada.password });
    }
    await addresses.close();
  });

  test("a user logs in with the username only, where the settings say so", async () => {
    const ada = await app.addUser();
    const registration: TestConfig["registration"] = { required: ["username", "password"] };
    const usernames = await createTestApp({ login: { fields: ["username"] }, registration }, app.database);
    expect((await usernames.visitor().auth.config.query()).loginFields).toEqual(["username"]);
    for (const name of [{ email: ada.email }, { login: ada.email }]) {
      const error = await refusal(usernames.visitor().auth.login.mutate({ ...name, password: ada.password }));
      expect(reasonOf(error)).toBe("INVALID_CREDENTIALS");
    }
    for (const name of [{ username: ada.username }, { login: ada.username }]) {
      await usernames.visitor().auth.login.mutate({ ...name, password: ada.password });
    }
    await usernames.close();
  });

  test.each<[sentence: string, config: TestConfig]>([
    ["`registration.required` must have one of `login.fields`", { login: { fields: ["username"] } }],
    ["`registration.required` must have one of `login.fields`", { registration: { required: ["password"] } }],
    ["`login.fields`", { login: { fields: [] } }],
  ])("an operator who leaves no way to log in is told of %s before anything starts", async (sentence, config) => {
    await expect(createTestApp(config, app.database)).rejects.toThrow(sentence);
  });
});

describe("an app that asks another directory who is who", () => {
  test.each(["username", "email"] as const)(
    "a user logs in with the %s and the directory's password",
    async (field) => {
      const ada = await app.addUser({ password });
      const directory = await createTestApp(
        {
          authenticate: async (deps, who, input) =>
            input.password === "known to the directory"
              ? authenticateByPassword(deps, who, { ...input, password })
              : null,
        },
        app.database,
      );
      const name = { email: { email: ada.email }, username: { username: ada.username } }[field];
      const login = (typed: string) => directory.visitor().auth.login.mutate({ ...name, password: typed });
      expect((await login("known to the directory")).user[field]).toBe(ada[field]);
      expect(reasonOf(await refusal(login(password)))).toBe("INVALID_CREDENTIALS");
      await directory.close();
    },
  );
});
