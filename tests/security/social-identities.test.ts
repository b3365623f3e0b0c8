import { createHash } from "node:crypto";
import { openIdConnect } from "@keywright/api";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { refusalIn } from "../support/answers.js";
import { createTestApp, type TestApp } from "../support/app.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { peopleOf } from "../support/provider-people.js";
import { reasonFor } from "../support/reason.js";
import { visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let foreign: MisbehavingProvider;
let app: TestApp;
beforeAll(async () => {
  [pine, foreign] = [await startMisbehavingProvider(), await startMisbehavingProvider()];
  app = await createTestApp({
    providers: [
      openIdConnect({ id: "pine", name: "Pine", ...pine.options }),
      openIdConnect({ id: "pine-ii", name: "Pine again", ...pine.options }),
      openIdConnect({ id: "needle", name: "No nonce", ...foreign.options, allowsNoNonce: true }),
    ],
  });
});
beforeEach(() => {
  pine.misbehave();
  foreign.requests.splice(0);
});
afterAll(async () => {
  await app.close();
  await Promise.all([pine.close(), foreign.close()]);
});

const { newPerson } = peopleOf(() => pine);

/** Signs in by the redirect; who that is here. */
async function signInAs(person: Claims, provider = "pine") {
  const { client, comeBack } = visitorOf(app);
  const { authorizationUrl } = await client.social.start.mutate({ provider });
  const place = await comeBack(pine.signIn(authorizationUrl, person));
  expect(place.search).toBe("");
  return await client.user.me.query();
}

const login = (input: { provider?: string; idToken: string; nonce?: string }) =>
  visitorOf(app).client.social.login.mutate({ provider: "pine", ...input });

describe("a token that was made for somebody else or used before", () => {
  test("OAU-13: is refused the second time, by whatever instance, also with its nonce as a hash", async () => {
    const other = await createTestApp(
      { providers: [openIdConnect({ id: "pine", name: "Pine", ...pine.options })] },
      app.database,
    );
    try {
      for (const hash of [
        (nonce: string) => nonce,
        (nonce: string) => createHash("sha256").update(nonce).digest("hex"),
      ]) {
        const idToken = await pine.makeIdToken({ ...newPerson(), nonce: hash("a nonce") });
        expect((await login({ idToken, nonce: "a nonce" })).status).toBe("signed_in");
        for (const instance of [app, other]) {
          const again = visitorOf(instance).client.social.login.mutate({ provider: "pine", idToken, nonce: "a nonce" });
          expect(await reasonFor(again)).toBe("PROVIDER_TOKEN_INVALID");
        }
      }
    } finally {
      await other.close();
    }
  });

  test("OAU-13: of twenty uses at once signs in once", async () => {
    const idToken = await pine.makeIdToken({ ...newPerson(), nonce: "n" });
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => login({ idToken, nonce: "n" })));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("OAU-13: needs its nonce, unless the provider is known to send none, and then never a wrong one", async () => {
    const idToken = await pine.makeIdToken({ ...newPerson(), nonce: "n" });
    expect(await reasonFor(login({ idToken }))).toBe("VALIDATION");
    expect(await reasonFor(login({ idToken, nonce: "m" }))).toBe("PROVIDER_TOKEN_INVALID");
    const bare = await foreign.makeIdToken(newPerson());
    expect(await reasonFor(login({ provider: "needle", idToken: bare, nonce: "m" }))).toBe("PROVIDER_TOKEN_INVALID");
    expect((await login({ provider: "needle", idToken: bare })).status).toBe("signed_in");
    expect(await reasonFor(login({ provider: "needle", idToken: bare }))).toBe("PROVIDER_TOKEN_INVALID");
  });

  test("OAU-14: of an issuer that Mallory runs is refused before any key is looked up", async () => {
    const victim = await signInAs(newPerson());
    const claims = { sub: "person1", email: victim.email, email_verified: true, nonce: "n" };
    for (const iss of [foreign.issuer, pine.issuer]) {
      const before = foreign.requests.length;
      const idToken = await foreign.makeIdToken({ ...claims, iss });
      expect(await reasonFor(login({ idToken, nonce: "n" }))).toBe("PROVIDER_TOKEN_INVALID");
      expect(foreign.requests).toHaveLength(before);
    }
    pine.misbehave({ discovery: { issuer: foreign.issuer } });
    const late = await createTestApp(
      { providers: [openIdConnect({ id: "pine", name: "Pine", ...pine.options })] },
      app.database,
    );
    const idToken = await foreign.makeIdToken(claims);
    const call = visitorOf(late).client.social.login.mutate({ provider: "pine", idToken, nonce: "n" });
    expect(await reasonFor(call)).toBe("PROVIDER_UNAVAILABLE");
    await late.close();
  });
});

describe("who somebody is", () => {
  test("OAU-17: is the issuer's subject; a changed address or name at the provider changes nothing here", async () => {
    const person = newPerson();
    const before = await signInAs(person);
    const after = await signInAs({
      ...person,
      email: "moved@pine.test",
      preferred_username: "mallory",
      given_name: "M",
    });
    expect({ ...after, lastLoginAt: null }).toEqual({ ...before, lastLoginAt: null });
  });

  test("OAU-17: is not the next person who gets that address at the provider", async () => {
    const person = newPerson();
    await signInAs(person);
    const { client, comeBack } = visitorOf(app);
    const { authorizationUrl } = await client.social.start.mutate({ provider: "pine" });
    const place = await comeBack(pine.signIn(authorizationUrl, { ...person, sub: "somebody-new" }));
    expect(place.searchParams.get("error")).toBe("EMAIL_CONFLICT");
    expect(await client.auth.session.query()).toBeNull();
  });

  test("OAU-17: is told from the user info only if that is about the same subject", async () => {
    const person = newPerson();
    pine.misbehave({
      claims: { email: undefined, email_verified: undefined },
      userInfo: { ...person, sub: "mallory" },
    });
    const { client, comeBack } = visitorOf(app);
    const { authorizationUrl } = await client.social.start.mutate({ provider: "pine" });
    expect((await comeBack(pine.signIn(authorizationUrl, person))).search).toBe("?error=PROVIDER_REFUSED");
    pine.misbehave({ claims: { email: undefined, email_verified: undefined } });
    expect((await signInAs(person)).email).toBe(person.email);
  });

  test("OAU-17: keeps an address and what it is worth together: the one's flag does not vouch for the other's", async () => {
    const person = newPerson();
    pine.misbehave({ claims: { email: undefined }, userInfo: { ...person, email_verified: false } });
    expect(await signInAs(person)).toMatchObject({ email: person.email, emailVerified: false });
  });

  test.each(["false", "true", 1, {}, null, undefined])(
    "OAU-17: has no verified address where the provider says %o",
    async (flag) => {
      expect((await signInAs({ ...newPerson(), email_verified: flag })).emailVerified).toBe(false);
    },
  );

  test("OAU-19: is in the token; what else a caller says is refused, and where it stays in the token it is ignored", async () => {
    const victim = newPerson();
    const { id } = await signInAs(victim);
    const mallory = { ...newPerson(), nonce: "n", userId: id, user: { id }, oid: victim.sub };
    const idToken = await pine.makeIdToken(mallory);
    for (const extra of [{ userId: id }, { sub: victim.sub }, { email: victim.email }, { issuer: pine.issuer }]) {
      const response = await app.post("social.login", { provider: "pine", idToken, nonce: "n", ...extra });
      expect((await refusalIn(response)).data.reason).toBe("VALIDATION");
    }
    const answer = await login({ idToken, nonce: "n" });
    expect(answer.status === "signed_in" && answer.user.id !== id && answer.created).toBe(true);
  });

  test("OAU-22: does not depend on what the app calls the provider", async () => {
    const person = newPerson();
    expect((await signInAs(person, "pine-ii")).id).toBe((await signInAs(person)).id);
    const rows = await app.sql(`select issuer, subject from keywright.identities where subject = '${person.sub}'`);
    expect(rows).toEqual([{ issuer: pine.issuer, subject: person.sub }]);
  });
});
