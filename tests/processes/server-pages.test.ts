import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { createServers, mailedLink, post, type ServerProcess, submit } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
const password = "correct horse battery";
const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;
let database: TestDatabase;
let server: ServerProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await servers.start({ DATABASE_URL: database.url ?? "" });
});
afterAll(async () => {
  await servers.close();
  await database.drop();
});

/** A new account and the link that verifies it. */
async function registered(name: string): Promise<{ email: string; link: URL; token: string }> {
  const email = `${name}@example.com`;
  await post(server.url, "registration.register", { email, password });
  return { email, ...(await linkTo(email, "/verify-email")) };
}

async function resetLink(name: string): Promise<{ email: string; link: URL; token: string }> {
  const { email, token } = await registered(name);
  await submit(`${server.url}/verify-email`, { token });
  await post(server.url, "password.requestReset", { email });
  return { email, ...(await linkTo(email, "/reset-password")) };
}

async function linkTo(email: string, path: string): Promise<{ link: URL; token: string }> {
  const link = await mailedLink(server, email, path);
  return { link, token: link.searchParams.get("token") ?? "" };
}

async function canLogIn(email: string, password: string): Promise<boolean> {
  return (await post(server.url, "auth.login", { email, password })).status === 200;
}

/** `fetch` writes the Host header itself. */
async function getAs(host: string, path: string): Promise<{ status: number | undefined; body: string }> {
  const [response] = await once(request(`${server.url}${path}`, { headers: { host } }).end(), "response");
  return { status: response.statusCode, body: await text(response) };
}

function reset(token: string, newPassword: string, confirmPassword = newPassword): Promise<Response> {
  return submit(`${server.url}/reset-password`, { token, newPassword, confirmPassword });
}

test("opening the links as often as one likes uses nothing up; pressing the button does", async () => {
  const { link, token } = await registered("scanned");
  for (const method of ["GET", "HEAD", "GET", "GET"]) {
    expect((await fetch(link, { method, headers: { purpose: "prefetch" } })).status).toBe(200);
  }
  const done = await submit(`${server.url}/verify-email`, { token });
  expect(done.status).toBe(200);
  expect(await done.text()).toContain("<h1>Your e-mail address is verified</h1>");

  const again = await submit(`${server.url}/verify-email`, { token });
  expect(again.status).toBe(409);
  expect(await again.text()).toMatch(/role="alert">[^<]*verified already/);
  expect(await (await fetch(link)).text()).not.toContain("<form");
});

test("a new password is set on the page, and the old one is over", async () => {
  const { email, link, token } = await resetLink("forgetful");
  for (let visit = 0; visit < 3; visit++) expect(await (await fetch(link)).text()).toContain("f•••@example.com");
  const done = await reset(token, "staple battery horse");
  expect(done.status).toBe(200);
  expect(await done.text()).toContain("<h1>Your new password is set</h1>");
  expect(done.headers.getSetCookie()).toEqual([]);
  expect(await canLogIn(email, password)).toBe(false);
  expect(await canLogIn(email, "staple battery horse")).toBe(true);
});

