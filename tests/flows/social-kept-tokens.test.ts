import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, type TestApp } from "../support/app.js";
import type { FakeProvider } from "../support/fake-providers/fake-provider.js";
import { fakeApple, fakeGoogle } from "../support/fake-providers/oidc-fakes.js";
import { signedInAt } from "../support/fake-providers/sign-in.js";

let apple: FakeProvider;
let google: FakeProvider;
let app: TestApp;
let keeping: TestApp;
beforeAll(async () => {
  [apple, google] = [await fakeApple(), await fakeGoogle({ parameters: { access_type: "offline", state: "mine" } })];
  for (const [index, name] of ["ada", "bob"].entries()) {
    const person = { id: String(index + 1), firstName: name, lastName: "", username: name, isVerified: true };
    apple.people.set(name, { ...person, email: `${name}@apple.test` });
    google.people.set(name, { ...person, email: `${name}@google.test` });
  }
  const providers = [apple.provider, google.provider];
  app = await createTestApp({ providers });
  keeping = await createTestApp({ providers, social: { keepTokens: true } }, app.database);
});
afterAll(async () => {
  await keeping.close();
  await app.close();
  await Promise.all([apple.close(), google.close()]);
});

test("S19: Apple's token is revoked there when I delete my account, and when I disconnect, and is used for nothing else", async () => {
  const ada = await signedInAt(app, "apple", "ada");
  const bob = await signedInAt(app, "apple", "bob");
  const { id } = await ada.client.user.me.query();
  expect(await app.keywright.providerToken(id, "apple")).toBeNull();
  expect(apple.refreshable?.()).toEqual(["1", "2"]);
  await ada.client.user.delete.mutate({});
  await app.deliverMail();
  expect(apple.refreshable?.()).toEqual(["2"]);
  await bob.client.password.change.mutate({ newPassword: "a horse of my own" });
  const [account] = await bob.client.social.accounts.query();
  await bob.client.social.disconnect.mutate({ id: account?.id ?? "" });
  await app.deliverMail();
  expect(apple.refreshable?.()).toEqual([]);
});

test("S19: my app gets a token that Google takes, and a new one an hour later", async () => {
  const { client } = await signedInAt(keeping, "google", "ada");
  const { id } = await client.user.me.query();
  const first = await keeping.keywright.providerToken(id, "google");
  const emailWith = async (token: string | null) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer: unknown = await (await fetch(`${google.origin}/userinfo`, { headers })).json();
    return z.object({ email: z.string().optional() }).parse(answer).email;
  };
  expect(await emailWith(first)).toBe("ada@google.test");
  keeping.travel(3_600_000);
  const second = await keeping.keywright.providerToken(id, "google");
  expect(second).not.toBe(first);
  expect(await emailWith(second)).toBe("ada@google.test");
});

test("an app asks Google for more by parameters of its own, but cannot replace ours", async () => {
  const { authorizationUrl } = await app.visitor().social.start.mutate({ provider: "google" });
  const { searchParams } = new URL(authorizationUrl);
  expect(searchParams.get("access_type")).toBe("offline");
  expect(searchParams.getAll("state")).not.toContain("mine");
});
