import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const credentialsOf = ({ email, password }: TestUser) => ({ email, password });

async function cookieOf(user: TestUser): Promise<string> {
  const { headers } = await app.post("auth.login", credentialsOf(user));
  return headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

test("a cookie of another program that is no percent-encoding makes no call fail", async () => {
  const cookie = await cookieOf(await app.addUser());
  expect((await app.get("user.me", { cookie: `${cookie}; discount=50%` })).status).toBe(200);
  expect((await app.get("user.me", { cookie: `discount=%E0%A4%A;${cookie}` })).status).toBe(200);
});

test("a cookie whose name only decodes to ours is not ours: browsers let a sibling site set it", async () => {
  const ada = await app.addUser();
  const own = await cookieOf(ada);
  const tossed = (await cookieOf(await app.addUser())).replace("__Host-", "%5F%5FHost-");
  for (const cookie of [`${own}; ${tossed}`, `${tossed}; ${own}`]) {
    const response = await app.get("user.me", { cookie });
    expect(await response.json()).toMatchObject({ result: { data: { json: { email: ada.email } } } });
  }
  expect((await app.get("user.me", { cookie: tossed })).status).toBe(401);
});

test("a mark of a known browser that is not ASCII is no mark, and no fault", async () => {
  const mark = `${"a".repeat(22)}.${"\u00E9".repeat(43)}`;
  const cookie = `__Host-keywright-device=${mark}`;
  const response = await app.post("auth.login", credentialsOf(await app.addUser()), { cookie, origin: publicUrl });
  expect(response.status).toBe(200);
});

test("a logout that fails leaves the cookie, so that it can be tried again", async () => {
  const cookie = await cookieOf(await app.addUser());
  await app.sql("alter table keywright.audit_events rename to audit_events_away");
  const failed = await app.post("auth.logout", {}, { cookie, origin: publicUrl });
  await app.sql("alter table keywright.audit_events_away rename to audit_events");
  expect(failed.status).toBe(500);
  expect(failed.headers.getSetCookie()).toEqual([]);
  expect((await app.post("auth.logout", {}, { cookie, origin: publicUrl })).status).toBe(200);
  expect((await app.get("user.me", { cookie })).status).toBe(401);
});
