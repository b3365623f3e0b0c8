import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const hourMs = 3_600_000;

test("a phone that was not used for three weeks refreshes, and its calls are served", async () => {
  const ada = await app.addUser();
  const { tokens } = await app.visitor({ transport: "bearer" }).auth.login.mutate({
    email: ada.email,
    password: ada.password,
  });
  const refresh = (refreshToken = "") => app.visitor().auth.refreshToken.mutate({ refreshToken });
  const statusWith = async (token: string) => (await app.get("user.me", { authorization: `Bearer ${token}` })).status;
  app.travel(2 * hourMs);
  const second = await refresh(tokens?.refreshToken);
  expect(await statusWith(second.accessToken)).toBe(200);
  app.travel(21 * 24 * hourMs);
  const third = await refresh(second.refreshToken);
  expect(await statusWith(third.accessToken)).toBe(200);
});

test.each(["bearer", "BEARER"])("a phone may write the scheme as %s", async (scheme) => {
  const ada = await app.addUser();
  const input = { email: ada.email, password: ada.password };
  const { tokens } = await app.visitor({ transport: "bearer" }).auth.login.mutate(input);
  expect((await app.get("user.me", { authorization: `${scheme} ${tokens?.accessToken}` })).status).toBe(200);
});
