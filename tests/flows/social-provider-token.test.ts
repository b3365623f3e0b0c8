import { type Provider, type ProviderTokens, providerRefused, providerUnavailable } from "@keywright/api";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestConfig, testSecret } from "../support/app.js";
import { ownProvider } from "../support/own-provider.js";

const hourMs = 3_600_000;
const refreshes = { count: 0, answer: (token: string): ProviderTokens => tokensOf(`next of ${token}`) };

function tokensOf(accessToken: string, refreshToken: string | null = null): ProviderTokens {
  return { accessToken, refreshToken, expiresAt: new Date(Date.now() + app.offsetMs() + hourMs) };
}

/** Whose tokens are named like them. */
function provider(): Provider {
  const own = ownProvider({});
  return {
    ...own,
    identifyByAccessToken: async (_call, name) => ({
      issuer: "https://own.test",
      subject: name,
      email: `${name}@own.test`,
      isEmailVouched: true,
      username: null,
      firstName: "",
      lastName: "",
      authenticatedAt: null,
      tokens: tokensOf(`access of ${name}`, name === "short" ? null : `refresh of ${name}`),
    }),
    async refreshTokens(_call, refreshToken) {
      refreshes.count++;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return refreshes.answer(refreshToken);
    },
  };
}

let app: TestApp;
const others: TestApp[] = [];
beforeAll(async () => {
  app = await createTestApp({ providers: [provider()], social: { keepTokens: true } });
});
beforeEach(() => {
  refreshes.count = 0;
  refreshes.answer = (token) => tokensOf(`next of ${token}`);
});
afterAll(async () => {
  for (const other of others) await other.close();
  await app.close();
});

async function otherApp(config: TestConfig): Promise<TestApp> {
  const other = await createTestApp({ providers: [provider()], social: { keepTokens: true }, ...config }, app.database);
  others.push(other);
  return other;
}

async function signedIn(name: string, at = app): Promise<string> {
  const answer = await at.visitor().social.login.mutate({ provider: "own", accessToken: name });
  if (answer.status !== "signed_in") throw new Error(answer.status);
  return answer.user.id;
}

const storedFor = async (id: string) => {
  return String(
    (await app.sql(`select sealed_tokens from keywright.identities where user_id = '${id}'`))[0]?.sealed_tokens,
  );
};

test("S19: my app can call the provider for its users, and of ten calls at once one refreshes the token", async () => {
  const id = await signedIn("ada");
  expect(await app.keywright.providerToken(id, "own")).toBe("access of ada");
  const second = await otherApp({});
  for (const one of [app, second]) one.travel(hourMs);
  const instances = [app, second, app, second, app, second, app, second, app, second];
  const tokens = await Promise.all(instances.map((one) => one.keywright.providerToken(id, "own")));
  expect(new Set(tokens)).toEqual(new Set(["next of refresh of ada"]));
  expect(refreshes.count).toBe(1);
  for (const one of [app, second]) one.travel(hourMs);
  expect(await app.keywright.providerToken(id, "own")).toBe("next of refresh of ada");
  expect(refreshes.count).toBe(2);
});

test("S19: there is none for somebody else, another provider, or an account that is not connected", async () => {
  const ada = await app.addUser();
  const { id } = await (await app.signedIn(ada)).user.me.query();
  expect(await app.keywright.providerToken(id, "own")).toBeNull();
  expect(await app.keywright.providerToken(await signedIn("eve"), "other")).toBeNull();
});

test("S19: a provider that is away is asked again later, and one that says no is not asked again", async () => {
  const id = await signedIn("bob");
  app.travel(hourMs);
  refreshes.answer = () => {
    throw providerUnavailable("it is away");
  };
  await expect(app.keywright.providerToken(id, "own")).rejects.toMatchObject({ reason: "PROVIDER_UNAVAILABLE" });
  refreshes.answer = (token) => tokensOf(`late ${token}`);
  expect(await app.keywright.providerToken(id, "own")).toBe("late refresh of bob");
  app.travel(hourMs);
  refreshes.answer = () => {
    throw providerRefused("it was withdrawn");
  };
  expect(await app.keywright.providerToken(id, "own")).toBeNull();
  expect(await app.keywright.providerToken(id, "own")).toBeNull();
  expect(refreshes.count).toBe(3);
  const short = await signedIn("short");
  app.travel(hourMs);
  expect(await app.keywright.providerToken(short, "own")).toBeNull();
});

test("S19: what is stored is encrypted for its row, and anew after a change of the secret", async () => {
  const [ada, eve] = [await signedIn("carol"), await signedIn("mallory")];
  const stored = await storedFor(ada);
  expect(stored).not.toContain("access");
  const changed = await otherApp({ secret: `${testSecret}, and another`, previousSecret: testSecret });
  changed.travel(app.offsetMs());
  expect(await changed.keywright.providerToken(ada, "own")).toBe("access of carol");
  expect(await storedFor(ada)).not.toBe(stored);
  const without = await otherApp({ secret: `${testSecret}, and another` });
  without.travel(app.offsetMs());
  expect(await without.keywright.providerToken(ada, "own")).toBe("access of carol");
  // Moved to another person's row, it opens for nobody.
  await app.sql(
    `update keywright.identities set sealed_tokens = (select sealed_tokens from keywright.identities where user_id = '${ada}') where user_id = '${eve}'`,
  );
  expect(await without.keywright.providerToken(eve, "own")).toBeNull();
});

test("S19: without the setting, nothing of it is stored", async () => {
  const plain = await otherApp({ social: { keepTokens: false } });
  const id = await signedIn("plain", plain);
  expect(await storedFor(id)).toBe("null");
  expect(await app.keywright.providerToken(id, "own")).toBeNull();
});
