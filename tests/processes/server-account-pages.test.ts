import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { createServers, get, mailedLink, post, type ServerProcess, submit } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
const password = "correct horse battery";
const newPassword = "staple battery horse";
const signedIn = z.object({ tokens: z.object({ accessToken: z.string() }) });
let database: TestDatabase;
let server: ServerProcess;
let sql: (text: string) => Promise<unknown>;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await servers.start({ DATABASE_URL: database.url ?? "" });
  const { db } = await database.connect();
  sql = (text) => Promise.resolve(db.execute(text));
});
afterAll(async () => {
  await servers.close();
  await database.drop();
});

interface Link {
  link: URL;
  token: string;
}

async function linkTo(email: string, path: string): Promise<Link> {
  const link = await mailedLink(server, email, path);
  return { link, token: link.searchParams.get("token") ?? "" };
}

/** A verified account, signed in on a phone. */
async function member(name: string) {
  const email = `${name}@example.com`;
  await post(server.url, "registration.register", { email, password });
  await submit(`${server.url}/verify-email`, { token: (await linkTo(email, "/verify-email")).token });
  const phone = { "keywright-transport": "bearer" };
  const { data } = await post(server.url, "auth.login", { email, password }, phone);
  return { email, bearer: { authorization: `Bearer ${signedIn.parse(data).tokens.accessToken}` } };
}

/** The link that confirms a change of address, in the new mailbox. */
async function changing(
  name: string,
): Promise<Link & { email: string; newEmail: string; bearer: { authorization: string } }> {
  const { email, bearer } = await member(name);
  const newEmail = `${name}.new@example.com`;
  await post(server.url, "user.requestEmailChange", { email: newEmail, password }, bearer);
  return { email, newEmail, bearer, ...(await linkTo(newEmail, "/confirm-email")) };
}

/** The link to choose a first password, of an account without one. */
async function withoutPassword(name: string): Promise<Link & { email: string }> {
  const { email } = await member(name);
  await sql(
    `delete from keywright.passwords where user_id = (select id from keywright.users where email = '${email}')`,
  );
  await post(server.url, "password.requestReset", { email });
  return { email, ...(await linkTo(email, "/set-password")) };
}

async function open(link: URL): Promise<{ status: number; text: string }> {
  const response = await fetch(link);
  return { status: response.status, text: await response.text() };
}

async function press(path: string, fields: Record<string, string>): Promise<{ status: number; text: string }> {
  const response = await submit(`${server.url}${path}`, fields);
  expect(response.headers.get("referrer-policy")).toBe("no-referrer");
  expect(response.headers.getSetCookie()).toEqual([]);
  return { status: response.status, text: await response.text() };
}

async function canLogIn(email: string, password: string): Promise<boolean> {
  return (await post(server.url, "auth.login", { email, password })).status === 200;
}

test("a first password is set on its page, however often the link was looked at", async () => {
  const { email, link, token } = await withoutPassword("passwordless");
  for (let visit = 0; visit < 3; visit++) expect((await open(link)).text).toContain("p•••@example.com");
  const short = await press("/set-password", { token, newPassword: "short", confirmPassword: "short" });
  expect([short.status, short.text.match(/The password is too short/g)?.length]).toEqual([400, 1]);
  const done = await press("/set-password", { token, newPassword, confirmPassword: newPassword });
  expect([done.status, done.text.includes("<h1>Your password is set</h1>")]).toEqual([200, true]);
  expect(await canLogIn(email, newPassword)).toBe(true);
  expect((await open(link)).text).toMatch(/role="alert">This link is incomplete, was already used/);
});

test("an account that has a password by now is told so, and keeps it", async () => {
  const { email, token } = await withoutPassword("decided");
  await sql(`insert into keywright.passwords select u.id, p.hash, p.updated_at from keywright.users u, keywright.passwords p join keywright.users o
    on o.id = p.user_id where u.email = '${email}' and o.email = '${(await member("lender")).email}'`);
  const refused = await press("/set-password", { token, newPassword, confirmPassword: newPassword });
  expect(refused.status).toBe(409);
  expect(refused.text).toContain("This account has a password already.");
  expect(refused.text).not.toContain("<form");
  expect([await canLogIn(email, password), await canLogIn(email, newPassword)]).toEqual([true, false]);
});

