import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, type TestApp } from "../support/app.js";
import { valuesIn } from "../support/dump.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

test("nobody gets in with anything that stands in the database", async () => {
  const ada = await app.addUser();
  const phone = app.visitor({ transport: "bearer" });
  const { tokens } = await phone.auth.login.mutate({ email: ada.email, password: ada.password });
  await app.visitor().auth.refreshToken.mutate({ refreshToken: tokens?.refreshToken ?? "" });
  const { headers } = await app.post("auth.login", { email: ada.email, password: ada.password });
  await app.visitor().password.requestReset.mutate({ email: ada.email });
  const mailed = await app.tokenFromMail(ada.email);
  await app.visitor().registration.register.mutate({ email: "second@example.com", password: "correct horse" });
  const { undo, change } = await linksOfAMove();

  const values = await valuesIn(app);
  expect(values.size).toBeGreaterThan(50);
  const live = [
    tokens?.accessToken,
    tokens?.refreshToken,
    headers.getSetCookie()[0]?.match(/kws_[\w-]+/)?.[0],
    mailed,
    undo,
    change,
  ];
  for (const token of z.array(z.string()).length(6).parse(live)) {
    for (const value of values) expect(value.includes(token) || value.includes(token.slice(4, 20))).toBe(false);
  }
  for (const value of values) {
    expect(await opens(value), `the value ${value} opens something`).toEqual([]);
  }
}, 120_000);

/** Somebody has moved to another mailbox and is about to move on: both links are still good. */
async function linksOfAMove() {
  const grace = await app.addUser();
  const { email, password } = grace;
  const desk = await app.signedIn(grace);
  await desk.user.requestEmailChange.mutate({ email: `new.${email}`, password });
  await desk.user.confirmEmailChange.mutate({ token: await app.tokenFromMail(`new.${email}`) });
  const undo = await app.tokenFromMail(email);
  await desk.user.requestEmailChange.mutate({ email: `newer.${email}`, password });
  return { undo, change: await app.tokenFromMail(`newer.${email}`) };
}

/** The doors that `value`, or it with one of our prefixes, opens. */
async function opens(value: string): Promise<string[]> {
  const doors: string[] = [];
  for (const token of [value, `kws_${value}`, `kwr_${value}`, `kwo_${value}`]) {
    const cookie = `__Host-keywright-session=${encodeURIComponent(token)}`;
    if ((await app.get("user.me", { cookie })).ok) doors.push("cookie");
    if ((await app.get("user.me", { authorization: `Bearer ${encodeURIComponent(token)}` })).ok) doors.push("bearer");
    if ((await app.post("auth.refreshToken", { refreshToken: token })).ok) doors.push("refresh");
    if ((await app.post("password.checkToken", { token })).ok) doors.push("one-time");
  }
  return doors;
}
