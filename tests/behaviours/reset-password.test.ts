import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusalIn } from "../support/answers.js";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const newPassword = "battery staple";

async function resetToken(user: Pick<TestUser, "email">, instance = app): Promise<string> {
  await instance.visitor().password.requestReset.mutate({ email: user.email });
  return await instance.tokenFromMail(user.email);
}

const reset = (token: string, password = newPassword) =>
  app.visitor().password.reset.mutate({ token, newPassword: password });
const login = (user: TestUser, password = user.password) =>
  app.visitor().auth.login.mutate({ email: user.email, password });

describe("a reset", () => {
  test("a user follows the link in a browser that has never been here, and stays a visitor there", async () => {
    const ada = await app.addUser();
    const token = await resetToken(ada);
    const browser = app.visitor();
    expect(await browser.password.checkToken.mutate({ token })).toMatchObject({ purpose: "reset_password" });
    expect(await browser.password.reset.mutate({ token, newPassword })).toEqual({});
    expect(await browser.auth.session.query()).toBeNull();
    expect(reasonOf(await refusal(browser.user.me.query()))).toBe("NOT_AUTHENTICATED");
    await login(ada, newPassword);
  });

  test("Bob, in whose browser Ada's link is followed, stays signed in as Bob", async () => {
    const [ada, bob] = [await app.addUser(), await app.addUser()];
    const adas = await app.signedIn(ada);
    const bobs = await app.signedIn(bob);
    await bobs.password.reset.mutate({ token: await resetToken(ada), newPassword });
    expect((await bobs.user.me.query()).email).toBe(bob.email);
    expect(reasonOf(await refusal(adas.user.me.query()))).toBe("NOT_AUTHENTICATED");
    await login(bob);
    await login(ada, newPassword);
  });

  test("a user's phones cannot renew their tokens after it", async () => {
    const ada = await app.addUser();
    const tokens: string[] = [];
    for (const _phone of [1, 2]) {
      const answer = await app
        .visitor({ transport: "bearer" })
        .auth.login.mutate({ email: ada.email, password: ada.password });
      tokens.push(answer.tokens?.refreshToken ?? "");
    }
    await reset(await resetToken(ada));
    for (const refreshToken of tokens) {
      const error = await refusal(app.visitor().auth.refreshToken.mutate({ refreshToken }));
      expect(reasonOf(error)).toBe("TOKEN_INVALID");
    }
    const left = `select r.session_id from keywright.refresh_tokens r join keywright.sessions s on s.id = r.session_id
      join keywright.users u on u.id = s.user_id where u.email_key = '${ada.email}'`;
    expect(await app.sql(left)).toEqual([]);
  });

  test("a user who had not verified the address has verified it by the link", async () => {
    const trusting = await createTestApp({ registration: { verification: "none" } }, app.database);
    const grace = { email: "grace@example.com", password: "correct horse" };
    const registered = await trusting.visitor().registration.register.mutate(grace);
    expect(registered).toMatchObject({ user: { emailVerified: false } });
    await reset(await resetToken(grace, trusting));
    const { user } = await app.visitor().auth.login.mutate({ email: grace.email, password: newPassword });
    expect(user.emailVerified).toBe(true);
    await trusting.close();
  });

  test("a user who changes the address voids the link that the old mailbox holds", async () => {
    const ada = await app.addUser();
    const token = await resetToken(ada);
    const laptop = await app.signedIn(ada);
    const email = `new-${ada.email}`;
    await laptop.user.requestEmailChange.mutate({ email, password: ada.password });
    await laptop.user.confirmEmailChange.mutate({ token: await app.tokenFromMail(email) });
    expect(reasonOf(await refusal(reset(token)))).toBe("TOKEN_INVALID");
    await login({ ...ada, email });
  });
});

describe("a link that does not work", () => {
  test.each<[how: string, tamper: (token: string) => string]>([
    ["another ending", (token) => `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`],
    ["another beginning", (token) => token.replace("kwo_", "kws_")],
    ["no beginning", (token) => token.replace("kwo_", "")],
    ["another case", (token) => token.toUpperCase()],
    ["a piece missing", (token) => token.slice(0, -5)],
    ["a later time added", (token) => `${token}-4102444800`],
    ["a user's id before it", (token) => `1-${token}`],
    ["a space in it", (token) => `${token.slice(0, 20)} ${token.slice(20)}`],
  ])("a visitor whose token has %s is refused, and the link itself still works", async (_how, tamper) => {
    const ada = await app.addUser();
    const token = await resetToken(ada);
    const check = (shown: string) => app.visitor().password.checkToken.mutate({ token: shown });
    for (const call of [reset, check]) {
      const error = await refusal(call(tamper(token)));
      expect(reasonOf(error)).toBe("TOKEN_INVALID");
      expect(fieldErrorsOf(error)).toEqual({});
    }
    await login(ada);
    await reset(token);
  });

  test.each(["rubbish", "x", `kwo_${"A".repeat(43)}`, "MQ-5x2-abc", "\u00e9", "null", "x".repeat(2000)])(
    "a visitor who makes up a token (%#) is refused before anything is hashed",
    async (token) => {
      const cost = await app.costOf(async () => {
        expect(reasonOf(await refusal(reset(token)))).toBe("TOKEN_INVALID");
        expect(reasonOf(await refusal(app.visitor().password.checkToken.mutate({ token })))).toBe("TOKEN_INVALID");
      });
      expect(cost).toMatchObject({ hashes: 0, verifies: 0 });
    },
  );

  test("a user who comes too late is told so, and the password is the old one", async () => {
    const ada = await app.addUser();
    const token = await resetToken(ada);
    app.travel(3_600_000 + 1000);
    expect(reasonOf(await refusal(app.visitor().password.checkToken.mutate({ token })))).toBe("TOKEN_EXPIRED");
    expect(reasonOf(await refusal(reset(token)))).toBe("TOKEN_EXPIRED");
    expect(reasonOf(await refusal(login(ada, newPassword)))).toBe("INVALID_CREDENTIALS");
    await login(ada);
  });
});

