import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { cookieFor, createDocumentedCalls } from "../support/openapi-calls.js";

const { call, checker } = await createDocumentedCalls();

let app: TestApp;
let ada: TestUser;
beforeAll(async () => {
  app = await createTestApp();
  ada = await app.addUser();
});
afterAll(() => app.close());

const password = "correct horse";
const token = "x";
const email = "ada@example.com";

/** Inputs that only the document's schema or only the server could tell apart are not among them: see the last test. */
const samples: [procedure: string, taken: unknown[], refused: unknown[]][] = [
  [
    "auth.login",
    [
      { email, password },
      { login: "Ada", password, remember: false, deviceName: "A phone" },
    ],
    [
      undefined,
      null,
      [],
      "text",
      {},
      { email },
      { password },
      { email, login: email, password },
      { email: "no address", password },
      { username: "with space", password },
      { email, password: "" },
      { email, password: 1 },
      { email, password: "x".repeat(4097) },
      { email, password, remember: "yes" },
      { email, password, deviceName: "x".repeat(101) },
      { email, password, extra: true },
      { email: null, password },
    ],
  ],
  ["auth.logout", [undefined, {}, { everywhere: false }], [null, [], { everywhere: 1 }, { every: true }]],
  ["auth.revokeSession", [{ id: "x" }, { id: "x".repeat(100) }], [{}, { id: "" }, { id: "x".repeat(101) }]],
  ["auth.revokeOtherSessions", [undefined, {}], [null, { id: "x" }]],
  ["user.export", [undefined, {}], [null, { id: "x" }]],
  ["auth.refreshToken", [{ refreshToken: "x" }], [undefined, { refreshToken: "" }, { token: "x" }]],
  [
    "password.requestReset",
    [{ email }, { email: "a&b@x.org" }, { email: "sales/eu@xn--80akhbyknj4f.xn--p1ai" }],
    [{ email: "мария@example.com" }, {}, { email: `${"x".repeat(250)}@example.com` }, { email: "ada" }],
  ],
  ["password.reset", [{ token, newPassword: password }], [{ token }, { token, newPassword: password, email }]],
  [
    "user.update",
    [{}, { firstName: "" }, { lastName: "Łovelace" }, { firstName: "x".repeat(150) }],
    [undefined, { firstName: "x".repeat(151) }, { username: "" }, { username: "ä" }, { email }],
  ],
  [
    "user.events",
    [undefined, {}, { limit: 1 }, { limit: 100 }],
    [null, { limit: 0 }, { limit: 101 }, { limit: 1.5 }, { limit: "1" }, { after: "x".repeat(101) }],
  ],
  [
    "registration.register",
    [{ email: "new@example.com", password, confirmPassword: password, firstName: "N" }],
    [undefined, { email: "ada", password }, { email, password, isAdmin: true }, { email, password, username: "a b" }],
  ],
];

/** From a session of its own: some of them end it. */
async function isTaken(procedure: string, input: unknown): Promise<boolean> {
  return (await call(app, procedure, input, await cookieFor(app, ada))).reason !== "VALIDATION";
}

describe("an input that the OpenAPI document", () => {
  test.each(samples)("takes or refuses for %s is so for the server", async (procedure, taken, refused) => {
    for (const input of taken) {
      expect([input, checker.takes(procedure, input), await isTaken(procedure, input)]).toEqual([input, true, true]);
    }
    for (const input of refused) {
      expect([input, checker.takes(procedure, input), await isTaken(procedure, input)]).toEqual([input, false, false]);
    }
  });

  test("takes is refused by the server where JSON schema has no word for the rule", async () => {
    const rules: [procedure: string, input: object][] = [
      ["password.reset", { token, newPassword: password, confirmPassword: "another" }],
      ["user.update", { firstName: "two\nlines" }],
      ["auth.login", { email, password: "\ud800" }],
      ["user.events", { after: "no page" }],
    ];
    for (const [procedure, input] of rules) {
      expect([procedure, checker.takes(procedure, input)]).toEqual([procedure, true]);
      expect([procedure, await isTaken(procedure, input)]).toEqual([procedure, false]);
    }
  });
});
