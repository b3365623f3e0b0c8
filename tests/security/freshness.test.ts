import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({
    registration: { signInOnVerification: true, required: ["email"] },
    password: { requireCurrent: false },
  });
});
afterAll(() => app.close());

const change = (client: ReturnType<TestApp["visitor"]>, newPassword = "battery staple") =>
  client.password.change.mutate({ newPassword });

test("whoever is signed in by a verification link has given nothing, and must before a change (K20)", async () => {
  const [email, password] = ["ada.fresh@example.com", "correct horse"];
  await app.visitor().registration.register.mutate({ email, password });
  const reader = app.visitor();
  const answer = await reader.registration.verifyEmail.mutate({ token: await app.tokenFromMail(email) });
  expect(answer.status).toBe("signed_in");
  expect((await reader.user.me.query()).email).toBe(email);
  expect(reasonOf(await refusal(change(reader)))).toBe("REAUTHENTICATION_REQUIRED");
  await reader.auth.reauthenticate.mutate({ password });
  await change(reader);
});

test("whoever registers with a password has given it, and whoever registers without has not (K20)", async () => {
  const [withPassword, without] = [app.visitor(), app.visitor()];
  await withPassword.registration.register.mutate({ email: "with@example.com", password: "correct horse" });
  await withPassword.registration.verifyEmail.mutate({ token: await app.tokenFromMail("with@example.com") });
  await without.registration.register.mutate({ email: "without@example.com" });
  expect(reasonOf(await refusal(without.user.delete.mutate({})))).toMatch(
    /^(REAUTHENTICATION_REQUIRED|EMAIL_NOT_VERIFIED)$/,
  );
  expect(reasonOf(await refusal(without.user.requestEmailChange.mutate({ email: "other@example.com" })))).toMatch(
    /^(REAUTHENTICATION_REQUIRED|EMAIL_NOT_VERIFIED)$/,
  );
});

test("a change without the current password does not make an old proof any younger (K20)", async () => {
  const ada = await app.addUser();
  const desk = await app.signedIn(ada);
  app.travel(6 * 60_000);
  await change(desk);
  app.travel(6 * 60_000);
  expect(reasonOf(await refusal(change(desk, "another staple")))).toBe("REAUTHENTICATION_REQUIRED");
});
