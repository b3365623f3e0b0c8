import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../../apps/server/src/app.js";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

/** The server's own pages, without a port. */
async function visit(
  path: string,
  form: Record<string, string> | null = null,
): Promise<{ status: number; headers: Headers; text: string }> {
  const server = createApp({
    keywright: app.keywright,
    config: { corsHeaders: [], clientAddressHeader: null, trustedProxyHops: 0 },
    requestLog: null,
    publicUrl,
    mailbox: null,
    developmentSignIn: null,
    isDraining: () => false,
  });
  const body = form && new URLSearchParams(form);
  const init = body ? { method: "POST", body, headers: { origin: publicUrl } } : {};
  const response = await server.request(`${publicUrl}${path}`, init, {
    incoming: { socket: { remoteAddress: "127.0.0.1" } },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function resetLink(email: string): Promise<URL> {
  await app.visitor().password.requestReset.mutate({ email });
  return new URL((await app.mailTo(email)).links[0] ?? "");
}

const passwords = { newPassword: "battery staple", confirmPassword: "battery staple" };

test("a user's link opens a form whose own address holds no token, and sending it leads to the page that says done", async () => {
  const ada = await app.addUser();
  const link = await resetLink(ada.email);
  const token = link.searchParams.get("token") ?? "";
  const opened = await visit(`${link.pathname}${link.search}`);
  expect(opened.status).toBe(200);
  expect(opened.headers.get("referrer-policy")).toBe("no-referrer");
  expect(opened.text).toContain('<form method="post" action="/reset-password">');
  expect(opened.text.split(token)).toHaveLength(2);
  expect(opened.text).toContain(`<input type="hidden" name="token" value="${token}">`);
  const done = await visit("/reset-password", { token, ...passwords });
  expect(done.status).toBe(200);
  expect(done.text).toContain("<h1>Your new password is set</h1>");
  expect(done.text).not.toContain(token);
  await app.signedIn({ ...ada, password: passwords.newPassword });
});

test("a user with a tampered link sees the page that says why, when opening and when sending it", async () => {
  const ada = await app.addUser();
  const link = await resetLink(ada.email);
  const token = `${link.searchParams.get("token")}x`;
  for (const page of [
    await visit(`/reset-password?token=${token}`),
    await visit("/reset-password", { token, ...passwords }),
  ]) {
    expect(page.status).toBe(400);
    expect(page.text).toContain("This link is incomplete, was already used, or was replaced by a newer one.");
    expect(page.text).not.toContain("<form");
  }
  await app.signedIn(ada);
});
