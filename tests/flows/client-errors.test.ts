import { createKeywrightClient, fieldErrorsOf, reasonOf, retryAfterOf, safe } from "@keywright/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { noNetwork } from "./client-phone.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ limits: { passwordTriesPerAccount: 2 } });
});
afterAll(() => app.close());

const login = { email: "nobody@example.com", password: "wrong horse" };

function readAll(error: unknown) {
  return { reason: reasonOf(error), fields: fieldErrorsOf(error), retryAfter: retryAfterOf(error) };
}

test("a refusal tells its reason, and no fields and no time where there are none", async () => {
  const error = await refusal(app.visitor().auth.login.mutate(login));
  expect(readAll(error)).toEqual({ reason: "INVALID_CREDENTIALS", fields: {}, retryAfter: null });
});

test("a refused form tells what is wrong with each field", async () => {
  const error = await refusal(app.visitor().registration.register.mutate({ email: "ada", password: "short" }));
  expect(reasonOf(error)).toBe("VALIDATION");
  expect(fieldErrorsOf(error)).toEqual({ email: [{ reason: "INVALID_EMAIL", message: expect.any(String) }] });
});

test("a refused guess tells when to come again", async () => {
  const guess = () => refusal(app.visitor().auth.login.mutate({ ...login, email: "guessed@example.com" }));
  await guess();
  await guess();
  const error = await guess();
  expect(reasonOf(error)).toBe("RATE_LIMITED");
  expect(retryAfterOf(error)).toBeGreaterThan(0);
});

test("a network that fails gives no reason", async () => {
  const client = createKeywrightClient({ url: publicUrl, fetch: noNetwork });
  const nothing = { reason: null, fields: {}, retryAfter: null };
  expect(readAll(await refusal(client.auth.login.mutate(login)))).toEqual(nothing);
  expect(readAll(await refusal(client.auth.session.query()))).toEqual(nothing);
});

test("a proxy that answers with a page gives no reason", async () => {
  const page = async () => new Response("<h1>502 Bad Gateway</h1>", { status: 502 });
  const client = createKeywrightClient({ url: publicUrl, fetch: page });
  expect(reasonOf(await refusal(client.auth.session.query()))).toBeNull();
});

test("a call that is aborted gives no reason", async () => {
  const call = app.visitor().auth.session.query(undefined, { signal: AbortSignal.abort() });
  expect(reasonOf(await refusal(call))).toBeNull();
});

test("a caller who does not like to catch has the answer or the error as a value", async () => {
  const [answer, error] = await safe(app.visitor().auth.login.mutate(login));
  expect(answer).toBeUndefined();
  expect(error?.data?.reason).toBe("INVALID_CREDENTIALS");
});
