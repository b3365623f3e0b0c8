import { openIdConnect } from "@keywright/api";
import { type KeywrightClient, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { peopleOf } from "../support/provider-people.js";
import { visitorOf } from "../support/social.js";

// Two providers, and two instances on one PostgreSQL.
let pine: MisbehavingProvider;
let quince: MisbehavingProvider;
let one: TestApp;
let two: TestApp;
beforeAll(async () => {
  [pine, quince] = [await startMisbehavingProvider(), await startMisbehavingProvider()];
  const config = () => ({
    providers: [
      openIdConnect({ id: "pine", name: "Pine", ...pine.options }),
      openIdConnect({ id: "quince", name: "Quince", ...quince.options }),
    ],
    social: { linkVerifiedEmails: true },
  });
  one = await createTestApp(config());
  two = await createTestApp(config(), one.database);
});
afterAll(async () => {
  await two.close();
  await one.close();
  await Promise.all([pine.close(), quince.close()]);
});

const rounds = 20;
const { proofOf } = peopleOf(() => pine);
const either = (index: number) => (index % 2 === 0 ? one : two);
const personOf = (name: string) => ({ sub: name, email: `${name}@pine.test`, email_verified: true });
const login = async (app: TestApp, person: Claims) =>
  await visitorOf(app).client.social.login.mutate(await proofOf(person));
const reasonsOf = (results: PromiseSettledResult<unknown>[]) =>
  results.flatMap((result) => (result.status === "rejected" ? [reasonOf(result.reason)] : []));
const rows = async (table: string, email: string) =>
  await one.sql(`select t.* from keywright.${table} t join keywright.users u
    on u.id = t.${table === "users" ? "id" : "user_id"} where u.email = '${email}'`);

describe("a hundred people at once", () => {
  test("OAU-08: each end in their own account, by two providers and on two instances", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, async (_none, index) => {
        const [provider, id] = index % 4 < 2 ? ([pine, "pine"] as const) : ([quince, "quince"] as const);
        const visitor = visitorOf(either(index));
        const { authorizationUrl } = await visitor.client.social.start.mutate({ provider: id });
        const email = `crowd${index}@${id}.test`;
        // Half of them have the same subject at the other provider.
        const url = provider.signIn(authorizationUrl, {
          sub: `s${index % 50}x${index % 2}`,
          email,
          email_verified: true,
        });
        const place = await visitor.comeBack(url);
        const me = await visitor.client.user.me.query();
        const accounts = await visitor.client.social.accounts.query();
        return { place: place.search, wanted: email, email: me.email, id: me.id, accounts, provider: id };
      }),
    );
    for (const { place, wanted, email, accounts, provider } of outcomes) {
      expect([place, email]).toEqual(["", wanted]);
      expect(accounts).toMatchObject([{ provider, email: wanted }]);
    }
    expect(new Set(outcomes.map(({ id }) => id)).size).toBe(100);
  }, 120_000);
});

