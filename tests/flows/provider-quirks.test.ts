import { randomUUID } from "node:crypto";
import { facebook, type Provider } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import type { FakePerson, FakeProvider, Proofs } from "../support/fake-providers/fake-provider.js";
import { fakeFacebook } from "../support/fake-providers/oauth2-fakes.js";
import {
  consumers,
  directory,
  fakeApple,
  fakeGoogle,
  fakeLinkedIn,
  fakeMicrosoft,
  fakeSlack,
} from "../support/fake-providers/oidc-fakes.js";
import { deliver, signedInAt, signInAtFake } from "../support/fake-providers/sign-in.js";
import { callbackOf, visitorOf } from "../support/social.js";

const elsewhere = "99999999-2222-3333-4444-555555555555";

const starters = {
  apple: () => fakeApple(),
  facebook: () => fakeFacebook(),
  google: () => fakeGoogle({ clientIds: ["another-app"] }),
  linkedin: () => fakeLinkedIn(),
  slack: () => fakeSlack(),
  microsoft: () => fakeMicrosoft(),
  "ms-consumer-key": () => fakeMicrosoft({ id: "ms-consumer-key" }, consumers),
  "ms-listed": () => fakeMicrosoft({ id: "ms-listed", tenants: [directory] }),
  "ms-directory": () => fakeMicrosoft({ id: "ms-directory", tenant: directory }),
  "ms-organizations": () => fakeMicrosoft({ id: "ms-organizations", tenant: "organizations" }),
  "ms-consumers": () => fakeMicrosoft({ id: "ms-consumers", tenant: "consumers" }),
} satisfies Record<string, () => Promise<FakeProvider>>;

type Id = keyof typeof starters;

const fakes = new Map<string, FakeProvider>();
let app: TestApp;

beforeAll(async () => {
  for (const [id, start] of Object.entries(starters)) fakes.set(id, await start());
  const providers: Provider[] = [...fakes.values()].map(({ provider }) => provider);
  app = await createTestApp({ providers: [...providers, otherFacebook(fake("facebook").origin)] });
});
afterAll(async () => {
  await app.close();
  for (const one of fakes.values()) await one.close();
});

/** Another app of the same owner. */
function otherFacebook(origin: string): Provider {
  const client = { id: "facebook-games", clientId: "another-app", clientSecret: "another secret" };
  return facebook({ ...client, baseUrl: origin, apiUrl: origin, keysUrl: `${origin}/keys` });
}

function fake(id: Id): FakeProvider {
  const found = fakes.get(id);
  if (!found) throw new Error(`There is no fake ${id}.`);
  return found;
}

/** Somebody at a provider, under whose name they sign in. */
function add(id: Id, details: Partial<FakePerson> = {}): { name: string; email: string } {
  const name = randomUUID();
  const email = `${name}@acme.test`;
  const ada = { id: "1001", firstName: "Ada", lastName: "Lovelace", username: "ada", email, isVerified: true };
  fake(id).people.set(name, { ...ada, ...details });
  return { name, email };
}

/** The account that a redirect leads to, or why it is refused. */
async function outcomeAt(id: Id, name: string): Promise<string | null> {
  const { client, place } = await signedInAt(app, id, name);
  return place.searchParams.get("error") ?? (await client.user.me.query()).id;
}

/** The same with a token. */
async function outcomeWith(provider: string, proof: Proofs[keyof Proofs]): Promise<string | null> {
  const login = app.visitor({ transport: "bearer" }).social.login.mutate({ provider, ...proof });
  return await login.then((answer) => (answer.status === "signed_in" ? answer.user.id : answer.status), reasonOf);
}

describe("Apple", () => {
  test.each([
    ["no JSON", "Ada Lovelace"],
    ["a name that is no text", '{"name":{"firstName":["Ada"],"lastName":7}}'],
    ["somebody else's identity", '{"sub":"2002","email":"eve@evil.test","name":{"firstName":"","lastName":""}}'],
    ["a name as long as a book", JSON.stringify({ name: { firstName: "A".repeat(5_000), lastName: "" } })],
  ])("OAU-40: I sign in as myself whatever is posted beside the code: %s", async (what, user) => {
    const { name, email } = add("apple", { id: what });
    const { client, browser } = visitorOf(app);
    const { authorizationUrl } = await client.social.start.mutate({ provider: "apple" });
    const delivery = await signInAtFake(authorizationUrl, name);
    delivery.form?.set("user", user);
    await deliver(browser, delivery);
    const me = await client.user.me.query();
    expect(me).toMatchObject({ email, emailVerified: true, firstName: "", lastName: "" });
    expect(await outcomeAt("apple", name)).toBe(me.id);
  });

  test("OAU-40: the flow's cookie comes with Apple's form, and with no other provider's answer", async () => {
    const cookieAt = async (provider: string) => {
      return (await app.post("social.start", { provider })).headers.getSetCookie().join();
    };
    expect(await cookieAt("apple")).toMatch(/SameSite=None/i);
    expect(await cookieAt("google")).toMatch(/SameSite=Lax/i);
    const byGet = new Request(`${callbackOf("apple")}?code=c&state=s`);
    const byPost = new Request(callbackOf("google"), { method: "POST", body: new URLSearchParams({ state: "s" }) });
    for (const request of [byGet, byPost]) expect((await app.keywright.oauthCallback(request)).status).toBe(405);
  });
});

