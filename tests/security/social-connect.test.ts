import { openIdConnect } from "@keywright/api";
import type { KeywrightClient } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusalIn } from "../support/answers.js";
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
    providers: ["pine", "oak"].map((id) => openIdConnect({ id, name: id, ...pine.options })),
    social: { returnTo: ["com.example.app://auth"] },
  });
  pine.setClock(() => app.keywright.deps.now());
});
afterAll(async () => {
  await app.close();
  await pine.close();
});

const { newPerson, proofOf } = peopleOf(() => pine);
let people = 0;
const connect = async (client: KeywrightClient, person: Claims = newPerson()) =>
  await client.social.connect.mutate(await proofOf(person));
const start = (client: KeywrightClient, purpose: "login" | "connect" | "reauthenticate" = "connect") =>
  client.social.start.mutate({ provider: "pine", purpose });

/** A browser in which somebody has just signed in with a password. */
async function signedIn() {
  const user = await app.addUser();
  const visitor = visitorOf(app);
  await visitor.client.auth.login.mutate({ email: user.email, password: user.password });
  return { ...visitor, user };
}

describe("connecting", () => {
  test("OAU-20: needs somebody who is signed in and was asked for the password a short time ago", async () => {
    const nobody = visitorOf(app).client;
    expect(await reasonFor(connect(nobody))).toBe("NOT_AUTHENTICATED");
    expect(await reasonFor(start(nobody))).toBe("NOT_AUTHENTICATED");
    const { client, user } = await signedIn();
    const { id } = await connect(client);
    app.travel(11 * 60_000);
    expect(await reasonFor(connect(client))).toBe("REAUTHENTICATION_REQUIRED");
    expect(await reasonFor(start(client))).toBe("REAUTHENTICATION_REQUIRED");
    expect(await reasonFor(client.social.disconnect.mutate({ id }))).toBe("REAUTHENTICATION_REQUIRED");
    expect(await client.social.accounts.query()).toHaveLength(1);
    await client.auth.reauthenticate.mutate({ password: user.password });
    await client.social.disconnect.mutate({ id });
    await connect(client);
  });

  test("OAU-20: is not for a page of another site, nor in a batch", async () => {
    const { browser } = await signedIn();
    const cookie = [...browser.jar].map(([name, value]) => `${name}=${value}`).join("; ");
    for (const path of ["social.start", "social.login", "social.connect", "social.disconnect", "social.complete"]) {
      for (const headers of [{ origin: "https://evil.test" }, { "sec-fetch-site": "cross-site" }]) {
        const response = await app.post(path, await proofOf(newPerson()), { cookie, ...headers });
        expect((await refusalIn(response)).data.reason).toBe("FORBIDDEN");
      }
    }
    const { clientId } = pine;
    const twice = JSON.stringify({ 0: { json: { provider: "pine" } }, 1: { json: { provider: "pine" } } });
    const url = `${publicUrl}/trpc/social.start,social.start?batch=1`;
    const headers = { "content-type": "application/json", origin: publicUrl };
    const response = await app.handle(new Request(url, { method: "POST", headers, body: twice }), "127.0.0.1");
    expect(await response.text()).toContain("BATCH_NOT_ALLOWED");
    expect(clientId).toBe("keywright");
  });

  test("OAU-20: by a redirect is for the session that began it: not after a logout, and not for the next one", async () => {
    const { client, comeBack, user } = await signedIn();
    const { authorizationUrl } = await start(client);
    await client.auth.logout.mutate({});
    const place = await comeBack(pine.signIn(authorizationUrl, newPerson()));
    expect(place.search).toBe("?error=NOT_AUTHENTICATED");
    await client.auth.login.mutate({ email: user.email, password: user.password });
    const second = await start(client);
    const other = await app.addUser();
    await client.auth.login.mutate({ email: other.email, password: other.password });
    expect((await comeBack(pine.signIn(second.authorizationUrl, newPerson()))).search).toBe("?error=NOT_AUTHENTICATED");
    expect(await client.social.accounts.query()).toEqual([]);
  });

  test("OAU-20: is not what a round trip does that was begun to sign in, nor the other way round", async () => {
    const { client, browser } = await signedIn();
    const codeOf = async (purpose: "login" | "connect" | "reauthenticate") => {
      const { searchParams } = pine.signIn((await start(client, purpose)).authorizationUrl, newPerson());
      return { code: searchParams.get("code") ?? "", state: searchParams.get("state") ?? "" };
    };
    for (const purpose of ["login", "reauthenticate"] as const) {
      const call = client.social.connect.mutate({ provider: "pine", ...(await codeOf(purpose)) });
      expect(await reasonFor(call)).toBe("TOKEN_INVALID");
    }
    for (const purpose of ["connect", "reauthenticate"] as const) {
      const call = client.social.login.mutate({ provider: "pine", ...(await codeOf(purpose)) });
      expect(await reasonFor(call)).toBe("TOKEN_INVALID");
    }
    expect(await client.social.accounts.query()).toEqual([]);
    expect([...browser.jar.keys()].filter((name) => name.includes("flow"))).toEqual([]);
  });

  test("OAU-20: with a code that Mallory has begun to connect her provider with is refused to Ada", async () => {
    const [mallory, ada] = [await signedIn(), await signedIn()];
    const { codeVerifier, codeChallenge } = newVerifier();
    const begin = { provider: "pine", purpose: "connect" as const, codeChallenge, returnTo: "com.example.app://auth" };
    const { authorizationUrl } = await mallory.client.social.start.mutate(begin);
    const place = await visitorOf(app).comeBack(pine.signIn(authorizationUrl, newPerson()));
    const handoff = place.searchParams.get("handoff") ?? "";
    const call = ada.client.social.connect.mutate({ provider: "pine", handoff, codeVerifier });
    expect(await reasonFor(call)).toBe("TOKEN_INVALID");
    expect(await ada.client.social.accounts.query()).toEqual([]);
  });

  test("OAU-23: never moves an identity from its account, and says no more than that it is taken", async () => {
    const [ada, mallory] = [await signedIn(), await signedIn()];
    const person = newPerson();
    await connect(ada.client, person);
    const { authorizationUrl } = await start(mallory.client);
    expect((await mallory.comeBack(pine.signIn(authorizationUrl, person))).search).toBe("?error=IDENTITY_TAKEN");
    const cookie = [...mallory.browser.jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await app.post("social.connect", await proofOf(person), { cookie, origin: publicUrl });
    const text = await response.text();
    expect(text).toContain("IDENTITY_TAKEN");
    for (const detail of [ada.user.email, ada.user.username, person.email, person.sub])
      expect(text).not.toContain(detail);
    expect(await ada.client.social.accounts.query()).toHaveLength(1);
    expect(await mallory.client.social.accounts.query()).toEqual([]);
  });
});

describe("an account whose address is not proved", () => {
  test("OAU-24: gets no further way in, so that its owner finds none when they prove the address", async () => {
    const ada = { email: `ada${++people}@example.com`, password: "correct horse" };
    const mallory = visitorOf(app);
    await mallory.client.registration.register.mutate(ada);
    expect(await reasonFor(connect(mallory.client))).toBe("EMAIL_NOT_VERIFIED");
    expect(await reasonFor(start(mallory.client))).toBe("EMAIL_NOT_VERIFIED");
    await app.visitor().registration.verifyEmail.mutate({ token: await app.tokenFromMail(ada.email) });
    await connect(mallory.client);
  });
});