describe(`in each of ${rounds} rounds on PostgreSQL`, () => {
  test("of twenty first sign-ins of one person at once all are in one account", async () => {
    for (let round = 0; round < rounds; round++) {
      const ada = { ...personOf(`first${round}`), preferred_username: `first${round}` };
      const answers = await Promise.all(Array.from({ length: 20 }, (_none, index) => login(either(index), ada)));
      const ids = answers.map((answer) => (answer.status === "signed_in" ? answer.user.id : answer.status));
      expect(new Set(ids).size).toBe(1);
      expect(answers.filter((answer) => answer.status === "signed_in" && answer.created)).toHaveLength(1);
      expect(await rows("identities", ada.email)).toHaveLength(1);
    }
  }, 300_000);

  test("of ten first sign-ins into an account that is there all get in, and it is told once", async () => {
    for (let round = 0; round < rounds; round++) {
      const ada = personOf(`there${round}`);
      const password = "correct horse";
      await one.visitor().registration.register.mutate({ email: ada.email, password });
      if (round % 2 === 0) {
        const token = await one.tokenFromMail(ada.email);
        await one.visitor().registration.verifyEmail.mutate({ token });
      }
      const results = await Promise.allSettled(Array.from({ length: 10 }, (_none, index) => login(either(index), ada)));
      expect(reasonsOf(results)).toEqual([]);
      expect(await rows("identities", ada.email)).toHaveLength(1);
      const connected = await one.sql(`select e.id from keywright.audit_events e join keywright.users u
        on u.id = e.user_id where u.email = '${ada.email}' and e.kind = 'identity.connected'`);
      expect(connected).toHaveLength(1);
    }
  }, 300_000);

  test("OAU-23: of two accounts that connect one identity at once one gets it", async () => {
    for (let round = 0; round < rounds; round++) {
      const person = personOf(`wanted${round}`);
      const clients = [await one.signedIn(await one.addUser()), await two.signedIn(await one.addUser())];
      const results = await Promise.allSettled(
        clients.map(async (client) => client.social.connect.mutate(await proofOf(person))),
      );
      expect(reasonsOf(results)).toEqual(["IDENTITY_TAKEN"]);
      const owned = await Promise.all(clients.map((client) => client.social.accounts.query()));
      expect(owned.flat()).toHaveLength(1);
    }
  }, 300_000);

  test("OAU-26: of two disconnections of the last two ways in one is refused", async () => {
    for (let round = 0; round < rounds; round++) {
      const client = await newcomer(`last${round}`);
      const accounts = await client.social.accounts.query();
      const results = await Promise.allSettled(accounts.map(({ id }) => client.social.disconnect.mutate({ id })));
      expect(reasonsOf(results)).toEqual(["LAST_SIGN_IN_METHOD"]);
      expect(await client.social.accounts.query()).toHaveLength(1);
    }
  }, 300_000);

  test("OAU-26: of a disconnection and sign-ins by the same identity none gets in the other's way", async () => {
    for (let round = 0; round < rounds; round++) {
      const name = `both${round}`;
      const client = await newcomer(name);
      const [first] = await client.social.accounts.query();
      const results = await Promise.allSettled([
        ...Array.from({ length: 4 }, (_none, index) => login(either(index), personOf(name))),
        client.social.disconnect.mutate({ id: first?.id ?? "" }),
      ]);
      const others = reasonsOf(results).filter((reason) => reason !== "EMAIL_CONFLICT");
      expect(others).toEqual([]);
    }
  }, 300_000);

  test("OAU-09: of twenty callbacks of one round trip on two instances the provider is asked by one", async () => {
    for (let round = 0; round < rounds; round++) {
      const visitor = visitorOf(one);
      const { authorizationUrl } = await visitor.client.social.start.mutate({ provider: "pine", returnTo: "/in" });
      const url = pine.signIn(authorizationUrl, personOf(`callback${round}`));
      pine.requests.splice(0);
      const places = await Promise.all(
        Array.from({ length: 20 }, async (_none, index) => {
          const other = visitorOf(either(index));
          for (const [key, value] of visitor.browser.jar) other.browser.jar.set(key, value);
          const place = await other.comeBack(url);
          return { path: place.pathname + place.search, isIn: other.browser.jar.has("__Host-keywright-session") };
        }),
      );
      expect(pine.countOf("token")).toBe(1);
      expect(new Set(places.map(({ path }) => path))).toEqual(new Set(["/in"]));
      expect(places.filter(({ isIn }) => isIn)).toHaveLength(1);
    }
  }, 300_000);

  /** Without a password, and with two identities. */
  async function newcomer(name: string): Promise<KeywrightClient> {
    const { client } = visitorOf(one);
    await client.social.login.mutate(await proofOf(personOf(name)));
    await client.social.connect.mutate(await proofOf({ sub: `second of ${name}` }));
    return client;
  }
});