describe("Facebook", () => {
  test.each([
    ["of a page", { type: "PAGE" }],
    ["that has ended", { is_valid: false }],
  ])("I am not signed in with a token %s", async (_what, claims) => {
    const { accessToken } = await fake("facebook").proofsOf(add("facebook", { claims }).name, "our app");
    expect(await outcomeWith("facebook", accessToken)).toBe("PROVIDER_TOKEN_INVALID");
  });

  test("S21: the same id at two apps is two people", async () => {
    const [one, other] = [add("facebook"), add("facebook")];
    const ours = await fake("facebook").proofsOf(one.name, "our app");
    const theirs = await fake("facebook").proofsOf(other.name, "another app");
    const ada = await outcomeWith("facebook", ours.idToken);
    expect(await outcomeAt("facebook", one.name)).toBe(ada);
    const bob = await outcomeWith("facebook-games", theirs.idToken);
    expect(bob).toMatch(/^[0-9a-f-]{36}$/);
    expect(bob).not.toBe(ada);
  });
});

describe("Microsoft", () => {
  test.each<[why: string, id: Id, tid: string]>([
    ["my directory is not in the list", "ms-listed", elsewhere],
    ["my directory is not the one", "ms-directory", elsewhere],
    ["my account is personal where only organizations are allowed", "ms-organizations", consumers],
    ["my account is not personal where it must be", "ms-consumers", directory],
  ])("I am refused if %s", async (_why, id, tid) => {
    const { idToken } = await fake(id).proofsOf(add(id, { claims: { tid } }).name, "our app");
    expect(await outcomeWith(id, idToken)).toBe("PROVIDER_TOKEN_INVALID");
  });

  test.each<[who: string, id: Id, tid: string]>([
    ["the listed directory", "ms-listed", directory],
    ["one directory", "ms-directory", directory],
    ["organizations", "ms-organizations", directory],
    ["personal accounts", "ms-consumers", consumers],
  ])("I am signed in if %s may sign in and I am one of those", async (_who, id, tid) => {
    expect(await outcomeAt(id, add(id, { claims: { tid } }).name)).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("I am not signed in to my directory with a key for personal accounts", async () => {
    const id = "ms-consumer-key";
    expect(await outcomeAt(id, add(id).name)).toBe("PROVIDER_REFUSED");
    expect(await outcomeAt(id, add(id, { claims: { tid: consumers } }).name)).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("OAU-17: the same object id in another directory is somebody else", async () => {
    const ada = await outcomeAt("microsoft", add("microsoft").name);
    const eve = await outcomeAt("microsoft", add("microsoft", { claims: { tid: elsewhere } }).name);
    expect(eve).not.toBe(ada);
    expect(await outcomeAt("microsoft", add("microsoft", { claims: { sub: "another" } }).name)).toBe(ada);
  });

  test.each([
    ["no `xms_edov`", { xms_edov: undefined }, false],
    ["`email_verified` instead", { xms_edov: undefined, email_verified: true }, false],
    ["`xms_edov` as text", { xms_edov: "1" }, true],
  ])("OAU-18: my address is verified only by `xms_edov`: %s", async (what, claims, isVerified) => {
    const { client } = await signedInAt(app, "microsoft", add("microsoft", { id: what, claims }).name);
    expect((await client.user.me.query()).emailVerified).toBe(isVerified);
  });
});

test("the same id in two workspaces of Slack is two people", async () => {
  const ada = await outcomeAt("slack", add("slack").name);
  const bob = await outcomeAt("slack", add("slack", { claims: { "https://slack.com/team_id": "T9999" } }).name);
  expect(bob).not.toBe(ada);
  expect(await outcomeAt("slack", add("slack").name)).toBe(ada);
});

test("LinkedIn is not asked for what it would not return, or would refuse", async () => {
  const { authorizationUrl } = await visitorOf(app).client.social.start.mutate({ provider: "linkedin" });
  const asked = [...new URL(authorizationUrl).searchParams.keys()];
  expect(asked.toSorted()).toEqual(["client_id", "redirect_uri", "response_type", "scope", "state"]);
});

test("S21: I am signed in with tokens for the phone app of the same owner", async () => {
  const { name } = add("google");
  const { idToken, accessToken } = await fake("google").proofsOf(name, "another app");
  const ada = await outcomeAt("google", name);
  expect(await outcomeWith("google", idToken)).toBe(ada);
  expect(await outcomeWith("google", accessToken)).toBe(ada);
});
