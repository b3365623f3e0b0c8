import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const canary = "canary-hunter2-password";

describe("a fault of ours", () => {
  test("a caller learns that something failed and the request's id, and the log learns no more than where", async () => {
    const ada = await app.addUser();
    const { headers } = await app.post("auth.login", { email: ada.email, password: ada.password });
    const cookie = headers.getSetCookie()[0]?.split(";")[0] ?? "";
    app.logs.length = 0;
    await app.sql("alter table keywright.users rename column email_key to email_key_away");
    const answers = await Promise.all([
      app.post("auth.login", { email: "victim@example.com", password: canary }),
      app.post("registration.register", { email: "victim@example.com", password: canary }),
    ]);
    await app.sql("alter table keywright.users rename column email_key_away to email_key");
    for (const answer of answers) {
      const text = await answer.text();
      expect(answer.status).toBe(500);
      const { requestId, reason } = JSON.parse(text).error.json.data;
      expect(reason).toBe("INTERNAL");
      expect(app.logs.some((entry) => entry.requestId === requestId)).toBe(true);
      for (const leak of ["select", "insert", "email_key", "victim", canary, "stack", "postgres", "node_modules"]) {
        expect(text.toLowerCase()).not.toContain(leak);
      }
    }
    const log = JSON.stringify(app.logs);
    for (const leak of ["victim", canary, cookie.split("=")[1] ?? "", "$kw1"]) expect(log).not.toContain(leak);
    expect(log).toContain("42703"); // undefined_column: enough to look it up
  });

  test.each([
    ["an error", new Error(canary)],
    ["a text", canary],
    ["an object", { password: canary }],
    ["an error within an error", new Error("outer", { cause: new Error(canary) })],
  ])("a caller learns nothing of %s that was thrown", async (_case, thrown) => {
    const { deps } = app.keywright;
    const { findNothing } = { findNothing: deps.passwords.verify };
    deps.passwords.verify = async () => {
      throw thrown;
    };
    const response = await app.post("auth.login", { email: "nobody@example.com", password: "x" });
    deps.passwords.verify = findNothing;
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain(canary);
  });

  test("a request id of the proxy is kept if it is harmless", async () => {
    const idOf = async (given: string) => {
      const response = await app.get("user.me", { "x-request-id": given });
      return JSON.parse(await response.text()).error.json.data.requestId;
    };
    expect(await idOf("abc-123")).toBe("abc-123");
    expect(await idOf("<script>")).not.toContain("script");
    expect(await idOf("x".repeat(65))).toHaveLength(36);
  });
});

describe("the password queue", () => {
  test("a caller beyond it is told to come again, and other calls are served", async () => {
    const small = await createTestApp({ password: { bcryptCost: 10 } }, app.database);
    const ada = await small.addUser();
    const laptop = await small.signedIn(ada);
    const logins = Array.from({ length: 150 }, () =>
      small
        .visitor()
        .auth.login.mutate({ email: ada.email, password: ada.password })
        .then(
          () => null,
          (error: unknown) => error,
        ),
    );
    expect(await laptop.user.me.query()).toMatchObject({ email: ada.email });
    const refusals = (await Promise.all(logins)).filter((error) => error !== null);
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals.length).toBeLessThan(150);
    expect(new Set(refusals.map(reasonOf))).toEqual(new Set(["UNAVAILABLE"]));
    await small.signedIn(ada);
    await small.close();
  });
});

describe("text that PostgreSQL cannot hold", () => {
  test.each(["a\u0000b@example.com", "\uD800@example.com", "a@example.com\u0000"])(
    "an address %j is refused at the door",
    async (email) => {
      const error = await refusal(app.visitor().auth.login.mutate({ login: email, password: "x" }));
      expect(["VALIDATION", "INVALID_CREDENTIALS"]).toContain(reasonOf(error));
    },
  );

  test("a device name or a token with a NUL is refused at the door", async () => {
    const device = { email: "a@example.com", password: "x", deviceName: "a\u0000b" };
    expect(reasonOf(await refusal(app.visitor().auth.login.mutate(device)))).toBe("VALIDATION");
    const token = app.visitor().password.checkToken.mutate({ token: "a\u0000b" });
    expect(reasonOf(await refusal(token))).toBe("TOKEN_INVALID");
  });
});
