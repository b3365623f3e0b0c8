import { openIdConnect } from "@keywright/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { peopleOf } from "../support/provider-people.js";
import { newVerifier, type SocialVisitor, visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let app: TestApp;
let verified: TestApp;
let linking: TestApp;
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  const providers = [openIdConnect({ id: "pine", name: "Pine", ...pine.options })];
  const social = { returnTo: ["com.example.app://auth"] };
  app = await createTestApp({ providers, social });
  verified = await createTestApp({ providers, social, registration: { verification: "mandatory" } }, app.database);
  linking = await createTestApp({ providers, social: { linkVerifiedEmails: true } }, app.database);
});
afterAll(async () => {
  await linking.close();
  await verified.close();
  await app.close();
  await pine.close();
});

const { proofOf } = peopleOf(() => pine);
let people = 0;
const newPerson = (): Claims => {
  const sub = `counted${++people}`;
  return { sub, email: `${sub}@pine.test`, email_verified: true, preferred_username: sub };
};
const count = async (instance: TestApp, work: () => Promise<unknown>) =>
  (await instance.costOf(work)).statements.length;

/** What each request of a redirect costs. */
async function redirect(instance: TestApp, person: Claims, visitor: SocialVisitor = visitorOf(instance)) {
  let url = "";
  const start = await count(instance, async () => {
    url = (await visitor.client.social.start.mutate({ provider: "pine" })).authorizationUrl;
  });
  const callback = await count(instance, () => visitor.comeBack(pine.signIn(url, person)));
  return { start, callback };
}

describe("what a sign-in with a provider costs in statements", () => {
  test("a redirect costs one to begin, and at most six for a known person or eight for a new one", async () => {
    for (const instance of [app, verified]) {
      const ada = newPerson();
      const first = await redirect(instance, ada);
      const second = await redirect(instance, ada);
      expect([first.start, second.start]).toEqual([1, 1]);
      expect(first.callback).toBeLessThanOrEqual(8);
      expect(second.callback).toBeLessThanOrEqual(6);
    }
  });

  test("a redirect that ends another session costs no more than that", async () => {
    const ada = newPerson();
    await redirect(app, ada);
    const visitor = visitorOf(app);
    await redirect(app, ada, visitor);
    expect((await redirect(app, ada, visitor)).callback).toBeLessThanOrEqual(6);
    expect((await redirect(app, newPerson(), visitor)).callback).toBeLessThanOrEqual(8);
  });

  test.each(["cookie", "bearer"] as const)("an ID token by %s costs at most six and eight", async (transport) => {
    const ada = newPerson();
    const login = async () => {
      const { client } = visitorOf(app, { transport });
      const proof = await proofOf(ada);
      return await count(app, () => client.social.login.mutate(proof));
    };
    expect(await login()).toBeLessThanOrEqual(8);
    expect(await login()).toBeLessThanOrEqual(6);
  });

  test("an app's code costs at most six and eight, each request by itself", async () => {
    const ada = newPerson();
    for (const most of [8, 6]) {
      const { client, comeBack } = visitorOf(app, { transport: "bearer" });
      const { codeVerifier, codeChallenge } = newVerifier();
      const begin = { provider: "pine", codeChallenge, returnTo: "com.example.app://auth" };
      const url = (await client.social.start.mutate(begin)).authorizationUrl;
      let place = new URL("com.example.app://auth");
      const callback = await count(app, async () => {
        place = await comeBack(pine.signIn(url, ada));
      });
      const handoff = place.searchParams.get("handoff") ?? "";
      expect(callback).toBeLessThanOrEqual(2);
      const redeem = () => client.social.login.mutate({ provider: "pine", handoff, codeVerifier });
      expect(await count(app, redeem)).toBeLessThanOrEqual(most);
    }
  });

  test("a first sign-in into an account that is there costs at most eight, linked, and twelve, taken over", async () => {
    const ada = await app.addUser();
    const linked = { ...newPerson(), email: ada.email };
    expect((await redirect(linking, linked)).callback).toBeLessThanOrEqual(8);
    const squatted = newPerson();
    await app.visitor().registration.register.mutate({ email: String(squatted.email), password: "correct horse" });
    expect((await redirect(app, squatted)).callback).toBeLessThanOrEqual(12);
  });

  test("a connection and its end cost at most seven", async () => {
    const client = await app.signedIn(await app.addUser());
    const proof = await proofOf(newPerson());
    let id = "";
    const connect = await count(app, async () => {
      id = (await client.social.connect.mutate(proof)).id;
    });
    expect(connect).toBeLessThanOrEqual(7);
    await client.social.connect.mutate(await proofOf(newPerson()));
    expect(await count(app, () => client.social.disconnect.mutate({ id }))).toBeLessThanOrEqual(7);
    expect(await count(app, () => client.social.accounts.query())).toBe(2);
    expect(await count(app, () => client.social.providers.query())).toBe(0);
  });
});
