import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { mailedToken } from "../support/mailed.js";
import { cookieFor, createDocumentedCalls } from "../support/openapi-calls.js";
import { ownProvider } from "../support/own-provider.js";

const password = "correct horse";
const newPassword = "battery staple";
const sessionsIn = z.array(z.object({ id: z.string(), current: z.boolean() }));
const idIn = z.object({ id: z.string() });
const ticketIn = z.object({ ticket: z.string() });
const inBody = { "keywright-transport": "bearer" };
const tokensIn = z.object({ tokens: z.object({ accessToken: z.string(), refreshToken: z.string() }) });

const { procedures, seen, call, succeed, document } = await createDocumentedCalls();

let app: TestApp;
const others: TestApp[] = [];
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(async () => {
  for (const other of others) await other.close();
  await app.close();
});

async function otherApp(config: TestConfig): Promise<TestApp> {
  const other = await createTestApp(config, app.database);
  others.push(other);
  return other;
}

describe("the OpenAPI document says what is answered", () => {
  test("to somebody who lives through all of an account", async () => {
    const ada = await app.addUser();
    const [old, mine] = [await cookieFor(app, ada), await cookieFor(app, ada)];
    for (const procedure of ["auth.config", "auth.session"]) await succeed(app, procedure);
    for (const procedure of ["auth.session", "user.me", "user.events"]) await succeed(app, procedure, undefined, mine);
    const sessions = sessionsIn.parse(await succeed(app, "auth.sessions", undefined, mine));
    await succeed(app, "auth.revokeSession", { id: sessions.find(({ current }) => !current)?.id }, mine);
    expect((await call(app, "user.me", undefined, old)).reason).toBe("NOT_AUTHENTICATED");
    await succeed(app, "auth.revokeOtherSessions", {}, mine);
    await succeed(app, "auth.reauthenticate", { password }, mine);
    await succeed(app, "user.update", { firstName: "Ada" }, mine);
    await succeed(app, "user.events", { limit: 1 }, mine);
    await succeed(app, "user.export", {}, mine);

    const byApp = { "keywright-transport": "bearer" };
    const { tokens } = tokensIn.parse(await succeed(app, "auth.login", { email: ada.email, password }, byApp));
    await succeed(app, "user.me", undefined, { authorization: `Bearer ${tokens.accessToken}` });
    await succeed(app, "auth.verifyToken", { token: tokens.accessToken });
    await succeed(app, "auth.refreshToken", { refreshToken: tokens.refreshToken });
    await succeed(app, "auth.revokeToken", { refreshToken: tokens.refreshToken });

    await succeed(app, "user.requestEmailChange", { email: `new.${ada.email}`, password }, mine);
    const token = await app.tokenFromMail(`new.${ada.email}`);
    await succeed(app, "password.checkToken", { token });
    await succeed(app, "user.confirmEmailChange", { token });
    await succeed(app, "user.undoEmailChange", { token: await mailedToken(app, ada.email, "/undo-email-change") });
    await succeed(app, "password.set", { token: await mailedToken(app, ada.email, "/set-password"), newPassword });
    await succeed(app, "password.requestReset", { email: ada.email });
    const reset = await mailedToken(app, ada.email, "/reset-password");
    await succeed(app, "password.reset", { token: reset, newPassword });
    const renewed = await cookieFor(app, { ...ada, password: newPassword });
    await succeed(app, "password.change", { currentPassword: newPassword, newPassword: password }, renewed);
    await succeed(app, "auth.logout", undefined, await cookieFor(app, ada));
    await succeed(app, "user.archive", { password }, await cookieFor(app, ada));
    await succeed(app, "user.delete", { password }, await cookieFor(app, ada));
  });

  test("to somebody who signs in with a provider", async () => {
    const people = {
      vouched: { email: "vouched@example.com", isEmailVouched: true, authenticatedAt: new Date() },
      nameless: { email: "nameless@example.com", isEmailVouched: true },
      another: {},
    };
    const social = await otherApp({ providers: [ownProvider(people)], registration: { required: ["email"] } });
    await succeed(social, "social.providers");
    await succeed(social, "social.start", { provider: "own" });
    const by = (accessToken: string) => ({ provider: "own", accessToken });
    const { tokens } = tokensIn.parse(await succeed(social, "social.login", by("vouched"), inBody));
    const mine = { authorization: `Bearer ${tokens.accessToken}` };
    const { id } = idIn.parse(await succeed(social, "social.connect", by("another"), mine));
    await succeed(social, "social.accounts", undefined, mine);
    await succeed(social, "social.disconnect", { id }, mine);
    await succeed(social, "auth.requestCode", undefined, mine);
    await succeed(social, "auth.reauthenticate", { provider: "own", idToken: "vouched", nonce: "n" }, mine);
    const named = await otherApp({
      providers: [ownProvider(people)],
      registration: { required: ["email", "username"] },
    });
    const { ticket } = ticketIn.parse(await succeed(named, "social.login", by("nameless")));
    await succeed(named, "social.complete", { ticket, username: "named" });
  });

  test("to newcomers, whichever way they sign up", async () => {
    const email = "newcomer@example.com";
    await succeed(app, "registration.register", { email, password, firstName: "New" });
    await succeed(app, "registration.resendVerification", { email });
    await succeed(app, "registration.verifyEmail", { token: await mailedToken(app, email, "/verify-email") });
    const strict = await otherApp({ registration: { verification: "mandatory", signInOnVerification: true } });
    await succeed(strict, "registration.register", { email: `b.${email}`, password });
    const token = await mailedToken(strict, `b.${email}`, "/verify-email");
    await succeed(strict, "registration.verifyEmail", { token });
    const lax = await otherApp({ registration: { required: ["email"] } });
    await succeed(lax, "registration.register", { email: `c.${email}` });
    const first = await mailedToken(lax, `c.${email}`, "/set-password");
    await succeed(lax, "password.set", { token: first, newPassword });
    expect(procedures.filter((procedure) => !seen.has(procedure))).toEqual([]);
  });

  test("to a visitor: calls that need a session are refused, and no other is for that", async () => {
    for (const procedure of procedures) {
      const { reason, status } = await call(app, procedure);
      const isRefused = reason === "NOT_AUTHENTICATED" && status === 401;
      expect([procedure, isRefused]).toEqual([procedure, needsSession(procedure)]);
    }
    expect(procedures.filter(needsSession)).toContain("auth.reauthenticate");
  });
});

function needsSession(procedure: string): boolean {
  const { get, post } = document.paths[`/trpc/${procedure}`] ?? {};
  return !(get ?? post)?.security.some((scheme) => Object.keys(scheme).length === 0);
}
