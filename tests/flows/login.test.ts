import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusalIn } from "../support/answers.js";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const dayMs = 86_400_000;

describe("logging in", () => {
  test("a user logs in with the address, the username, or either in the login field, in any case", async () => {
    const ada = await app.addUser();
    const names = [
      { email: ada.email },
      { email: ada.email.toUpperCase() },
      { username: ada.username },
      { login: ada.email },
      { login: ada.username.toUpperCase() },
    ];
    for (const name of names) {
      const answer = await app.visitor().auth.login.mutate({ ...name, password: ada.password });
      expect(answer.user.email).toBe(ada.email);
    }
  });

  test("a user's last login is noted", async () => {
    const ada = await app.addUser();
    app.travel(60_000);
    const { user } = await app.visitor().auth.login.mutate({ email: ada.email, password: ada.password });
    expect(user.lastLoginAt?.getTime()).toBeGreaterThan(user.createdAt.getTime() + 50_000);
  });

  test("the right password only is right: case, spaces and ends count", async () => {
    const ada = await app.addUser({ password: "  Pässword Trailing  " });
    for (const password of ["Pässword Trailing", "  pässword trailing  ", "  Pässword  Trailing  "]) {
      const error = await refusal(app.visitor().auth.login.mutate({ email: ada.email, password }));
      expect(reasonOf(error)).toBe("INVALID_CREDENTIALS");
    }
    await app.visitor().auth.login.mutate({ email: ada.email, password: "  Pa\u0308ssword Trailing  " });
  });

  test("an unknown name and a wrong password are refused alike", async () => {
    const ada = await app.addUser();
    const wrong = await answerOf({ email: ada.email, password: "wrong horse" });
    const unknown = await answerOf({ email: "nobody@example.com", password: "wrong horse" });
    expect(unknown).toEqual(wrong);
    expect(wrong.body).toMatchObject({ error: { json: { data: { reason: "INVALID_CREDENTIALS", httpStatus: 401 } } } });
  });

  test("a visitor names the account in exactly one way", async () => {
    for (const input of [{}, { email: "a@example.com", username: "a" }, { login: "a", email: "a@example.com" }]) {
      const response = await app.post("auth.login", { ...input, password: "correct horse" });
      expect((await refusalIn(response)).data.reason).toBe("VALIDATION");
    }
  });

  test("a user who logs in again ends the session that was presented", async () => {
    const ada = await app.addUser();
    const visitor = await app.signedIn(ada);
    const first = await visitor.auth.session.query();
    await visitor.auth.login.mutate({ email: ada.email, password: ada.password });
    const second = await visitor.auth.session.query();
    expect(second?.session.id).not.toBe(first?.session.id);
    expect(await sessionsOf(ada.email)).toBe(1);
  });

  test("a disabled account is told so only after the right password", async () => {
    const ada = await app.addUser();
    await app.sql(`update keywright.users set is_disabled = true where email_key = '${ada.email}'`);
    const login = (password: string) => refusal(app.visitor().auth.login.mutate({ email: ada.email, password }));
    expect(reasonOf(await login("wrong horse"))).toBe("INVALID_CREDENTIALS");
    expect(reasonOf(await login(ada.password))).toBe("ACCOUNT_DISABLED");
  });

  test("an archived account comes back after the right password, and is told", async () => {
    const ada = await app.addUser();
    await app.sql(`update keywright.users set archived_at = now() where email_key = '${ada.email}'`);
    expect(
      reasonOf(await refusal(app.visitor().auth.login.mutate({ email: ada.email, password: "wrong horse" }))),
    ).toBe("INVALID_CREDENTIALS");
    expect(await app.sql(`select archived_at from keywright.users where email_key = '${ada.email}'`)).not.toEqual([
      { archived_at: null },
    ]);
    const answer = await app.visitor().auth.login.mutate({ email: ada.email, password: ada.password });
    expect(answer).toMatchObject({ unarchived: true, user: { archived: false } });
  });

  test("a hash of a lower cost is replaced by a login", async () => {
    const ada = await app.addUser();
    const hashSql = `select hash from keywright.passwords join keywright.users on users.id = user_id where email_key = '${ada.email}'`;
    const before = await app.sql(hashSql);
    const stronger = await createTestApp({ password: { bcryptCost: 5 } }, app.database);
    await stronger.visitor().auth.login.mutate({ email: ada.email, password: ada.password });
    const after = await app.sql(hashSql);
    expect(after).not.toEqual(before);
    expect(JSON.stringify(after)).toContain("$05$");
    await app.visitor().auth.login.mutate({ email: ada.email, password: ada.password });
    await stronger.close();
  });
});

