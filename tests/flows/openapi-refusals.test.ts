import { KeywrightError } from "@keywright/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestConfig, type TestUser } from "../support/app.js";
import { mailedToken } from "../support/mailed.js";
import { reasonsIn } from "../support/openapi.js";
import { cookieFor, createDocumentedCalls, type Headers } from "../support/openapi-calls.js";
import { ownProvider } from "../support/own-provider.js";
import { visitorOf } from "../support/social.js";

const password = "correct horse";
const newPassword = "battery staple";
const hourMs = 3_600_000;

const { document, procedures, checker, seen, call } = await createDocumentedCalls();

let app: TestApp;
let ada: TestUser;
let mine: Headers;
const others: TestApp[] = [];
beforeAll(async () => {
  app = await createTestApp();
  ada = await app.addUser();
  mine = await cookieFor(app, ada);
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

type Refused = [procedure: string, input: unknown, answer: string, headers?: Headers];

/** Each is refused with a status and a reason, such as "401 INVALID_CREDENTIALS". */
async function expectRefused(at: TestApp, calls: Refused[]): Promise<void> {
  for (const [procedure, input, answer, headers] of calls) {
    const { status, reason } = await call(at, procedure, input, headers);
    expect([procedure, `${status} ${reason}`]).toEqual([procedure, answer]);
  }
}

describe("the OpenAPI document says how callers are refused", () => {
  test("who give what is not right", async () => {
    const grace = await app.addUser();
    const bob = await app.addUser();
    await app.sql(`update keywright.users set is_disabled = true where email_key = '${bob.email}'`);
    const wrong = { password: "wrong horse" };
    const token = { token: "x" };
    await expectRefused(app, [
      ["auth.login", { email: ada.email, ...wrong }, "401 INVALID_CREDENTIALS"],
      ["auth.login", { email: bob.email, password }, "403 ACCOUNT_DISABLED"],
      ["auth.sessions", undefined, "401 NOT_AUTHENTICATED"],
      ["auth.revokeSession", { id: "nobody's" }, "404 NOT_FOUND", mine],
      ["auth.reauthenticate", wrong, "403 WRONG_PASSWORD", mine],
      ["auth.refreshToken", { refreshToken: "x" }, "400 TOKEN_INVALID"],
      ["auth.verifyToken", token, "400 TOKEN_INVALID"],
      ["auth.revokeToken", { refreshToken: "x" }, "400 TOKEN_INVALID"],
      ["password.checkToken", token, "400 TOKEN_INVALID"],
      ["password.reset", { ...token, newPassword }, "400 TOKEN_INVALID"],
      ["password.set", { ...token, newPassword }, "400 TOKEN_INVALID"],
      ["password.change", { currentPassword: "wrong horse", newPassword }, "403 WRONG_PASSWORD", mine],
      ["password.change", { currentPassword: password, newPassword: password }, "400 PASSWORD_UNCHANGED", mine],
      ["user.update", { username: grace.username }, "409 USERNAME_TAKEN", mine],
      ["user.requestEmailChange", { email: "n@example.com", ...wrong }, "403 WRONG_PASSWORD", mine],
      ["user.confirmEmailChange", token, "400 TOKEN_INVALID"],
      ["user.undoEmailChange", token, "400 TOKEN_INVALID"],
      ["user.archive", wrong, "403 WRONG_PASSWORD", mine],
      ["user.delete", wrong, "403 WRONG_PASSWORD", mine],
      ["registration.register", { email: grace.email, password }, "409 EMAIL_TAKEN"],
      ["registration.register", { ...grace, email: "n@example.com" }, "409 USERNAME_TAKEN"],
      ["registration.verifyEmail", token, "400 TOKEN_INVALID"],
    ]);
  });

  test("whose address has moved, was verified, or is not verified yet, or whose account is in use", async () => {
    const early = { email: "early@example.com", username: "early", password };
    await call(app, "registration.register", early);
    const unproved = await cookieFor(app, early);
    const token = await mailedToken(app, early.email, "/verify-email");
    await expectRefused(app, [
      ["password.change", { currentPassword: password, newPassword }, "403 EMAIL_NOT_VERIFIED", unproved],
      ["user.update", { firstName: "E" }, "403 EMAIL_NOT_VERIFIED", unproved],
      ["user.archive", { password }, "403 EMAIL_NOT_VERIFIED", unproved],
      ["user.delete", { password }, "403 EMAIL_NOT_VERIFIED", unproved],
    ]);
    const strict = await otherApp({ registration: { verification: "mandatory" } });
    await expectRefused(strict, [["auth.login", { email: early.email, password }, "403 EMAIL_NOT_VERIFIED"]]);
    await app.sql(`update keywright.users set email_verified_at = created_at where email_key = '${early.email}'`);
    await expectRefused(app, [["registration.verifyEmail", { token }, "409 ALREADY_VERIFIED"]]);

    await call(app, "user.requestEmailChange", { email: "wanted@example.com", password }, mine);
    const wanted = await app.tokenFromMail("wanted@example.com");
    await app.addUser({ email: "wanted@example.com" });
    await expectRefused(app, [["user.confirmEmailChange", { token: wanted }, "409 EMAIL_TAKEN"]]);

    await app.sql("create table orders as select id as user_id from keywright.users");
    await app.sql("alter table orders add foreign key (user_id) references keywright.users (id)");
    await expectRefused(app, [["user.delete", { password }, "409 ACCOUNT_IN_USE", mine]]);
    await app.sql("drop table orders");
  });

  test("whom a setting keeps out", async () => {
    const closed = await otherApp({ registration: { open: false } });
    await expectRefused(closed, [
      ["registration.register", { email: "x@example.com", password }, "403 REGISTRATION_CLOSED"],
    ]);
    const free = await otherApp({ registration: { required: ["email"] }, password: { requireCurrent: false } });
    const old = await cookieFor(free, ada);
    free.travel(hourMs);
    await expectRefused(free, [["password.change", { newPassword }, "403 REAUTHENTICATION_REQUIRED", old]]);
    await call(free, "registration.register", { email: "first@example.com" });
    const first = await mailedToken(free, "first@example.com", "/set-password");
    await free.sql(
      "insert into keywright.passwords select id, 'x', now() from keywright.users where email_key = 'first@example.com'",
    );
    await expectRefused(free, [["password.set", { token: first, newPassword }, "409 PASSWORD_ALREADY_SET"]]);
  });

  test("who come too late", async () => {
    const bearer = { "keywright-transport": "bearer" };
    const { data } = await call(app, "auth.login", { email: ada.email, password }, bearer);
    const { tokens } = Object(data);
    await call(app, "password.requestReset", { email: ada.email });
    const token = await mailedToken(app, ada.email, "/reset-password");
    app.travel(100 * 24 * hourMs);
    await expectRefused(app, [
      ["auth.verifyToken", { token: tokens.accessToken }, "400 TOKEN_EXPIRED"],
      ["password.reset", { token, newPassword }, "400 TOKEN_EXPIRED"],
      ["password.checkToken", { token }, "400 TOKEN_EXPIRED"],
    ]);
    app.travel(-100 * 24 * hourMs);
  });

  test("whose call is not one that is taken at all", async () => {
    for (const procedure of procedures.filter((procedure) => !checker.takes(procedure, { unknown: 1 }))) {
      await expectRefused(app, [[procedure, { unknown: 1 }, "400 VALIDATION", mine]]);
    }
    const foreign = { ...mine, origin: "https://evil.test" };
    for (const procedure of procedures) await expectRefused(app, [[procedure, undefined, "403 FORBIDDEN", foreign]]);
    const login = { email: ada.email, password: "x".repeat(40_000) };
    await expectRefused(app, [
      ["auth.login", login, "413 VALIDATION", { "content-length": "40000" }],
      ["auth.login", { email: ada.email, password }, "415 VALIDATION", { "content-type": "text/plain" }],
    ]);
  });

  test("whom a provider does not help", async () => {
    const people = { ada: { email: ada.email, isEmailVouched: true }, eve: { authenticatedAt: null }, bob: {} };
    const providers = [ownProvider(people)];
    const social = await otherApp({
      providers,
      registration: { required: ["password", "username"], optional: ["email"] },
    });
    const by = (accessToken: string) => ({ provider: "own", accessToken });
    const { data } = await call(social, "social.start", { provider: "own" });
    const { authorizationUrl } = Object(data);
    expect(authorizationUrl).toMatch(/state=/);
    const eve = await app.addUser();
    const hers = await cookieFor(social, eve);
    await expectRefused(social, [
      ["social.start", { provider: "none" }, "404 SOCIAL_NOT_CONFIGURED"],
      ["social.start", { provider: "own", purpose: "connect" }, "401 NOT_AUTHENTICATED"],
      ["social.login", by("nobody"), "400 PROVIDER_TOKEN_INVALID"],
      ["social.login", by("away"), "503 PROVIDER_UNAVAILABLE"],
      ["social.login", by("ada"), "409 EMAIL_CONFLICT"],
      ["social.login", { provider: "own", code: "bob", state: "x" }, "400 TOKEN_INVALID"],
      ["social.complete", { ticket: "x" }, "400 TOKEN_INVALID"],
      ["social.disconnect", { id: crypto.randomUUID() }, "404 NOT_FOUND", mine],
    ]);
    await call(social, "social.connect", by("eve"), mine);
    await expectRefused(social, [["social.connect", by("eve"), "409 IDENTITY_TAKEN", hers]]);
    const id = Object((await call(social, "social.accounts", undefined, mine)).data)[0]?.id;
    await app.sql(
      `delete from keywright.passwords using keywright.users where id = user_id and email_key = '${ada.email}'`,
    );
    await expectRefused(social, [["social.disconnect", { id }, "409 LAST_SIGN_IN_METHOD", mine]]);
    const visitor = visitorOf(social);
    const started = await visitor.client.social.start.mutate({ provider: "own" });
    const state = new URL(started.authorizationUrl).searchParams.get("state") ?? "";
    const cookie = [...visitor.browser.jar].map((pair) => pair.join("=")).join("; ");
    await expectRefused(social, [
      ["social.login", { provider: "own", code: "nobody", state }, "403 PROVIDER_REFUSED", { cookie }],
    ]);
  });

  test("who have called too often, or at a bad time", async () => {
    const narrow = await otherApp({ limits: { passwordTriesPerAccount: 1 } });
    const login = { email: "nobody@example.com", password };
    await expectRefused(narrow, [
      ["auth.login", login, "401 INVALID_CREDENTIALS"],
      ["auth.login", login, "429 RATE_LIMITED"],
    ]);
    const thrown = [new Error("broken"), new KeywrightError("UNAVAILABLE", { retryAfter: 2 })];
    const failing = await otherApp({});
    failing.keywright.deps.passwords.verify = () => Promise.reject(thrown.shift());
    await expectRefused(failing, [
      ["auth.login", login, "500 INTERNAL"],
      ["auth.login", login, "503 UNAVAILABLE"],
    ]);
    const gated = await otherApp({ gate: () => ({ message: "Not today.", proof: "captcha" }) });
    await expectRefused(gated, [["auth.login", login, "403 REFUSED_BY_APP"]]);
    const told = new Set(procedures.flatMap((procedure) => reasonsIn(document, procedure)));
    expect(told.size).toBeGreaterThan(20);
    // Only batches and streams are refused for being one, and the document has neither; the third is a client's own.
    const unseen = ["BATCH_NOT_ALLOWED", "SESSION_CHANGED", "STREAM_NOT_ALLOWED"];
    expect([...told].filter((reason) => !seen.has(reason)).toSorted()).toEqual(unseen);
  });
});
