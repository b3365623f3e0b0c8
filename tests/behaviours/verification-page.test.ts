import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../../apps/server/src/app.js";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

/** One of the server's own pages, opened, or sent as a form. */
async function visit(path: string, form: Record<string, string> | null = null) {
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
  const connection = { incoming: { socket: { remoteAddress: "127.0.0.1" } } };
  const response = await server.request(`${publicUrl}${path}`, init, connection);
  return { status: response.status, text: await response.text() };
}

test("a user who follows the link sees a page that says done, or one that says why not", async () => {
  const visitor = app.visitor();
  await visitor.registration.register.mutate({ email: "page@example.com", password: "correct horse" });
  const link = new URL((await app.mailTo("page@example.com")).links[0] ?? "");
  const token = link.searchParams.get("token") ?? "";
  const tampered = await visit("/verify-email", { token: `${token}x` });
  expect([tampered.status, tampered.text.includes("<form")]).toEqual([400, false]);
  expect(tampered.text).toContain("This link is incomplete, was already used, or was replaced by a newer one.");
  for (const _look of [1, 2]) expect((await visit(`${link.pathname}${link.search}`)).status).toBe(200);
  expect(await visitor.user.me.query()).toMatchObject({ emailVerified: false });
  const done = await visit("/verify-email", { token });
  expect(done.status).toBe(200);
  expect(done.text).toContain("<h1>Your e-mail address is verified</h1>");
  expect(await visitor.user.me.query()).toMatchObject({ emailVerified: true });
});