test("a new address is confirmed on its page, and the old mailbox takes it back on another", async () => {
  const { email, newEmail, bearer, link, token } = await changing("mover");
  for (let visit = 0; visit < 3; visit++) expect((await open(link)).text).toContain("m•••@example.com");
  expect((await get(server.url, "user.me", bearer)).data).toMatchObject({ email });
  const done = await press("/confirm-email", { token });
  expect([done.status, done.text.includes("<h1>Your e-mail address was changed</h1>")]).toEqual([200, true]);
  expect([await canLogIn(email, password), await canLogIn(newEmail, password)]).toEqual([false, true]);
  expect((await get(server.url, "user.me", bearer)).refusal).toMatchObject({ reason: "NOT_AUTHENTICATED" });
  expect((await press("/confirm-email", { token })).text).toContain('role="alert">This link is incomplete');

  const back = await linkTo(email, "/undo-email-change");
  for (let visit = 0; visit < 3; visit++) expect((await open(back.link)).text).toContain("<form");
  const undone = await press("/undo-email-change", { token: back.token });
  expect([undone.status, undone.text.includes("<h1>Your old e-mail address is back</h1>")]).toEqual([200, true]);
  expect([await canLogIn(email, password), await canLogIn(newEmail, password)]).toEqual([false, false]);
  expect((await linkTo(email, "/set-password")).token).toMatch(/^kwo_/);
  expect((await open(back.link)).status).toBe(400);
});

test("an address that somebody has proved meanwhile is told, and nothing is changed", async () => {
  const { email, newEmail, token } = await changing("slow");
  await member("slow.new");
  const refused = await press("/confirm-email", { token });
  expect(refused.status).toBe(409);
  expect(refused.text).toContain("Another account now has this e-mail address, so nothing was changed.");
  expect(refused.text).not.toContain("<form");
  expect([await canLogIn(email, password), newEmail]).toEqual([true, "slow.new@example.com"]);
});

test("an old address that another account has proved meanwhile comes back once that account is gone", async () => {
  const { email, token } = await changing("again");
  await press("/confirm-email", { token });
  const back = await linkTo(email, "/undo-email-change");
  await post(server.url, "registration.register", { email, password });
  await sql(`update keywright.users set email_verified_at = now() where email = '${email}'`);
  const refused = await press("/undo-email-change", { token: back.token });
  expect(refused.status).toBe(409);
  expect(refused.text).toContain("delete it or give it another e-mail address, then open this link again");
  await sql(`delete from keywright.users where email = '${email}'`);
  expect((await press("/undo-email-change", { token: back.token })).status).toBe(200);
});

test("a link says on every other page that it is for another one, and works on its own afterwards", async () => {
  const [change, first] = [await changing("lost"), await withoutPassword("found")];
  const pages = ["/verify-email", "/reset-password", "/set-password", "/confirm-email", "/undo-email-change"];
  for (const [own, { token }] of [
    ["/confirm-email", change],
    ["/set-password", first],
  ] as const) {
    for (const path of pages.filter((path) => path !== own)) {
      const opened = await open(new URL(`${path}?token=${token}`, server.url));
      expect([path, opened.status]).toEqual([path, 400]);
      expect(opened.text).toContain('role="alert">This link is for another page.');
      expect(opened.text).not.toContain("<form");
      const pressed = await press(path, { token, newPassword, confirmPassword: newPassword });
      expect([path, pressed.status]).toEqual([path, 400]);
    }
  }
  expect((await press("/confirm-email", { token: change.token })).status).toBe(200);
  const set = await press("/set-password", { token: first.token, newPassword, confirmPassword: newPassword });
  expect(set.status).toBe(200);
});

test.each(["/set-password", "/confirm-email", "/undo-email-change"])(
  "whatever %s is sent comes back escaped",
  async (path) => {
    const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;
    const opened = await open(new URL(`${path}?token=${encodeURIComponent(hostile)}`, server.url));
    const pressed = await press(path, { token: hostile, newPassword: hostile, confirmPassword: "" });
    expect([opened.status, pressed.status]).toEqual([400, 400]);
    const foreign = await submit(`${server.url}${path}`, { token: hostile }, { "sec-fetch-site": "cross-site" });
    expect(foreign.status).toBe(403);
    const shownAgain = await foreign.text();
    for (const text of [opened.text, pressed.text, shownAgain]) expect(text).not.toMatch(/<script|<img/);
    expect(shownAgain).toContain('name="token" value="&quot;&gt;&lt;script&gt;alert(1)');
  },
);
