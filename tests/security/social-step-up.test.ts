import { google, openIdConnect } from "@keywright/api";
import type { KeywrightClient } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { peopleOf } from "../support/provider-people.js";
import { reasonFor } from "../support/reason.js";
import { newVerifier, visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let app: TestApp;
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  app = await createTestApp({
    providers: [
      openIdConnect({ id: "pine", name: "Pine", ...pine.options }),
      openIdConnect({ id: "mute", name: "Mute", ...pine.options, provesFreshSignIn: false }),
      google({ ...pine.options, tokenInfoUrl: `${pine.issuer}/tokeninfo` }),
    ],
    social: { returnTo: ["com.example.app://auth"] },
  });
  pine.setClock(() => app.keywright.deps.now());
});
afterAll(async () => {
  await app.close();
  await pine.close();
});

const { newPerson, proofOf } = peopleOf(() => pine);
const ago = (seconds: number) => Math.floor(app.keywright.deps.now().getTime() / 1000) - seconds;
const minutes = 60;

/** Signed in by Pine eleven minutes ago. */
async function stale(transport: "cookie" | "bearer" = "cookie") {
  const person = newPerson();
  const visitor = visitorOf(app, { transport });
  await visitor.client.social.login.mutate(await proofOf(person));
  app.travel(11 * 60_000);
  return { ...visitor, person };
}
const isFresh = async (client: KeywrightClient) => {
  const call = client.social.disconnect.mutate({ id: crypto.randomUUID() });
  return (await reasonFor(call)) !== "REAUTHENTICATION_REQUIRED";
};
const begin = async (client: KeywrightClient, more: { codeChallenge?: string; returnTo?: string } = {}) =>
  (await client.social.start.mutate({ provider: "pine", purpose: "reauthenticate", ...more })).authorizationUrl;

describe("a step-up by a round trip", () => {
  test("OAU-41: asks the provider to ask for the password again, and is good when it did", async () => {
    const { client, comeBack, person } = await stale();
    expect(await isFresh(client)).toBe(false);
    const authorizationUrl = await begin(client);
    const { searchParams } = new URL(authorizationUrl);
    expect([searchParams.get("prompt"), searchParams.get("max_age")]).toEqual(["login", "0"]);
    const place = await comeBack(pine.signIn(authorizationUrl, { ...person, auth_time: ago(0) }));
    expect(place.href).toBe(`${publicUrl}/`);
    expect(await isFresh(client)).toBe(true);
  });

  test.each<[string, Claims]>([
    ["does not say when", {}],
    ["says it was before that", { auth_time: "before" }],
    ["says so in words", { auth_time: "now" }],
    ["says it was at no time", { auth_time: 1e20 }],
    ["says it was before time began", { auth_time: -1 }],
  ])("OAU-41: is refused where the provider %s", async (_what, { auth_time }) => {
    const { client, comeBack, person } = await stale();
    const authorizationUrl = await begin(client);
    const claims = { ...person, auth_time: auth_time === "before" ? ago(2 * minutes) : auth_time };
    expect((await comeBack(pine.signIn(authorizationUrl, claims))).search).toBe("?error=PROVIDER_TOKEN_INVALID");
    expect(await isFresh(client)).toBe(false);
  });

  test("OAU-41: is refused to anybody but the owner of the account", async () => {
    const { client, comeBack } = await stale();
    const other = newPerson();
    await visitorOf(app).client.social.login.mutate(await proofOf(other));
    for (const person of [other, newPerson()]) {
      const url = pine.signIn(await begin(client), { ...person, auth_time: ago(0) });
      expect((await comeBack(url)).search).toBe("?error=PROVIDER_TOKEN_INVALID");
    }
    expect(await isFresh(client)).toBe(false);
  });

  test("OAU-41: cannot be begun at a provider that does not say when somebody signed in", async () => {
    const { client } = await stale();
    for (const provider of ["google", "mute"]) {
      const call = client.social.start.mutate({ provider, purpose: "reauthenticate" });
      expect(await reasonFor(call)).toBe("VALIDATION");
      const token = { ...newPerson(), auth_time: ago(0) };
      const proof = await proofOf(token, provider);
      expect(await reasonFor(client.auth.reauthenticate.mutate(proof))).toBe("PROVIDER_TOKEN_INVALID");
    }
    expect(await reasonFor(app.visitor().social.start.mutate({ provider: "pine", purpose: "reauthenticate" }))).toBe(
      "NOT_AUTHENTICATED",
    );
  });

  test("OAU-41: in an app ends with the code that comes back to it, good for its own session once", async () => {
    const { client, person } = await stale("bearer");
    const { codeVerifier, codeChallenge } = newVerifier();
    const handoffOf = async (auth_time: number) => {
      const url = await begin(client, { codeChallenge, returnTo: "com.example.app://auth" });
      const place = await visitorOf(app).comeBack(pine.signIn(url, { ...person, auth_time }));
      return place.searchParams.get("handoff") ?? "";
    };
    const late = { handoff: await handoffOf(ago(2 * minutes)), codeVerifier };
    expect(await reasonFor(client.auth.reauthenticate.mutate(late))).toBe("PROVIDER_TOKEN_INVALID");
    const other = await stale("bearer");
    const [first, second] = [await handoffOf(ago(0)), await handoffOf(ago(0))];
    const theirs = other.client.auth.reauthenticate.mutate({ handoff: first, codeVerifier });
    expect(await reasonFor(theirs)).toBe("TOKEN_INVALID");
    const login = visitorOf(app).client.social.login.mutate({ provider: "pine", handoff: second, codeVerifier });
    expect(await reasonFor(login)).toBe("TOKEN_INVALID");
    const third = { handoff: await handoffOf(ago(0)), codeVerifier };
    await client.auth.reauthenticate.mutate(third);
    expect(await isFresh(client)).toBe(true);
    expect(await reasonFor(client.auth.reauthenticate.mutate(third))).toBe("TOKEN_INVALID");
  });
});

