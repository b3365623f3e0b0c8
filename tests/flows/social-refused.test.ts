import { openIdConnect } from "@keywright/api";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { peopleOf } from "../support/provider-people.js";
import { reasonFor } from "../support/reason.js";

let pine: MisbehavingProvider;
let home: TestApp;
let providers: TestConfig["providers"];
const { newPerson, proofOf } = peopleOf(() => pine);
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  providers = [openIdConnect({ id: "pine", name: "Pine", ...pine.options })];
  home = await createTestApp({ providers });
});
afterAll(async () => {
  await home.close();
  await pine.close();
});
beforeEach(() => home.sql("delete from keywright.audit_events where kind = 'login.failed'"));

const signIn = async (person: Claims, app = home) => {
  return await reasonFor(app.visitor().social.login.mutate(await proofOf(person)));
};
const enter = async (person: Claims) => {
  const client = home.visitor();
  await client.social.login.mutate(await proofOf(person));
  return (await client.user.me.query()).id;
};
const failures = async () => {
  const rows = await home.sql("select user_id from keywright.audit_events where kind = 'login.failed'");
  return rows.map((row) => row.user_id);
};

describe("a provider has said who I am, and I am refused: that is noted", () => {
  test("A23: at my account, if it is disabled, known by the identity or by its address", async () => {
    const ada = newPerson();
    const id = await enter(ada);
    await home.sql(`update keywright.users set is_disabled = true where id = '${id}'`);
    expect(await signIn(ada)).toBe("ACCOUNT_DISABLED");
    expect(await failures()).toEqual([id]);
    expect(await signIn({ ...ada, sub: "another subject" })).toBe("ACCOUNT_DISABLED");
    expect(await failures()).toEqual([id, id]);
  });

  test("A23: at my account, if its address must be verified first", async () => {
    const ada = { ...newPerson(), email_verified: false };
    const id = await enter(ada);
    const strict = await createTestApp({ providers, registration: { verification: "mandatory" } }, home.database);
    expect(await signIn(ada, strict)).toBe("EMAIL_NOT_VERIFIED");
    expect(await failures()).toEqual([id]);
    await strict.close();
  });

  test("A23: at the account that has my address, if the two are not linked", async () => {
    const { email } = await home.addUser();
    expect(await signIn({ ...newPerson(), email })).toBe("EMAIL_CONFLICT");
    const [holder] = await home.sql(`select id from keywright.users where email_key = '${email}'`);
    expect(await failures()).toEqual([holder?.id]);
  });

  test("A23: at nobody's account, if nobody vouches for the address, or nobody may join", async () => {
    const { email } = await home.addUser();
    expect(await signIn({ ...newPerson(), email, email_verified: false })).toBe("EMAIL_TAKEN");
    expect(await failures()).toEqual([null]);
    const closed = await createTestApp({ providers, registration: { open: false } }, home.database);
    expect(await signIn(newPerson(), closed)).toBe("REGISTRATION_CLOSED");
    expect(await failures()).toEqual([null, null]);
    await closed.close();
  });
});
