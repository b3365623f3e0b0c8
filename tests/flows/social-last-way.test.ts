import { openIdConnect } from "@keywright/api";
import type { KeywrightClient } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { peopleOf } from "../support/provider-people.js";
import { reasonFor } from "../support/reason.js";
import { visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let app: TestApp;
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  app = await createTestApp(config());
});
afterAll(async () => {
  await app.close();
  await pine.close();
});

const config = (more: TestConfig = {}): TestConfig => ({
  providers: ["pine", "oak"].map((id) => openIdConnect({ id, name: id, ...pine.options })),
  ...more,
});

const { newPerson, proofOf } = peopleOf(() => pine);
const connect = async (client: KeywrightClient, person: Claims, provider = "pine") =>
  await client.social.connect.mutate(await proofOf(person, provider));

describe("the last way in", () => {
  const signedInAt = async (instance: TestApp, person: Claims) => {
    const { client } = visitorOf(instance);
    await client.social.login.mutate(await proofOf(person));
    const [{ id = "" } = {}] = await client.social.accounts.query();
    return { client, id };
  };
  const remove = (client: KeywrightClient, id: string) => client.social.disconnect.mutate({ id });
  const another = (more: TestConfig) => createTestApp(config(more), app.database);

  test("OAU-26: stays, until there is a password or another provider", async () => {
    const { client, id } = await signedInAt(app, newPerson());
    expect(await reasonFor(remove(client, id))).toBe("LAST_SIGN_IN_METHOD");
    const second = await connect(client, newPerson(), "oak");
    await remove(client, id);
    expect(await reasonFor(remove(client, second.id))).toBe("LAST_SIGN_IN_METHOD");
    await client.password.change.mutate({ newPassword: "battery staple" });
    await remove(client, second.id);
    expect(await client.social.accounts.query()).toEqual([]);
  });

  test("OAU-26: is not a password without a name to sign in with", async () => {
    const person = newPerson();
    const { client } = await signedInAt(app, person);
    await client.password.change.mutate({ newPassword: "battery staple" });
    const byUsername = await another({
      registration: { required: ["username", "password"] },
      login: { fields: ["username"] },
    });
    const there = await signedInAt(byUsername, person);
    expect(await reasonFor(remove(there.client, there.id))).toBe("LAST_SIGN_IN_METHOD");
    await there.client.user.update.mutate({ username: `named-${person.sub}` });
    await remove(there.client, there.id);
    await byUsername.close();
  });

  test("OAU-26: is not an identity at a provider that the app has no more", async () => {
    const person = newPerson();
    const { client } = await signedInAt(app, person);
    const oak = await connect(client, newPerson(), "oak");
    const fewer = await another({ providers: [openIdConnect({ id: "pine", name: "Pine", ...pine.options })] });
    const there = await signedInAt(fewer, person);
    expect(await reasonFor(remove(there.client, there.id))).toBe("LAST_SIGN_IN_METHOD");
    await remove(there.client, oak.id);
    await fewer.close();
  });
});
