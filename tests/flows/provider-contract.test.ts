import type { SocialWay } from "@keywright/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtInKinds } from "../../packages/api/src/providers/providers.js";
import { createTestApp, type TestApp } from "../support/app.js";
import type { FakePerson, FakeProvider, Proofs } from "../support/fake-providers/fake-provider.js";
import { fakeTwitter } from "../support/fake-providers/fake-twitter.js";
import { fakeDiscord, fakeFacebook, fakeGitHub, fakeSpotify } from "../support/fake-providers/oauth2-fakes.js";
import {
  fakeApple,
  fakeGitLab,
  fakeGoogle,
  fakeLinkedIn,
  fakeMicrosoft,
  fakeOpenIdConnect,
  fakeSlack,
  fakeTwitch,
} from "../support/fake-providers/oidc-fakes.js";
import { signedInAt } from "../support/fake-providers/sign-in.js";
import { reasonFor } from "../support/reason.js";

interface Expected {
  start(): Promise<FakeProvider>;
  /** For buttons. */
  name: string;
  accepts: SocialWay[];
  /** What becomes of an address that the provider has verified, and of one that it has not. */
  verified: "vouched for" | "not vouched for";
  unverified: "not vouched for" | "not given";
  /** What it knows besides; default both. */
  knows?: ("name" | "username")[];
}

const believed = { verified: "vouched for", unverified: "not vouched for" } as const;
const notBelieved = { verified: "not vouched for", unverified: "not vouched for" } as const;

const contract: Record<string, Expected> = {
  apple: { start: fakeApple, name: "Apple", accepts: ["code", "idToken"], ...believed, knows: ["name"] },
  discord: { start: fakeDiscord, name: "Discord", accepts: ["code", "accessToken"], ...believed },
  facebook: {
    start: fakeFacebook,
    name: "Facebook",
    accepts: ["code", "accessToken", "idToken"],
    ...notBelieved,
    knows: ["name"],
  },
  github: { start: fakeGitHub, name: "GitHub", accepts: ["code", "accessToken"], ...believed },
  gitlab: { start: fakeGitLab, name: "GitLab", accepts: ["code", "accessToken", "idToken"], ...believed },
  google: { start: fakeGoogle, name: "Google", accepts: ["code", "accessToken", "idToken"], ...believed },
  linkedin: { start: fakeLinkedIn, name: "LinkedIn", accepts: ["code", "accessToken"], ...believed },
  microsoft: { start: fakeMicrosoft, name: "Microsoft", accepts: ["code", "idToken"], ...believed, knows: ["name"] },
  acme: { start: fakeOpenIdConnect, name: "Acme", accepts: ["code", "idToken"], ...believed },
  slack: { start: fakeSlack, name: "Slack", accepts: ["code", "idToken"], ...believed },
  spotify: { start: fakeSpotify, name: "Spotify", accepts: ["code"], ...notBelieved, knows: ["name"] },
  twitch: {
    start: fakeTwitch,
    name: "Twitch",
    accepts: ["code", "accessToken", "idToken"],
    ...believed,
    knows: ["username"],
  },
  twitter: {
    start: fakeTwitter,
    name: "X",
    accepts: ["code", "oauth1"],
    verified: "vouched for",
    unverified: "not given",
  },
};

const tokenWays = ["accessToken", "idToken", "oauth1"] as const;

const anything: Required<Proofs> = {
  accessToken: { accessToken: "anything" },
  idToken: { idToken: "anything", nonce: "anything" },
  oauth1: { accessToken: "anything", tokenSecret: "anything" },
};

const fakes = new Map<string, FakeProvider>();
let app: TestApp;

beforeAll(async () => {
  for (const [id, { start }] of Object.entries(contract)) fakes.set(id, await start());
  app = await createTestApp({ providers: [...fakes.values()].map(({ provider }) => provider) });
});
afterAll(async () => {
  await app.close();
  await Promise.all([...fakes.values()].map((fake) => fake.close()));
});

test("every built-in provider is held to the contract", () => {
  const kinds = [...fakes.values()].map(({ provider }) => provider.kind);
  expect(kinds.toSorted()).toEqual([...builtInKinds].toSorted());
});

