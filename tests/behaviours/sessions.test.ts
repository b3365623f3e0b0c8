import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { createBrowser } from "../support/browser.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const dayMs = 86_400_000;

describe("a browser's session", () => {
  test("a browser goes on for weeks without a refresh token", async () => {
    const ada = await app.addUser();
    const browser = await app.signedIn(ada);
    for (const _week of [1, 2, 3, 4]) {
      app.travel(7 * dayMs);
      expect((await browser.user.me.query()).email).toBe(ada.email);
    }
    const tokens = `select r.session_id from keywright.refresh_tokens r join keywright.sessions s on s.id = r.session_id
      join keywright.users u on u.id = s.user_id where u.email_key = '${ada.email}'`;
    expect(await app.sql(tokens)).toEqual([]);
  });

  test("a page never sees a token, whichever way it signs in", async () => {
    const browser = createBrowser((request) => app.handle(request, "127.0.0.1"));
    const email = "page@example.com";
    const answers: string[] = [];
    const call = async (path: string, input: object) => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ json: input });
      const response = await browser.fetch(`${publicUrl}/trpc/${path}`, { method: "POST", headers, body });
      expect(response.status, path).toBe(200);
      answers.push(await response.text());
    };
    await call("registration.register", { email, password: "correct horse" });
    await call("registration.verifyEmail", { token: await app.tokenFromMail(email) });
    await call("auth.login", { email, password: "correct horse" });
    await call("password.change", { currentPassword: "correct horse", newPassword: "battery staple" });
    answers.push(await (await browser.fetch(`${publicUrl}/trpc/auth.session`)).text());
    answers.push(await (await browser.fetch(`${publicUrl}/trpc/auth.sessions`)).text());
    expect(answers.join()).toContain(email);
    expect(answers.join()).not.toMatch(/kw[rso]_|eyJ/);
    expect(answers.filter((answer) => answer.includes('"tokens":null'))).toHaveLength(3);
  });
});

describe("the list of sessions", () => {
  test("a user sees one row for each login, with its browser and address, and ends any of them", async () => {
    const ada = await app.addUser();
    await (await app.signedIn(ada)).auth.logout.mutate({ everywhere: true });
    const laptop = await app.signedIn(ada, { ip: "203.0.113.1", headers: { "user-agent": "Laptop/1" } });
    const phone = await app.signedIn(ada, {
      ip: "203.0.113.2",
      transport: "bearer",
      headers: { "user-agent": "Phone/1" },
    });
    await app.signedIn(await app.addUser());
    const rows = await laptop.auth.sessions.query();
    expect(rows.map(({ userAgent, ip, current }) => [userAgent, ip, current]).toSorted()).toEqual([
      ["Laptop/1", "203.0.113.1", true],
      ["Phone/1", "203.0.113.2", false],
    ]);
    await laptop.auth.revokeSession.mutate({ id: rows.find(({ current }) => !current)?.id ?? "" });
    expect(reasonOf(await refusal(phone.user.me.query()))).toBe("NOT_AUTHENTICATED");
    expect(await laptop.auth.sessions.query()).toHaveLength(1);
    await laptop.auth.revokeSession.mutate({ id: rows.find(({ current }) => current)?.id ?? "" });
    expect(reasonOf(await refusal(laptop.auth.sessions.query()))).toBe("NOT_AUTHENTICATED");
  });

  test("a user who changes the password stays signed in here, and a sign-in from elsewhere is told by mail", async () => {
    const ada = await app.addUser();
    const here = { ip: "203.0.113.1", headers: { "user-agent": "Laptop/1" } };
    const laptop = await app.signedIn(ada, here);
    await laptop.password.change.mutate({ currentPassword: ada.password, newPassword: "battery staple" });
    expect((await laptop.user.me.query()).email).toBe(ada.email);
    const changed = { ...ada, password: "battery staple" };
    await app.keywright.deliverMail();
    const subjectsAfter = async (signIn: () => Promise<unknown>) => {
      const before = app.mails.length;
      await signIn();
      await app.keywright.deliverMail();
      return app.mails.slice(before).map(({ to, subject }) => [to, subject]);
    };
    expect(await subjectsAfter(() => app.signedIn(changed, here))).toEqual([]);
    const elsewhere = { ip: "198.51.100.9", headers: { "user-agent": "Elsewhere/9" } };
    expect(await subjectsAfter(() => app.signedIn(changed, elsewhere))).toEqual([
      [ada.email, "New sign-in to your Keywright account"],
    ]);
    const { events } = await laptop.user.events.query({ limit: 1 });
    expect(events).toMatchObject([{ kind: "session.started", ip: "198.51.100.9", userAgent: "Elsewhere/9" }]);
  });
});
