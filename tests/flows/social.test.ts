import { openIdConnect } from "@keywright/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { type IdentityProvider, startIdentityProvider } from "../support/identity-provider.js";
import { reasonFor } from "../support/reason.js";
import { callbackOf, newVerifier, visitorOf } from "../support/social.js";

let idp: IdentityProvider;
let app: TestApp;

beforeAll(async () => {
  idp = await startIdentityProvider({ redirectUris: [callbackOf("acme"), "https://app.example.com/back"] });
  const { issuer, clientId, clientSecret } = idp;
  app = await createTestApp({
    providers: [openIdConnect({ id: "acme", name: "Acme", issuer, clientId, clientSecret })],
    social: { returnTo: ["com.example.app://auth", "https://app.example.com"] },
  });
});
afterAll(async () => {
  await app.close();
  await idp.close();
});

test("I press a button, sign in at the provider, and come back signed in", async () => {
  idp.people.set("ada", { email: "ada@acme.test", email_verified: true, given_name: "Ada", family_name: "Lovelace" });
  const { client, browser, signInAt } = visitorOf(app);
  expect(await client.social.providers.query()).toEqual([{ id: "acme", name: "Acme", accepts: ["code", "idToken"] }]);
  expect((await signInAt(idp, "ada", { provider: "acme" })).href).toBe("https://localhost:3000/");
  const { user } = (await client.auth.session.query()) ?? {};
  expect(user).toMatchObject({
    email: "ada@acme.test",
    emailVerified: true,
    firstName: "Ada",
    lastName: "Lovelace",
    hasPassword: false,
  });
  expect([...browser.jar.keys()]).toEqual(["__Host-keywright-session", "__Host-keywright-device"]);
  const again = visitorOf(app);
  await again.signInAt(idp, "ada", { provider: "acme" });
  expect((await again.client.user.me.query()).id).toBe(user?.id);
});

test("an app on a phone gets a code in its own address, and tokens for it", async () => {
  idp.people.set("bob", { email: "bob@acme.test", email_verified: true });
  const { client, signInAt, browser } = visitorOf(app, { transport: "bearer" });
  const { codeVerifier, codeChallenge } = newVerifier();
  const returnTo = "com.example.app://auth/done";
  const place = await signInAt(idp, "bob", { provider: "acme", codeChallenge, returnTo });
  const handoff = place.searchParams.get("handoff") ?? "";
  expect(place.href).toBe(`com.example.app://auth/done?handoff=${handoff}`);
  expect([...browser.jar.keys()]).toEqual([]);
  const answer = await client.social.login.mutate({ provider: "acme", handoff, codeVerifier });
  expect(answer).toMatchObject({ status: "signed_in", created: true });
  expect((await client.user.me.query()).email).toBe("bob@acme.test");
  const twice = client.social.login.mutate({ provider: "acme", handoff, codeVerifier });
  expect(await reasonFor(twice)).toBe("TOKEN_INVALID");
});