test("a password that is refused says why at its field, and the same page can be sent again", async () => {
  const { email, token } = await resetLink("undecided");
  for (const [newPassword, confirmPassword, sentence] of [
    ["short", "short", "The password is too short."],
    ["password1", "password1", "This password is among the most common ones."],
    ["8305619274", "8305619274", "The password has digits only."],
    ["undecided1", "undecided1", "The password is too similar to your other details."],
    ["staple battery horse", "staple battery", "The two passwords differ."],
    ["", "", "This field is required."],
    ["x".repeat(300), "x".repeat(300), "The password is too long."],
  ] as const) {
    const refused = await reset(token, newPassword, confirmPassword);
    const text = await refused.text();
    expect([sentence, refused.status]).toEqual([sentence, 400]);
    expect(text).toContain(`<p role="alert">${sentence}</p>`);
    expect(text).toContain(`<input type="hidden" name="token" value="${token}">`);
    expect(text.match(/ value="/g)).toHaveLength(1);
  }
  expect((await reset(token, "staple battery horse")).status).toBe(200);
  expect(await canLogIn(email, "staple battery horse")).toBe(true);
});

test("a link opens only the page that it is for", async () => {
  const { email, token } = await resetLink("lost");
  const wrongDoor = await fetch(`${server.url}/verify-email?token=${token}`);
  expect(wrongDoor.status).toBe(400);
  expect((await submit(`${server.url}/verify-email`, { token })).status).toBe(400);
  expect((await reset(token, "staple battery horse")).status).toBe(200);
  expect(await canLogIn(email, "staple battery horse")).toBe(true);
});

test.each(["/verify-email", "/reset-password"])("whatever %s is sent as a token comes back escaped", async (path) => {
  const opened = await fetch(`${server.url}${path}?token=${encodeURIComponent(hostile)}`);
  const sent = await submit(`${server.url}${path}`, { token: hostile, newPassword: hostile, confirmPassword: "" });
  const foreign = await submit(`${server.url}${path}`, { token: hostile }, { "sec-fetch-site": "cross-site" });
  expect([opened.status, sent.status, foreign.status]).toEqual([400, 400, 403]);
  for (const page of [opened, sent]) expect(await page.text()).not.toMatch(/<script|<img/);
  const shownAgain = await foreign.text();
  expect(shownAgain).not.toMatch(/<script|<img/);
  expect(shownAgain).toContain('name="token" value="&quot;&gt;&lt;script&gt;alert(1)');
  for (const token of ["", "x".repeat(3_000), "%00", "kwo_"]) {
    const page = await fetch(`${server.url}${path}?token=${token}`);
    expect(page.status).toBe(400);
    expect(await page.text()).toContain('role="alert"');
  }
});

test("every page keeps its address to itself, is not kept or framed, and loads nothing", async () => {
  const { link, token } = await registered("careful");
  const refused = await reset(token, "x");
  for (const page of [await fetch(link), refused, await fetch(server.url), await fetch(`${server.url}/dev/mailbox`)]) {
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    expect(page.headers.get("content-type")).toMatch(/^text\/html; charset=utf-8$/i);
    const policy = page.headers.get("content-security-policy") ?? "";
    for (const rule of ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      expect(policy.split("; ")).toContain(rule);
    }
    expect(policy).not.toContain("unsafe");
    const text = await page.text();
    expect(text).toMatch(/<html lang="en">[\s\S]*<title>[^<]+<\/title>/);
    expect(text).not.toMatch(/<(script|link|img|iframe)\b|url\(|@import|style="/);
  }
});

test("the form tells a password manager and a screen reader what its fields are", async () => {
  const { link } = await resetLink("reader");
  const text = await (await fetch(link)).text();
  for (const name of ["newPassword", "confirmPassword"]) {
    expect(text).toContain(`<label for="${name}">`);
    expect(text).toMatch(new RegExp(`<input id="${name}" name="${name}" type="password" autocomplete="new-password"`));
  }
});

test("a form of another site changes nothing", async () => {
  const { token } = await registered("target");
  for (const headers of [
    { origin: "https://evil.test", "sec-fetch-site": "cross-site" },
    { origin: "null", "sec-fetch-site": "cross-site" },
    { origin: "https://evil.test", "sec-fetch-site": "none" },
  ]) {
    const refused = await submit(`${server.url}/verify-email`, { token }, headers);
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain("This form was sent from another site, so nothing was done.");
  }
  expect((await submit(`${server.url}/verify-email`, { token })).status).toBe(200);
});

test("what is not a form, or too large to be one, is refused", async () => {
  const url = `${server.url}/reset-password`;
  const json = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  expect(json.status).toBe(415);
  const multipart = await fetch(url, { method: "POST", body: new FormData() });
  expect(multipart.status).toBe(415);
  const large = await submit(url, { token: "x".repeat(40_000) });
  expect(large.status).toBe(413);
  expect((await fetch(url, { method: "DELETE" })).status).toBe(404);
});

test("the mailbox is for this machine only, whatever name points to it", async () => {
  for (const path of ["/dev/mailbox", "/dev/mailbox.json"]) {
    const rebound = await getAs("evil.test", path);
    expect(rebound.status).toBe(403);
    expect(rebound.body).not.toContain("token");
    expect((await getAs("localhost:3000", path)).status).toBe(200);
  }
});

test("whoever tries too often is told for how many minutes to wait", async () => {
  const { token } = await resetLink("hasty");
  for (let round = 0; round < 7; round++) await Promise.all(Array.from({ length: 100 }, () => reset(token, "x")));
  const page = await reset(token, "x");
  expect(page.status).toBe(429);
  expect(Number(page.headers.get("retry-after"))).toBeGreaterThan(0);
  const text = await page.text();
  expect(text).toContain("Too many attempts. Try again in a minute.");
  expect(text).toContain(`value="${token}"`);
});
