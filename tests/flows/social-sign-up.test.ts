import { openIdConnect } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestConfig } from "../support/app.js";
import { subjectsTo } from "../support/mailed.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { peopleOf } from "../support/provider-people.js";
import { reasonFor } from "../support/reason.js";
import { visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let app: TestApp;
let named: TestApp;
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  app = await createTestApp(config());
  named = await createTestApp(config({ registration: { required: ["email", "username"] } }), app.database);
  pine.setClock(() => named.keywright.deps.now());
});
afterAll(async () => {
  await named.close();
  await app.close();
  await pine.close();
});

const config = (more: TestConfig = {}): TestConfig => ({
  providers: [openIdConnect({ id: "pine", name: "Pine", ...pine.options })],
  ...more,
});

const { newPerson, proofOf } = peopleOf(() => pine);
const signIn = async (person: Claims, instance = app) => {
  const { client } = visitorOf(instance);
  const proof = await proofOf(person);
  const answer = await client.social.login.mutate(proof).catch((error: unknown) => ({ status: reasonOf(error) }));
  return { client, answer };
};

describe("the first sign-in", () => {
  test("S8: creates the account, and later ones find it, by whatever way", async () => {
    const ada = { ...newPerson(), given_name: "Ada", family_name: "Lovelace", preferred_username: "ada" };
    const { client, answer } = await signIn(ada);
    expect(answer).toMatchObject({ status: "signed_in", created: true, user: { username: "ada", firstName: "Ada" } });
    expect((await signIn(ada)).answer).toMatchObject({ status: "signed_in", created: false });
    const browser = visitorOf(app);
    const { authorizationUrl } = await browser.client.social.start.mutate({ provider: "pine" });
    await browser.comeBack(pine.signIn(authorizationUrl, ada));
    expect((await browser.client.user.me.query()).id).toBe((await client.user.me.query()).id);
  });

  test("S8: leaves out a name that somebody else has or that is not allowed", async () => {
    const bob = await app.addUser();
    for (const preferred_username of [
      bob.username,
      bob.username.toUpperCase(),
      "a b",
      "ada@example.com",
      "x".repeat(65),
    ]) {
      const { answer } = await signIn({ ...newPerson(), preferred_username });
      expect(answer).toMatchObject({ status: "signed_in", user: { username: null } });
    }
    const odd = { given_name: "A\u202eda", family_name: "x".repeat(151), email: "not an address" };
    expect((await signIn({ ...newPerson(), ...odd })).answer).toMatchObject({ missing: ["email"] });
  });

  test("S8: leaves out a name that the app has reserved", async () => {
    const reserving = await createTestApp(config({ user: { reservedUsernames: ["support"] } }), app.database);
    const { answer } = await signIn({ ...newPerson(), preferred_username: "Support" }, reserving);
    expect(answer).toMatchObject({ status: "signed_in", user: { username: null } });
    await reserving.close();
  });

  test("S8: takes names only where the settings accept them", async () => {
    const plain = await createTestApp(config({ registration: { optional: [] } }), app.database);
    const ada = { ...newPerson(), given_name: "Ada", family_name: "Lovelace", preferred_username: "ada1" };
    expect((await signIn(ada, plain)).answer).toMatchObject({ user: { username: null, firstName: "", lastName: "" } });
    await plain.close();
  });

  test("S18: is refused while registration is closed, by every way, and old accounts are not", async () => {
    const closed = await createTestApp(config({ registration: { open: false } }), app.database);
    const ada = newPerson();
    await signIn(ada);
    expect((await signIn(ada, closed)).answer.status).toBe("signed_in");
    for (const person of [newPerson(), { ...newPerson(), email_verified: false }, { sub: "without an address" }]) {
      expect((await signIn(person, closed)).answer.status).toBe("REGISTRATION_CLOSED");
      const { client, comeBack } = visitorOf(closed);
      const { authorizationUrl } = await client.social.start.mutate({ provider: "pine" });
      const place = await comeBack(pine.signIn(authorizationUrl, person));
      expect(place.href).toBe(`${publicUrl}/?error=REGISTRATION_CLOSED`);
    }
    const { answer } = await signIn({ ...newPerson() }, named);
    const ticket = "ticket" in answer ? answer.ticket : "";
    const late = visitorOf(closed).client.social.complete.mutate({ ticket, username: "late" });
    expect(await reasonFor(late)).toBe("REGISTRATION_CLOSED");
    await closed.close();
  });

  test("S13: into a disabled account is refused, by every way, and restores an archived one", async () => {
    const ada = newPerson();
    const { client } = await signIn(ada);
    const { id } = await client.user.me.query();
    await client.user.archive.mutate({});
    expect((await signIn(ada)).answer).toMatchObject({
      status: "signed_in",
      unarchived: true,
      user: { archived: false },
    });
    await app.sql(`update keywright.users set is_disabled = true where id = '${id}'`);
    expect((await signIn(ada)).answer.status).toBe("ACCOUNT_DISABLED");
    const browser = visitorOf(app);
    const { authorizationUrl } = await browser.client.social.start.mutate({ provider: "pine" });
    const place = await browser.comeBack(pine.signIn(authorizationUrl, ada));
    expect(place.search).toBe("?error=ACCOUNT_DISABLED");
    expect(await browser.client.auth.session.query()).toBeNull();
  });

  test("S15: lasts as long, and has the name, as I asked when I set out", async () => {
    const visitor = visitorOf(app);
    const begin = { provider: "pine", remember: false, deviceName: "Ada's laptop" };
    const { authorizationUrl } = await visitor.client.social.start.mutate(begin);
    const response = await visitor.browser.fetch(pine.signIn(authorizationUrl, newPerson()), { redirect: "manual" });
    const cookie = response.headers.getSetCookie().find((text) => text.includes("keywright-session="));
    expect(cookie).not.toContain("Max-Age");
    const { session } = (await visitor.client.auth.session.query()) ?? {};
    expect(session?.deviceName).toBe("Ada's laptop");
    const hours = ((session?.expiresAt.getTime() ?? 0) - (session?.createdAt.getTime() ?? 0)) / 3_600_000;
    expect(hours).toBe(12);
  });

  test("S24: is told by mail on a device that is new, and on no other", async () => {
    const ada = newPerson();
    const visitor = visitorOf(app);
    const login = async (instance = visitor) => instance.client.social.login.mutate(await proofOf(ada));
    const notices = async () =>
      (await subjectsTo(app, ada.email)).filter((subject) => /new sign-in/i.test(subject)).length;
    await login();
    await visitor.client.auth.logout.mutate({});
    await login();
    expect(await notices()).toBe(0);
    await visitor.client.auth.logout.mutate({ everywhere: true });
    await login(visitorOf(app));
    expect(await notices()).toBe(1);
  });
});
