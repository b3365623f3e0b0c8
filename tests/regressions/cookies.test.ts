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

test.each([
  ["a no-break space before it", (cookie: string) => `\u00A0${cookie}`],
  ["a vertical tab before it", (cookie: string) => `\u000B${cookie}`],
  ["a form feed before it", (cookie: string) => `\u000C${cookie}`],
  ["a no-break space in second place", (cookie: string) => `a=b; \u00A0${cookie}`],
  ["another letter case", (cookie: string) => cookie.replace("__Host-", "__host-")],
  ["no prefix", (cookie: string) => cookie.replace("__Host-", "")],
  ["a space at its end", (cookie: string) => cookie.replace("=", " =")],
  ["more at its end", (cookie: string) => cookie.replace("=", "2=")],
  ["another cookie's value around it", (cookie: string) => `a=${cookie}`],
])("A20: a cookie whose name has %s is not the session's", async (_case, changed) => {
  const cookie = changed(await cookieOf(await app.addUser()));
  expect((await app.get("user.me", { cookie })).status).toBe(401);
  // Nor does it make two of one.
  const own = await cookieOf(await app.addUser());
  expect((await app.get("user.me", { cookie: `${own}; ${cookie}` })).status).toBe(200);
});

test.each([
  ["a value in quotes", (value: string) => `"${value}"`],
  ["a no-break space after it", (value: string) => `${value}\u00A0`],
  ["a comma and another cookie in it", (value: string) => `${value}, a=b`],
])("A20: %s is another value", async (_case, changed) => {
  const [name = "", value = ""] = (await cookieOf(await app.addUser())).split("=");
  expect((await app.get("user.me", { cookie: `${name}=${changed(value)}` })).status).toBe(401);
});

test("A20: spaces and tabs around a cookie are not part of it", async () => {
  const cookie = await cookieOf(await app.addUser());
  expect((await app.get("user.me", { cookie: `a=b;\t ${cookie}\t ; c=d` })).status).toBe(200);
  expect((await app.get("user.me", { cookie: `a=b;${cookie};c=d` })).status).toBe(200);
});

test("A20: a browser is known by one mark under its exact name", async () => {
  const limited = await createTestApp({ limits: { passwordTriesPerAccount: 1 } }, app.database);
  const ada = await app.addUser();
  const { headers } = await limited.post("auth.login", credentialsOf(ada));
  const mark = headers.getSetCookie().find((text) => text.startsWith("__Host-keywright-device="));
  const cookie = mark?.split(";")[0] ?? "";
  await limited.post("auth.login", { email: ada.email, password: "wrong horse" });
  const statusWith = async (sent: string) => {
    return (await limited.post("auth.login", credentialsOf(ada), { cookie: sent, origin: publicUrl })).status;
  };
  for (const other of [`\u00A0${cookie}`, cookie.replace("__Host-", "__host-"), `${cookie}; ${cookie}`]) {
    expect(await statusWith(other)).toBe(429);
  }
  expect(await statusWith(cookie)).toBe(200);
  await limited.close();
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
