import { google, microsoft } from "@keywright/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { type IdentityProvider, startIdentityProvider } from "../support/identity-provider.js";
import { callbackOf, visitorOf } from "../support/social.js";

const directory = "11111111-2222-3333-4444-555555555555";
const object = "99999999-8888-7777-6666-555555555555";

let googleLike: IdentityProvider;
let entraLike: IdentityProvider;
let app: TestApp;
beforeAll(async () => {
  const hasFullIdTokens = true;
  googleLike = await startIdentityProvider({ redirectUris: [callbackOf("google")], hasFullIdTokens });
  entraLike = await startIdentityProvider({
    redirectUris: [callbackOf("microsoft")],
    authentication: "client_secret_post",
    path: `/${directory}/v2.0`,
    hasFullIdTokens,
  });
  const clientOf = ({ clientId, clientSecret }: IdentityProvider) => ({ clientId, clientSecret });
  app = await createTestApp({
    providers: [
      google({ ...clientOf(googleLike), issuer: googleLike.issuer }),
      microsoft({ ...clientOf(entraLike), tenant: directory, baseUrl: new URL(entraLike.issuer).origin }),
    ],
  });
});
afterAll(async () => {
  await app.close();
  await Promise.all([googleLike.close(), entraLike.close()]);
});

test("S20: I sign in at a certified provider that is set up as Google, and my address is verified", async () => {
  googleLike.people.set("ada", { email: "ada@gmail.test", email_verified: true, given_name: "Ada", hd: "gmail.test" });
  const { client, signInAt } = visitorOf(app);
  expect((await signInAt(googleLike, "ada", { provider: "google" })).search).toBe("");
  const { email, emailVerified, firstName } = await client.user.me.query();
  expect([email, emailVerified, firstName]).toEqual(["ada@gmail.test", true, "Ada"]);
});

test("S20: I sign in at one that is set up as Entra, am known by directory and object, and verify my address", async () => {
  const person = { email: "bob@corp.test", email_verified: true, tid: directory, oid: object };
  entraLike.people.set("bob", person);
  const { client, signInAt } = visitorOf(app);
  expect((await signInAt(entraLike, "bob", { provider: "microsoft" })).search).toBe("");
  const { email, emailVerified } = await client.user.me.query();
  expect([email, emailVerified]).toEqual(["bob@corp.test", false]);
  const stored = await app.sql("select issuer, subject from keywright.identities where provider = 'microsoft'");
  expect(stored).toEqual([{ issuer: entraLike.issuer, subject: object }]);
});

test("S16: somebody of another directory is not let in by it", async () => {
  entraLike.people.set("eve", { tid: "22222222-2222-3333-4444-555555555555", oid: object });
  const { signInAt } = visitorOf(app);
  const place = await signInAt(entraLike, "eve", { provider: "microsoft" });
  expect(place.searchParams.get("error")).toBe("PROVIDER_REFUSED");
});
