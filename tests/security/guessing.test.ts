import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
let verifiedFirst: TestApp;
beforeAll(async () => {
  app = await createTestApp({ limits: { passwordTriesPerAccount: 5 } });
  verifiedFirst = await createTestApp({ registration: { verification: "mandatory" } }, app.database);
});
afterAll(async () => {
  await verifiedFirst.close();
  await app.close();
});

/** An answer with what differs in each call left out. */
async function answerOf(response: Response) {
  const text = (await response.text()).replaceAll(/"requestId":"[^"]*"/g, "").replaceAll(/"retryAfter":\d+/g, "");
  const headers = [...response.headers].map(([name, value]) => (name === "retry-after" ? [name] : [name, value]));
  return { status: response.status, headers, text };
}

describe("an account whose guesses are used up", () => {
  test.each([
    "//trpc/auth.login",
    "/trpc//auth.login",
    "/trpc/auth%2Elogin",
    "/trpc/auth.login/",
    "/trpc/./auth.login",
    "/trpc/auth.login;x=1",
    "/TRPC/auth.login",
    "/trpc/auth.login?batch=1",
    "/trpc/auth.login%2C?batch=1",
  ])("a guesser gets nowhere by the path %s", async (path) => {
    const ada = await app.addUser();
    const wrong = { email: ada.email, password: "wrong horse" };
    for (let round = 0; round < 5; round++) await app.post("auth.login", wrong);
    const input = { json: { email: ada.email, password: ada.password } };
    const cost = await app.costOf(async () => {
      const body = JSON.stringify(path.includes("batch") ? { 0: input } : input);
      const headers = { "content-type": "application/json" };
      const request = new Request(`${publicUrl}${path}`, { method: "POST", headers, body });
      const response = await app.handle(request, "127.0.0.1");
      expect(response.status).not.toBe(200);
      expect(response.headers.getSetCookie()).toEqual([]);
    });
    expect(cost.verifies).toBe(0);
  });

  test("a guesser has five guesses at a name, however it is spelled and whatever asks", async () => {
    const ada = await app.addUser();
    const spellings = [
      { email: ada.email },
      { email: ada.email.toUpperCase() },
      { login: ada.email },
      { login: ada.email.replace("person", "pErSoN") },
      { email: ada.email },
      { login: ` ${ada.email.toUpperCase()}` },
      { email: `${ada.email}\n` },
    ];
    const bearer = { "keywright-transport": "bearer" };
    const cost = await app.costOf(async () => {
      for (const [index, name] of spellings.entries()) {
        await app.post("auth.login", { ...name, password: "wrong horse" }, index % 2 ? bearer : {});
      }
    });
    expect(cost.verifies).toBe(5);
    for (const email of [`a ${ada.email}`, `${ada.email}.`, ada.email.replace("@", "\uFF20")]) {
      const error = await refusal(app.visitor().auth.login.mutate({ email, password: ada.password }));
      expect(reasonOf(error)).toBe("VALIDATION");
    }
  });

  test("a guesser learns from no header and no text whether the account exists, before and after", async () => {
    const ada = await app.addUser();
    for (let round = 0; round < 8; round++) {
      const guess = (email: string) => app.post("auth.login", { email, password: "wrong horse" }).then(answerOf);
      const known = await guess(ada.email);
      expect(await guess(ada.email.replace("person", "nobody"))).toEqual(known);
      expect(known.status).toBe(round < 5 ? 401 : 429);
    }
  });
});

describe("an account in an odd state", () => {
  test.each([
    "",
    "x",
    "$2b$31$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "d41d8cd98f00b204e9800998ecf8427e",
  ])("nobody gets in with the stored hash %j, and nothing breaks", async (hash) => {
    const ada = await app.addUser();
    await app.sql(
      `update keywright.passwords set hash = '${hash}' where user_id = (select id from keywright.users where email_key = '${ada.email}')`,
    );
    const cost = await app.costOf(async () => {
      const response = await app.post("auth.login", { email: ada.email, password: ada.password });
      expect(response.status).toBe(401);
    });
    expect(cost.verifies).toBe(1);
  });

  test("nobody gets in with an empty password where none is set", async () => {
    const ada = await app.addUser();
    await app.sql(
      `delete from keywright.passwords where user_id = (select id from keywright.users where email_key = '${ada.email}')`,
    );
    for (const password of ["", " ", "null", "undefined", null]) {
      expect((await app.post("auth.login", { email: ada.email, password })).ok).toBe(false);
    }
  });

  test("an unverified user is told so only after the right password, and gets no session", async () => {
    const email = "waiting@example.com";
    await verifiedFirst.visitor().registration.register.mutate({ email, password: "correct horse" });
    const login = (input: object) => verifiedFirst.post("auth.login", input);
    const right = await login({ email, password: "correct horse" });
    expect(await right.text()).toContain("EMAIL_NOT_VERIFIED");
    expect(right.headers.getSetCookie()).toEqual([]);
    const wrong = await answerOf(await login({ email, password: "wrong horse" }));
    expect(await answerOf(await login({ email: "nobody@example.com", password: "wrong horse" }))).toEqual(wrong);
  });

  test("nobody changes an account by asking for resets", async () => {
    const ada = await app.addUser();
    const rows = () => app.sql(`select * from keywright.users where email_key = '${ada.email}'`);
    const before = await rows();
    for (let round = 0; round < 10; round++) await app.visitor().password.requestReset.mutate({ email: ada.email });
    await app.keywright.deliverMail();
    expect(await rows()).toEqual(before);
    await app.signedIn(ada);
  });
});