describe("a step-up by an ID token", () => {
  test("OAU-41: is good for as long as the provider's word is fresh, and from that moment on", async () => {
    const { client, person } = await stale();
    const at = ago(9 * minutes);
    const proof = await proofOf({ ...person, auth_time: at });
    expect(await client.auth.reauthenticate.mutate(proof)).toEqual({ authenticatedAt: new Date(at * 1000) });
    expect(await isFresh(client)).toBe(true);
    app.travel(2 * 60_000);
    expect(await isFresh(client)).toBe(false);
    expect(await reasonFor(client.auth.reauthenticate.mutate(proof))).toBe("PROVIDER_TOKEN_INVALID");
  });

  test("OAU-41: is never good for longer than from now on, whatever the provider says", async () => {
    const { client, person } = await stale();
    const proof = await proofOf({ ...person, auth_time: ago(-3600) });
    await client.auth.reauthenticate.mutate(proof);
    expect(await isFresh(client)).toBe(true);
    app.travel(11 * 60_000);
    expect(await isFresh(client)).toBe(false);
  });

  test.each<[string, () => Claims]>([
    ["is old", () => ({ auth_time: ago(12 * minutes) })],
    ["is missing", () => ({})],
    ["is a text", () => ({ auth_time: String(ago(0)) })],
  ])("OAU-41: is refused where auth_time %s", async (_what, claims) => {
    const { client, person } = await stale();
    const proof = await proofOf({ ...person, ...claims() });
    expect(await reasonFor(client.auth.reauthenticate.mutate(proof))).toBe("PROVIDER_TOKEN_INVALID");
    expect(await isFresh(client)).toBe(false);
  });

  test("OAU-41: is refused for somebody else's identity, and connects nothing", async () => {
    const { client } = await stale();
    const proof = await proofOf({ ...newPerson(), auth_time: ago(0) });
    expect(await reasonFor(client.auth.reauthenticate.mutate(proof))).toBe("PROVIDER_TOKEN_INVALID");
    expect(await client.social.accounts.query()).toHaveLength(1);
  });
});