describe("what a reset form sends", () => {
  test("a visitor who sends nothing is told of every field", async () => {
    const response = await app.post("password.reset", {});
    expect(response.status).toBe(400);
    const { data } = await refusalIn(response);
    const required = [expect.objectContaining({ reason: "REQUIRED" })];
    expect(data.fields).toEqual({ token: required, newPassword: required });
  });

  test("a user gives the new password twice where the settings say so", async () => {
    const strict = await createTestApp({ password: { requireConfirmation: true } }, app.database);
    const ada = await app.addUser();
    const token = await resetToken(ada);
    const attempt = (input: object) => strict.visitor().password.reset.mutate({ token, newPassword, ...input });
    expect(fieldErrorsOf(await refusal(attempt({})))).toEqual({
      confirmPassword: [expect.objectContaining({ reason: "REQUIRED" })],
    });
    const wrong = fieldErrorsOf(await refusal(attempt({ confirmPassword: "battery stable" })));
    expect(wrong).toEqual({ confirmPassword: [expect.objectContaining({ reason: "PASSWORD_MISMATCH" })] });
    await login(ada);
    await attempt({ confirmPassword: newPassword });
    await login(ada, newPassword);
    await strict.close();
  });

  test("a user who chooses the username or the address as password is refused, and keeps the link", async () => {
    const ada = await app.addUser({ email: "countess@example.com", username: "analytical.engine" });
    const token = await resetToken(ada);
    for (const password of ["analytical.engine", "ANALYTICAL.ENGINE", "countess@example.com", "countess1843"]) {
      const error = await refusal(reset(token, password));
      expect(
        fieldErrorsOf(error).newPassword?.map(({ reason }) => reason),
        password,
      ).toEqual(["PASSWORD_TOO_SIMILAR"]);
    }
    await login(ada);
    await reset(token);
  });
});

describe("a first password", () => {
  const open = { registration: { required: ["email" as const] } };
  async function withoutPassword(email: string) {
    const instance = await createTestApp(open, app.database);
    await instance.visitor().registration.register.mutate({ email });
    const token = await instance.tokenFromMail(email);
    await instance.close();
    return token;
  }
  const set = (token: string, confirmPassword = newPassword) =>
    app.visitor().password.set.mutate({ token, newPassword, confirmPassword });

  test("a user who has got one since the link was mailed keeps it", async () => {
    const email = "hasone@example.com";
    const token = await withoutPassword(email);
    const ada = await app.addUser();
    await app.sql(`insert into keywright.passwords (user_id, hash, updated_at)
      select (select id from keywright.users where email_key = '${email}'), hash, updated_at from keywright.passwords
      where user_id = (select id from keywright.users where email_key = '${ada.email}')`);
    expect(reasonOf(await refusal(set(token)))).toBe("PASSWORD_ALREADY_SET");
    await app.visitor().auth.login.mutate({ email, password: ada.password });
  });

  test("a user who mistypes it the second time, or has no link, sets none; then it is set once", async () => {
    const email = "first@example.com";
    const token = await withoutPassword(email);
    const mismatch = fieldErrorsOf(await refusal(set(token, "battery stable")));
    expect(mismatch).toEqual({ confirmPassword: [expect.objectContaining({ reason: "PASSWORD_MISMATCH" })] });
    for (const made of ["rubbish", `kwo_${"A".repeat(43)}`, await resetToken(await app.addUser())]) {
      expect(reasonOf(await refusal(set(made)))).toBe("TOKEN_INVALID");
    }
    const login = () => app.visitor().auth.login.mutate({ email, password: newPassword });
    expect(reasonOf(await refusal(login()))).toBe("INVALID_CREDENTIALS");
    await set(token);
    await login();
    expect(reasonOf(await refusal(set(token)))).toBe("TOKEN_INVALID");
  });
});