describe("a session", () => {
  test("a visitor is nobody, and is not refused", async () => {
    expect(await app.visitor().auth.session.query()).toBeNull();
    expect(reasonOf(await refusal(app.visitor().user.me.query()))).toBe("NOT_AUTHENTICATED");
  });

  test("the cookie is httpOnly, secure, same-site and bound to the host", async () => {
    const ada = await app.addUser();
    const { headers } = await app.post("auth.login", { email: ada.email, password: ada.password });
    const cookie = headers.getSetCookie().find((text) => text.startsWith("__Host-keywright-session=kws_")) ?? "";
    for (const flag of ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"]) expect(cookie).toContain(flag);
    expect(cookie).toContain(`Max-Age=${30 * 86_400}`);
    expect(cookie).not.toContain("Domain");
  });

  test("a session not to be remembered ends with the browser, and after twelve hours", async () => {
    const ada = await app.addUser();
    const { headers } = await app.post("auth.login", { email: ada.email, password: ada.password, remember: false });
    expect(headers.getSetCookie()[0]).not.toContain("Max-Age");
    const visitor = app.visitor();
    await visitor.auth.login.mutate({ email: ada.email, password: ada.password, remember: false });
    app.travel(12 * 3_600_000 + 1000);
    expect(reasonOf(await refusal(visitor.user.me.query()))).toBe("NOT_AUTHENTICATED");
  });

  test("a session that is not used for fourteen days ends", async () => {
    const visitor = await app.signedIn(await app.addUser());
    app.travel(13 * dayMs);
    await visitor.user.me.query();
    app.travel(13 * dayMs);
    await visitor.user.me.query();
    app.travel(14 * dayMs + 1000);
    expect(await visitor.auth.session.query()).toBeNull();
  });

  test("a session that is used daily ends after thirty days", async () => {
    const visitor = await app.signedIn(await app.addUser());
    for (let day = 0; day < 29; day++) {
      app.travel(dayMs);
      await visitor.user.me.query();
    }
    app.travel(dayMs + 1000);
    expect(reasonOf(await refusal(visitor.user.me.query()))).toBe("NOT_AUTHENTICATED");
  });

  test("a dead cookie is cleared and makes no public call fail", async () => {
    const cookie = `__Host-keywright-session=kws_${"A".repeat(43)}`;
    const response = await app.get("auth.session", { cookie });
    expect(await response.json()).toMatchObject({ result: { data: { json: null } } });
    expect(response.headers.getSetCookie()[0]).toMatch(/^__Host-keywright-session=;.*Max-Age=0/);
    expect((await app.get("auth.config", { cookie })).status).toBe(200);
  });

  test("a browser that sends a proxy's own password along is signed in all the same", async () => {
    const ada = await app.addUser();
    const { headers } = await app.post("auth.login", { email: ada.email, password: ada.password });
    const cookie = headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect((await app.get("user.me", { cookie, authorization: "Basic YTpi" })).status).toBe(200);
    expect((await app.get("user.me", { cookie, authorization: "Bearer rubbish" })).status).toBe(401);
  });

  test("a user logs out, and the cookie opens nothing any more", async () => {
    const ada = await app.addUser();
    const { headers } = await app.post("auth.login", { email: ada.email, password: ada.password });
    const cookie = headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect((await app.get("user.me", { cookie })).status).toBe(200);
    const out = await app.post("auth.logout", {}, { cookie, origin: "https://localhost:3000" });
    expect(out.headers.getSetCookie()[0]).toContain("Max-Age=0");
    expect((await app.get("user.me", { cookie })).status).toBe(401);
  });

  test("a user logs out everywhere", async () => {
    const ada = await app.addUser();
    const laptop = await app.signedIn(ada);
    const phone = await app.signedIn(ada, { transport: "bearer" });
    const stranger = await app.signedIn(await app.addUser());
    await laptop.auth.logout.mutate({ everywhere: true });
    expect(reasonOf(await refusal(phone.user.me.query()))).toBe("NOT_AUTHENTICATED");
    expect(await stranger.auth.session.query()).not.toBeNull();
  });
});

async function answerOf(input: object) {
  const response = await app.post("auth.login", input);
  const body = JSON.parse((await response.text()).replace(/"requestId":"[^"]*"/, '"requestId":"-"'));
  return { status: response.status, headers: [...response.headers.entries()], body };
}

async function sessionsOf(email: string): Promise<number> {
  const sql = `select count(*)::int as n from keywright.sessions join keywright.users on users.id = user_id where email_key = '${email}'`;
  return Number((await app.sql(sql))[0]?.n) - 1; // the one of the registration
}
