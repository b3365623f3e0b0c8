import { type KeywrightEvent, openIdConnect } from "@keywright/api";
import type { KeywrightClient } from "@keywright/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestConfig } from "../support/app.js";
import { subjectsTo } from "../support/mailed.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { peopleOf } from "../support/provider-people.js";
import { reasonFor } from "../support/reason.js";
import { newVerifier, visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let app: TestApp;
const events: KeywrightEvent[] = [];
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  app = await createTestApp(config());
  pine.setClock(() => app.keywright.deps.now());
});
beforeEach(() => void events.splice(0));
afterAll(async () => {
  await app.close();
  await pine.close();
});

const config = (more: TestConfig = {}): TestConfig => ({
  providers: ["pine", "oak"].map((id) => openIdConnect({ id, name: id, ...pine.options })),
  onEvent: (event) => void events.push(event),
  social: { returnTo: ["com.example.app://auth"] },
  ...more,
});

const { newPerson, proofOf } = peopleOf(() => pine);
const connect = async (client: KeywrightClient, person: Claims, provider = "pine") =>
  await client.social.connect.mutate(await proofOf(person, provider));
const kindsSeen = () => events.map(({ kind }) => kind);

describe("somebody who is signed in", () => {
  test("S10: connects a provider, and signs in with it from then on", async () => {
    const ada = await app.addUser();
    const client = await app.signedIn(ada);
    const person = newPerson();
    events.splice(0);
    const account = await connect(client, person);
    expect(account).toMatchObject({ provider: "pine", email: person.email, connectedAt: expect.any(Date) });
    expect(kindsSeen()).toEqual(["identity.connected"]);
    expect(await subjectsTo(app, ada.email)).toContainEqual(expect.stringMatching(/connected/i));
    const other = visitorOf(app);
    const answer = await other.client.social.login.mutate(await proofOf(person));
    expect(answer).toMatchObject({ created: false, user: { email: ada.email } });
    expect(kindsSeen()).toEqual(["identity.connected", "session.started"]);
  });

  test("S10: connects one by a redirect, and comes back to where that was begun", async () => {
    const ada = await app.addUser();
    const visitor = visitorOf(app);
    await visitor.client.auth.login.mutate({ email: ada.email, password: ada.password });
    const input = { provider: "pine", purpose: "connect" as const, returnTo: "/settings" };
    const { authorizationUrl } = await visitor.client.social.start.mutate(input);
    const place = await visitor.comeBack(pine.signIn(authorizationUrl, newPerson()));
    expect(place.href).toBe(`${publicUrl}/settings`);
    expect(await visitor.client.social.accounts.query()).toMatchObject([{ provider: "pine" }]);
  });

  test("S10: connects one in an app, by the code that comes back to it", async () => {
    const ada = await app.addUser();
    const { client } = visitorOf(app, { transport: "bearer" });
    await client.auth.login.mutate({ email: ada.email, password: ada.password });
    const { codeVerifier, codeChallenge } = newVerifier();
    const input = { provider: "pine", purpose: "connect" as const, codeChallenge, returnTo: "com.example.app://auth" };
    const { authorizationUrl } = await client.social.start.mutate(input);
    const place = await visitorOf(app).comeBack(pine.signIn(authorizationUrl, newPerson()));
    const handoff = place.searchParams.get("handoff") ?? "";
    await client.social.connect.mutate({ provider: "pine", handoff, codeVerifier });
    expect(await client.social.accounts.query()).toHaveLength(1);
  });

  test("S10: changes nothing by connecting the same one again, and hears of it once", async () => {
    const ada = await app.addUser();
    const client = await app.signedIn(ada);
    const person = newPerson();
    const first = await connect(client, person);
    events.splice(0);
    expect(await connect(client, person)).toEqual(first);
    expect(kindsSeen()).toEqual([]);
    expect((await subjectsTo(app, ada.email)).filter((subject) => /connected/i.test(subject))).toHaveLength(1);
  });

  test("S10: cannot connect what belongs to somebody else, who keeps it", async () => {
    const person = newPerson();
    const [ada, mallory] = [await app.signedIn(await app.addUser()), await app.signedIn(await app.addUser())];
    await connect(ada, person);
    expect(await reasonFor(connect(mallory, person))).toBe("IDENTITY_TAKEN");
    expect(await reasonFor(connect(mallory, person, "oak"))).toBe("IDENTITY_TAKEN");
    expect(await mallory.social.accounts.query()).toEqual([]);
    expect(await ada.social.accounts.query()).toHaveLength(1);
  });

  test("S10: connects up to twenty", async () => {
    const client = await app.signedIn(await app.addUser());
    for (let count = 0; count < 20; count++) await connect(client, newPerson());
    expect(await reasonFor(connect(client, newPerson()))).toBe("VALIDATION");
    expect(await client.social.accounts.query()).toHaveLength(20);
  });

  test("S11: sees what is connected, the oldest first, and nobody else's", async () => {
    const client = await app.signedIn(await app.addUser());
    const people = [newPerson(), newPerson()];
    for (const [index, person] of people.entries()) {
      await connect(client, person, index === 0 ? "oak" : "pine");
      app.travel(60_000);
    }
    const before = await client.social.accounts.query();
    expect(before.map(({ provider, email }) => [provider, email])).toEqual([
      ["oak", people[0]?.email],
      ["pine", people[1]?.email],
    ]);
    expect(Object.keys(before[0] ?? {}).toSorted()).toEqual(["connectedAt", "email", "id", "lastUsedAt", "provider"]);
    await visitorOf(app).client.social.login.mutate(await proofOf(people[0] ?? {}));
    const after = await client.social.accounts.query();
    expect(after[0]?.lastUsedAt.getTime()).toBeGreaterThan(before[0]?.lastUsedAt.getTime() ?? Infinity);
    expect(after[0]?.connectedAt).toEqual(before[0]?.connectedAt);
    expect(await reasonFor(app.visitor().social.accounts.query())).toBe("NOT_AUTHENTICATED");
  });

  test("S12: disconnects one, and cannot sign in with it any more", async () => {
    const ada = await app.addUser();
    const client = await app.signedIn(ada);
    const person = { ...newPerson(), email: ada.email };
    const { id } = await connect(client, person);
    events.splice(0);
    await client.social.disconnect.mutate({ id });
    expect(kindsSeen()).toEqual(["identity.disconnected"]);
    expect(await subjectsTo(app, ada.email)).toContainEqual(expect.stringMatching(/no longer|disconnected|removed/i));
    expect(await client.social.accounts.query()).toEqual([]);
    const login = visitorOf(app).client.social.login.mutate(await proofOf(person));
    expect(await reasonFor(login)).toBe("EMAIL_CONFLICT");
  });

  test("S12: cannot disconnect somebody else's, nor one that is not there", async () => {
    const [ada, mallory] = [await app.signedIn(await app.addUser()), await app.signedIn(await app.addUser())];
    const { id } = await connect(ada, newPerson());
    for (const wrong of [id, crypto.randomUUID()]) {
      expect(await reasonFor(mallory.social.disconnect.mutate({ id: wrong }))).toBe("NOT_FOUND");
    }
    expect(await ada.social.accounts.query()).toHaveLength(1);
  });

  test("S23: S24: finds all of it in the account's history", async () => {
    const { client } = visitorOf(app);
    await client.social.login.mutate(await proofOf(newPerson()));
    const { id } = await connect(client, newPerson());
    await client.social.disconnect.mutate({ id });
    const { events: history } = await client.user.events.query({});
    const kinds = history.map(({ kind }) => kind);
    expect(kinds.slice(0, 2)).toEqual(["identity.disconnected", "identity.connected"]);
    expect(kinds.slice(2).toSorted()).toEqual(["session.started", "user.registered"]);
    expect(kindsSeen()).toEqual(["user.registered", "session.started", "identity.connected", "identity.disconnected"]);
  });
});
