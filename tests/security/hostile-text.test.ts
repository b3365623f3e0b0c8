import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const password = "correct horse";

describe("an input", () => {
  test.each([[["a@example.com"]], [{ $ne: "" }], [1], [true], [null], [{ toString: "a" }]])(
    "of another kind (%j) is not valid anywhere, and matches nothing",
    async (value) => {
      const calls = [
        ["auth.login", { email: value, password }],
        ["auth.login", { login: value, password }],
        ["auth.login", { email: "a@example.com", password: value }],
        ["auth.verifyToken", { token: value }],
        ["auth.refreshToken", { refreshToken: value }],
        ["password.requestReset", { email: value }],
        ["password.checkToken", { token: value }],
        ["password.reset", { token: "x", newPassword: value }],
        ["registration.register", { email: "a@example.com", password, firstName: value }],
        ["registration.verifyEmail", { token: value }],
      ] as const;
      const cost = await app.costOf(async () => {
        for (const [path, input] of calls) expect((await app.post(path, input)).status, path).toBe(400);
      });
      expect(cost).toEqual({ statements: [], hashes: 0, verifies: 0 });
    },
  );

  test("an attacker's SQL stays a parameter: the statements are the same as for any text", async () => {
    const statementsWith = async (text: string) => {
      const name = encodeURIComponent(text);
      const { statements } = await app.costOf(async () => {
        await app.post("auth.login", { login: text, password: text, deviceName: text }, { "user-agent": text });
        await app.post("auth.refreshToken", { refreshToken: text }, { "x-request-id": text });
        await app.post("password.checkToken", { token: text }, { "x-forwarded-for": text });
        await app.post("password.reset", { token: text, newPassword: `${text} battery staple` });
        await app.get("user.me", { cookie: `__Host-keywright-session=${name}`, authorization: `Bearer ${name}` });
        await app.get("user.me", { cookie: `__Host-keywright-session=${name}` });
      });
      return statements;
    };
    const plain = await statementsWith("nobody");
    expect(plain.length).toBeGreaterThan(4);
    for (const text of ["' OR 1=1--", '"; DROP TABLE users', "$1", "\\'", "%", "_", "x'; select pg_sleep(9)--"]) {
      expect(await statementsWith(text)).toEqual(plain);
    }
  });
});

describe("an address", () => {
  test.each([
    "a\u0000b@example.org",
    "a\nb@example.org",
    "a\t@example.org",
    "a@example.org b",
    "a@ example.org",
    "a@example.org.",
    "\u202Ea@example.org",
    "a\u200B@example.org",
    "\uD800@example.org",
    "a\uFE6Bexample.org",
    "a@example.org\uFF20evil.test",
    "\uFB01@example.org",
    "\u0131@example.org",
    "\u0130@example.org",
    "\u017F@example.org",
    '"a@evil.test"@example.org',
    "Bob <a@example.org>",
    "a@example.org;b@example.org",
    "a@example.org b@example.org",
    "A: a@example.org, b@example.org;",
    "a@example.org\r\nBcc: b@example.org",
    `${"a".repeat(250)}@example.org`,
    ",".repeat(20_000),
  ])("that mail programs or folding may read otherwise is refused (%#), and nothing is written", async (email) => {
    const visitor = app.visitor();
    const { statements } = await app.costOf(async () => {
      const register = refusal(visitor.registration.register.mutate({ email, password }));
      expect(Object.keys(fieldErrorsOf(await register))).toContain("email");
      expect(reasonOf(await refusal(visitor.password.requestReset.mutate({ email })))).toBe("VALIDATION");
      expect(reasonOf(await refusal(visitor.registration.resendVerification.mutate({ email })))).toBe("VALIDATION");
    });
    expect(statements).toEqual([]);
  });

  test("two addresses in one request never make two mails", async () => {
    const [ada, mallory] = [await app.addUser(), await app.addUser()];
    for (const email of [[ada.email, mallory.email], `${ada.email},${mallory.email}`, { 0: ada.email }]) {
      expect((await app.post("password.requestReset", { email })).status).toBe(400);
    }
    const body = `{"json":{"email":"${ada.email}","email":"${mallory.email}"}}`;
    const headers = { "content-type": "application/json" };
    const before = app.mails.length;
    const request = new Request(`${publicUrl}/trpc/password.requestReset`, { method: "POST", headers, body });
    expect((await app.handle(request, "127.0.0.1")).status).toBe(200);
    await app.keywright.deliverMail();
    expect(app.mails.slice(before).map(({ to }) => to)).toEqual([mallory.email]);
  });
});

describe("a mail", () => {
  test("links to the front end, whatever name the server was called by", async () => {
    const ada = await app.addUser();
    const headers = {
      "content-type": "application/json",
      "x-forwarded-host": "evil.test",
      forwarded: "host=evil.test",
    };
    const body = JSON.stringify({ json: { email: ada.email } });
    const request = new Request("http://evil.test/trpc/password.requestReset", { method: "POST", headers, body });
    expect((await app.handle(request, "127.0.0.1")).status).toBe(200);
    const mail = await app.mailTo(ada.email);
    expect(new URL(mail.links[0] ?? "").origin).toBe(publicUrl);
    expect(JSON.stringify(mail)).not.toContain("evil.test");
  });

  test("nobody's words reach a mailbox that is not theirs", async () => {
    const words = "Locked. Visit evil.test";
    const input = { email: "victim@example.com", password, firstName: words, lastName: words, deviceName: words };
    const visitor = app.visitor({ headers: { "user-agent": "evil.test <a href=//evil.test>" } });
    await visitor.registration.register.mutate(input);
    expect(JSON.stringify(await app.mailTo("victim@example.com"))).not.toContain("evil.test");
  });
});

describe("the log", () => {
  test("an operator reads no password, token, cookie or address in it, whatever fails", async () => {
    const ada = await app.addUser();
    const phone = app.visitor({ transport: "bearer" });
    const { tokens } = await phone.auth.login.mutate({ email: ada.email, password: ada.password });
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    const mailed = await app.tokenFromMail(ada.email);
    app.logs.length = 0;
    await app.sql("alter table keywright.audit_events rename to audit_events_away");
    await app.post("password.reset", { token: mailed, newPassword: "canary battery staple" });
    await app.post("auth.login", { email: ada.email, password: ada.password });
    await app.post("auth.revokeToken", { refreshToken: tokens?.refreshToken });
    await app.post("auth.logout", {}, { authorization: `Bearer ${tokens?.accessToken}` });
    await app.post("registration.register", { email: "canary@example.com", password: "canary battery staple" });
    await app.sql("alter table keywright.audit_events_away rename to audit_events");
    expect(app.logs).toHaveLength(5);
    const log = JSON.stringify(app.logs);
    for (const secret of [
      mailed,
      tokens?.refreshToken,
      tokens?.accessToken,
      ada.email,
      ada.password,
      "canary",
      "$kw1",
    ]) {
      expect(log).not.toContain(secret ?? "-");
    }
  });
});