describe.each(Object.entries(contract))("the provider %s", (id, expected) => {
  const people = { count: 0 };

  /** Somebody new there. */
  function add(name: string, details: Partial<FakePerson> = {}): FakePerson {
    const number = ++people.count;
    const person = {
      id: String(4_000 + number),
      firstName: "Ada",
      lastName: "Lovelace",
      username: `${name}-at-${id}`,
      email: `${name}@${id}.test`,
      isVerified: true,
      ...details,
    };
    fake().people.set(name, person);
    return person;
  }

  function fake(): FakeProvider {
    const found = fakes.get(id);
    if (!found) throw new Error(`There is no fake of ${id}.`);
    return found;
  }

  test("offers me the ways that it can vouch for", async () => {
    const offered = await app.visitor().social.providers.query();
    expect(offered.find((provider) => provider.id === id)).toEqual({
      id,
      name: expected.name,
      accepts: expected.accepts,
    });
  });

  test("leads me to a new account the first time, and to the same one after that", async () => {
    const ada = add("ada");
    const { client, place } = await signedInAt(app, id, "ada");
    expect(place.href).toBe("https://localhost:3000/");
    const user = await client.user.me.query();
    const knows = expected.knows ?? ["name", "username"];
    expect(user).toMatchObject({
      email: ada.email,
      emailVerified: expected.verified === "vouched for",
      firstName: knows.includes("name") ? "Ada" : "",
      lastName: knows.includes("name") ? "Lovelace" : "",
      username: knows.includes("username") ? ada.username : null,
      hasPassword: false,
    });
    fake().people.set("ada", { ...ada, email: `new-ada@${id}.test`, username: "another-name" });
    const again = await signedInAt(app, id, "ada");
    expect(await again.client.user.me.query()).toMatchObject({ id: user.id, email: ada.email });
  });

  test("leaves my address unverified if it has not verified it", async () => {
    const { email } = add("bob", { isVerified: false });
    const { client, place } = await signedInAt(app, id, "bob");
    if (expected.unverified === "not given") {
      expect(place.searchParams.get("missing")).toBe("email");
      return;
    }
    expect(await client.user.me.query()).toMatchObject({ email, emailVerified: false });
  });

  test("has me complete my sign-up if it gives no address", async () => {
    add("carol", { email: null });
    const { place } = await signedInAt(app, id, "carol");
    const { status, missing } = Object.fromEntries(place.searchParams);
    expect({ status, missing }).toEqual({ status: "registration_incomplete", missing: "email" });
  });

  test("signs me in with what its SDK gave me, and nobody with what it gave another app", async () => {
    add("dave");
    const [ours, others] = [await fake().proofsOf("dave", "our app"), await fake().proofsOf("dave", "another app")];
    const known: unknown[] = [];
    for (const way of tokenWays) {
      expect(ours[way] !== undefined).toBe(expected.accepts.includes(way));
      if (!ours[way] || !others[way]) continue;
      expect(await reasonFor(login(others[way]))).toBe("PROVIDER_TOKEN_INVALID");
      const answer = await login(ours[way]);
      known.push(answer.status === "signed_in" ? answer.user.id : answer.status);
    }
    const { client } = await signedInAt(app, id, "dave");
    const { id: userId } = await client.user.me.query();
    expect(known).toEqual(expected.accepts.slice(1).map(() => userId));
  });

  test("refuses what it cannot vouch for", async () => {
    for (const way of tokenWays.filter((way) => !expected.accepts.includes(way))) {
      expect(await reasonFor(login(anything[way]))).toBe("SOCIAL_NOT_CONFIGURED");
    }
    for (const way of tokenWays.filter((way) => expected.accepts.includes(way))) {
      expect(await reasonFor(login(anything[way]))).toBe("PROVIDER_TOKEN_INVALID");
    }
  });

  async function login(proof: Required<Proofs>[keyof Proofs]) {
    return await app.visitor({ transport: "bearer" }).social.login.mutate({ provider: id, ...proof });
  }
});
