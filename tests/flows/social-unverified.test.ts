import { openIdConnect } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { peopleOf } from "../support/provider-people.js";
import { reasonFor } from "../support/reason.js";
import { visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let app: TestApp;
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  app = await createTestApp(config());
  pine.setClock(() => app.keywright.deps.now());
});
afterAll(async () => {
  await app.close();
  await pine.close();
});

const config = (more: TestConfig = {}): TestConfig => ({
  providers: [openIdConnect({ id: "pine", name: "Pine", ...pine.options })],
  registration: { verification: "mandatory" },
  ...more,
});

const { proofOf } = peopleOf(() => pine);
let people = 0;
const newPerson = () => {
  const sub = `unproved${++people}`;
  return { sub, email: `${sub}@example.com`, email_verified: false };
};

/** Each token is good once, so each has a nonce of its own. */

/** Signs in with an ID token; what comes of it. */
async function signIn(person: Claims, instance = app) {
  const { client } = visitorOf(instance);
  const call = client.social.login.mutate(await proofOf(person));
  const answer = await call.catch((error: unknown) => ({ status: reasonOf(error) ?? "no reason" }));
  return { client, answer };
}

const statusOf = async (person: Claims, instance = app) => (await signIn(person, instance)).answer.status;
const verify = (token: string) => app.visitor().registration.verifyEmail.mutate({ token });

describe("where addresses must be verified first, somebody whose provider does not vouch for theirs", () => {
  test("S14: gets a verification mail, and is let in when its link was followed", async () => {
    const ada = newPerson();
    expect(await statusOf(ada)).toBe("verification_sent");
    expect(await subjectsTo(app, ada.email)).toEqual([expect.stringMatching(/address/i)]);
    await verify(await mailedToken(app, ada.email, "/verify-email"));
    const { client, answer } = await signIn(ada);
    expect(answer).toMatchObject({ status: "signed_in", created: false });
    expect(await client.user.me.query()).toMatchObject({ email: ada.email, emailVerified: true, hasPassword: false });
  });

  test("S14: hears the same and costs the same whether or not the address has an account", async () => {
    for (const name of [undefined, "grace", "not allowed!"]) {
      const known = await app.addUser();
      const one = newPerson();
      const costs = [];
      for (const email of [known.email, one.email, known.email, one.email]) {
        // Whether a username is free may show.
        const suggestion = name === "grace" ? `grace${people}` : name;
        const person = { ...newPerson(), email, preferred_username: suggestion };
        const proof = await proofOf(person);
        const { client } = visitorOf(app);
        costs.push(await app.costOf(() => client.social.login.mutate(proof)));
      }
      for (const cost of costs) expect(cost).toEqual(costs[0]);
      expect(costs[0]).toMatchObject({ hashes: 0, verifies: 0 });
      expect(await subjectsTo(app, known.email)).toContainEqual(expect.stringMatching(/already/i));
    }
  });

  test("S14: cannot tell by trying again, with the same address or another, whether one has an account", async () => {
    const taken = await app.addUser();
    const free = newPerson();
    const histories = [];
    for (const first of [taken.email, free.email]) {
      const mallory = newPerson();
      const costs = [];
      for (const email of [first, first, mallory.email, first]) {
        const proof = await proofOf({ ...mallory, email });
        const { client } = visitorOf(app);
        const login = () => client.social.login.mutate(proof);
        let answer: unknown;
        const { statements } = await app.costOf(async () => {
          answer = await login();
        });
        costs.push({ answer, count: statements.length });
      }
      histories.push(costs);
    }
    expect(histories[0]).toEqual(histories[1]);
    expect(histories[0]?.map(({ answer }) => answer)).toEqual(Array(4).fill({ status: "verification_sent" }));
  });

  test("S14: gets another mail by trying again", async () => {
    const ada = newPerson();
    await signIn(ada);
    await mailedToken(app, ada.email, "/verify-email");
    await signIn(ada);
    const subjects = await subjectsTo(app, ada.email);
    expect(subjects).toHaveLength(2);
    expect(subjects[1]).toBe(subjects[0]);
    await verify(await mailedToken(app, ada.email, "/verify-email"));
    expect(await statusOf(ada)).toBe("signed_in");
  });

  test("S14: can correct a mistyped address, whose link opens nothing then", async () => {
    const ada = newPerson();
    const typo = `typo.${ada.email}`;
    await signIn({ ...ada, email: typo });
    const wrong = await mailedToken(app, typo, "/verify-email");
    await signIn(ada);
    expect(await reasonFor(verify(wrong))).toBe("TOKEN_INVALID");
    await verify(await mailedToken(app, ada.email, "/verify-email"));
    const { client } = await signIn(ada);
    expect((await client.user.me.query()).email).toBe(ada.email);
    expect(await app.sql(`select id from keywright.users where email = '${typo}'`)).toEqual([]);
  });

  test("S14: is let in at once when the provider comes to vouch for the address", async () => {
    const ada = newPerson();
    for (const later of [ada.email, `other.${ada.email}`]) {
      await signIn(ada);
      const { client, answer } = await signIn({ ...ada, sub: `${ada.sub}${later}`, email: later });
      expect(answer.status).toBe("verification_sent");
      expect(await client.auth.session.query()).toBeNull();
    }
    const { client } = await signIn({ ...ada, email_verified: true });
    expect(await client.user.me.query()).toMatchObject({ email: ada.email, emailVerified: true });
  });

  test("S14: keeps an account that was used before verification was asked for", async () => {
    const lax = await createTestApp(config({ registration: { verification: "optional" } }), app.database);
    const ada = newPerson();
    const { client } = await signIn(ada, lax);
    const { id } = await client.user.me.query();
    expect(await statusOf(ada)).toBe("EMAIL_NOT_VERIFIED");
    expect(await statusOf({ ...ada, email: `other.${ada.email}` })).toBe("EMAIL_NOT_VERIFIED");
    expect((await client.user.me.query()).id).toBe(id);
    await lax.close();
  });

  test("S14: causes no more mail to an address than anybody else", async () => {
    const strict = await createTestApp(config({ limits: { mailsPerAddressPerHour: 2 } }), app.database);
    const { email } = newPerson();
    const statuses = [];
    for (let round = 0; round < 4; round++) statuses.push(await statusOf({ ...newPerson(), email }, strict));
    expect(statuses).toEqual(["verification_sent", "verification_sent", "RATE_LIMITED", "RATE_LIMITED"]);
    await strict.close();
  });
});

describe("an account with an identity", () => {
  test("S14: is never removed as unverified, and one that registered without is", async () => {
    const strict = await createTestApp(
      config({ registration: { verification: "optional", unverifiedDays: 7 } }),
      app.database,
    );
    const ada = newPerson();
    expect((await signIn(ada, strict)).answer.status).toBe("signed_in");
    const { email } = newPerson();
    await strict.visitor().registration.register.mutate({ email, password: "correct horse" });
    strict.travel(8 * 86_400_000);
    pine.setClock(() => strict.keywright.deps.now());
    expect((await strict.keywright.cleanUp()).users).toBeGreaterThanOrEqual(1);
    expect(await strict.sql(`select id from keywright.users where email = '${email}'`)).toEqual([]);
    expect((await signIn(ada, strict)).answer).toMatchObject({ status: "signed_in", created: false });
    pine.setClock(() => app.keywright.deps.now());
    await strict.close();
  });
});
