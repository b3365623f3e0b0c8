import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const byEmail = ({ email, password }: TestUser) => ({ email, password });
const sessionOf = (response: Response) => {
  const cookies = response.headers.getSetCookie();
  return cookies.find((cookie) => cookie.startsWith("__Host-keywright-session="))?.split(";")[0] ?? "";
};

describe("a refused login", () => {
  test("a user with a wrong password gets one sentence that is about no field", async () => {
    const ada = await app.addUser();
    const error = await refusal(app.visitor().auth.login.mutate({ ...byEmail(ada), password: "wrong horse" }));
    expect(reasonOf(error)).toBe("INVALID_CREDENTIALS");
    expect(error).toMatchObject({ message: "The login or the password is wrong." });
    expect(fieldErrorsOf(error)).toEqual({});
  });

  test("a user with a wrong password stays a visitor, and gets no cookie of any kind", async () => {
    const ada = await app.addUser();
    const browser = app.visitor();
    await refusal(browser.auth.login.mutate({ ...byEmail(ada), password: "wrong horse" }));
    expect(await browser.auth.session.query()).toBeNull();
    const response = await app.post("auth.login", { ...byEmail(ada), password: "wrong horse" });
    expect(response.headers.getSetCookie()).toEqual([]);
  });
});

describe("a user who has not verified the address", () => {
  test.each([
    ["none", null],
    ["optional", null],
    ["mandatory", "EMAIL_NOT_VERIFIED"],
  ] as const)("logs in or not as the settings say: %s", async (verification, reason) => {
    const instance = await createTestApp({ registration: { verification } }, app.database);
    const unproved = { email: `unproved-${verification}@example.com`, password: "correct horse" };
    await instance.visitor().registration.register.mutate(unproved);
    const login = instance.visitor().auth.login.mutate(unproved);
    expect(
      await login.then(
        ({ user }) => user.emailVerified,
        (error) => reasonOf(error),
      ),
    ).toBe(reason ?? false);
    expect((await instance.visitor().auth.config.query()).unverifiedLogin).toBe(reason === null);
    await instance.close();
  });
});

describe("where a login comes from", () => {
  test("a browser that is signed in logs in again with its cookie along, and the old one is over", async () => {
    const ada = await app.addUser();
    const cookie = sessionOf(await app.post("auth.login", byEmail(ada)));
    const again = await app.post("auth.login", byEmail(ada), { cookie, origin: publicUrl });
    expect(again.status).toBe(200);
    expect((await app.get("user.me", { cookie })).status).toBe(401);
    expect((await app.get("user.me", { cookie: sessionOf(again) })).status).toBe(200);
  });

  test("a visitor logs in without saying where from, and a signed-in browser must say it for every change", async () => {
    const ada = await app.addUser();
    const response = await app.post("auth.login", byEmail(ada));
    expect(response.status).toBe(200);
    const cookie = sessionOf(response);
    const update = (headers: Record<string, string>) => app.post("user.update", { firstName: "Ada" }, headers);
    expect((await update({ cookie })).status).toBe(403);
    expect((await update({ cookie, origin: "https://evil.test" })).status).toBe(403);
    expect((await update({ cookie, origin: publicUrl })).status).toBe(200);
  });

  test("a login that brings a cookie from nowhere is refused, and the session stays", async () => {
    const ada = await app.addUser();
    const cookie = sessionOf(await app.post("auth.login", byEmail(ada)));
    for (const headers of [{ cookie }, { cookie, origin: "https://evil.test" }]) {
      expect((await app.post("auth.login", byEmail(ada), headers)).status).toBe(403);
    }
    expect((await app.get("user.me", { cookie })).status).toBe(200);
  });
});
