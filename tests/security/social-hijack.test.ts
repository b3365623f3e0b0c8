import { openIdConnect } from "@keywright/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { reasonFor } from "../support/reason.js";
import { visitorOf } from "../support/social.js";

// Mallory is here first, with Ada's address. Ada reads mail there, and her provider vouches for it.
let pine: MisbehavingProvider;
let app: TestApp;
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  app = await createTestApp({
    providers: [
      openIdConnect({ id: "pine", name: "Pine", ...pine.options }),
      // Its users can claim any address.
      openIdConnect({ id: "lax", name: "Lax", ...pine.options, clientId: "lax", vouchesForEmail: false }),
    ],
  });
});
afterAll(async () => {
  await app.close();
  await pine.close();
});

let people = 0;
const password = "mallory's horse";
const newPassword = "battery staple";
const newcomers = () => {
  const email = `hijacked${++people}@example.com`;
  const ada = { sub: `ada${people}`, email, email_verified: true };
  return { email, ada, mallory: { sub: `mallory${people}`, email, email_verified: true, aud: "lax" } };
};
async function signIn(person: Claims, provider = "pine", transport: "cookie" | "bearer" = "cookie") {
  const nonce = `nonce ${++people}`;
  const { client, browser } = visitorOf(app, { transport });
  const idToken = await pine.makeIdToken({ ...person, nonce });
  const answer = await client.social.login.mutate({ provider, idToken, nonce });
  return { client, browser, answer };
}
const isOver = async (client: { auth: { session: { query(): Promise<unknown> } } }) =>
  (await client.auth.session.query()) === null;
const accountOf = async (email: string) => {
  const [row] = await app.sql(`select * from keywright.users where email = '${email}'`);
  return row ?? {};
};

describe("an account that Mallory has registered with Ada's address", () => {
  test("OAU-24: is Ada's when she comes with her provider, and nothing that Mallory chose is left", async () => {
    const { email, ada } = newcomers();
    const username = `mallory${people}`;
    const [browser, phone] = [app.visitor(), app.visitor({ transport: "bearer" })];
    await browser.registration.register.mutate({ email, username, password, firstName: "Mallory", lastName: "M" });
    await phone.auth.login.mutate({ email, password });
    const verifying = await mailedToken(app, email, "/verify-email");
    await browser.user.requestEmailChange.mutate({ email: `mallory.${email}`, password });
    const moving = await mailedToken(app, `mallory.${email}`, "/confirm-email");
    const was = await accountOf(email);
    await app.sql(`update keywright.users set profile = '{"nickname": "mallory"}' where email = '${email}'`);
    await app.sql(`insert into keywright.identities (id, user_id, provider, issuer, subject, created_at, last_used_at)
      values (gen_random_uuid(), '${was.id}', 'lax', 'https://lax.example', '${username}', now(), now())`);

    const { client, answer } = await signIn({ ...ada, given_name: "Ada" });
    expect(answer).toMatchObject({ status: "signed_in", created: false });
    expect(await client.user.me.query()).toMatchObject({
      id: was.id,
      email,
      emailVerified: true,
      username: null,
      firstName: "Ada",
      lastName: "",
      hasPassword: false,
    });
    expect(await isOver(browser)).toBe(true);
    expect(await isOver(phone)).toBe(true);
    for (const names of [{ email }, { username }]) {
      const login = app.visitor().auth.login.mutate({ ...names, password });
      expect(await reasonFor(login)).toBe("INVALID_CREDENTIALS");
    }
    expect(await reasonFor(app.visitor().registration.verifyEmail.mutate({ token: verifying }))).toBe("TOKEN_INVALID");
    expect(await reasonFor(app.visitor().user.confirmEmailChange.mutate({ token: moving }))).toBe("TOKEN_INVALID");
    expect((await client.social.accounts.query()).map(({ provider }) => provider)).toEqual(["pine"]);
    expect(await client.auth.sessions.query()).toHaveLength(1);
    const now = await accountOf(email);
    expect(now.profile).toEqual({});
    expect(Number(now.credential_version)).toBeGreaterThan(Number(was.credential_version));
  });

  test("OAU-24: is Ada's as well where Mallory's provider let her claim the address", async () => {
    const { email, ada, mallory } = newcomers();
    const hers = await signIn(mallory, "lax");
    expect(hers.answer).toMatchObject({ status: "signed_in", created: true, user: { email, emailVerified: false } });
    const { client } = await signIn(ada);
    expect(await isOver(hers.client)).toBe(true);
    expect(await client.social.accounts.query()).toHaveLength(1);
    expect(await reasonFor(signIn(mallory, "lax"))).toBe("EMAIL_TAKEN");
  });

  test("OAU-24: is Ada's alone once she resets the password, though she had verified it for Mallory first", async () => {
    const { email, mallory } = newcomers();
    const hers = await signIn(mallory, "lax");
    const ada = app.visitor();
    await ada.registration.verifyEmail.mutate({ token: await mailedToken(app, email, "/verify-email") });
    expect((await signIn(mallory, "lax")).answer.status).toBe("signed_in");
    await ada.password.requestReset.mutate({ email });
    await ada.password.set.mutate({ token: await mailedToken(app, email, "/set-password"), newPassword });
    expect(await isOver(hers.client)).toBe(true);
    expect(await reasonFor(signIn(mallory, "lax"))).toBe("EMAIL_TAKEN");
    await ada.auth.login.mutate({ email, password: newPassword });
    expect(await ada.social.accounts.query()).toEqual([]);
    expect(await subjectsTo(app, email)).toContainEqual(expect.stringMatching(/disconnected/));
  });

  test("OAU-24: is Ada's alone also where Mallory has set a password meanwhile", async () => {
    const { email, mallory } = newcomers();
    const hers = await signIn(mallory, "lax");
    const ada = app.visitor();
    await ada.registration.verifyEmail.mutate({ token: await mailedToken(app, email, "/verify-email") });
    await hers.client.password.change.mutate({ newPassword: password });
    await ada.password.requestReset.mutate({ email });
    await ada.password.reset.mutate({ token: await mailedToken(app, email, "/reset-password"), newPassword });
    expect(await reasonFor(signIn(mallory, "lax"))).toBe("EMAIL_TAKEN");
    await ada.auth.login.mutate({ email, password: newPassword });
  });
});

describe("a reset of my own password", () => {
  test("OAU-24: leaves me the providers that I have connected, also after a change of address", async () => {
    const { email, ada } = newcomers();
    const { client } = await signIn(ada);
    await app.visitor().password.requestReset.mutate({ email });
    await app.visitor().password.set.mutate({ token: await mailedToken(app, email, "/set-password"), newPassword });
    await client.auth.login.mutate({ email, password: newPassword });
    expect(await client.social.accounts.query()).toHaveLength(1);
    const next = `next.${email}`;
    await client.user.requestEmailChange.mutate({ email: next, password: newPassword });
    await client.user.confirmEmailChange.mutate({ token: await mailedToken(app, next, "/confirm-email") });
    await app.visitor().password.requestReset.mutate({ email: next });
    const token = await mailedToken(app, next, "/reset-password");
    await app.visitor().password.reset.mutate({ token, newPassword: "another staple" });
    expect((await signIn(ada)).answer).toMatchObject({ status: "signed_in", user: { email: next } });
  });
});

describe("an account that is not entered", () => {
  test("OAU-25: cannot be entered by a link either: the mail about it has none that does anything", async () => {
    const owner = await app.addUser();
    for (const sub of ["first", "second"]) {
      const person = { sub: `${sub}${++people}`, email: owner.email, email_verified: true };
      expect(await reasonFor(signIn(person))).toBe("EMAIL_CONFLICT");
    }
    const mail = await app.mailTo(owner.email);
    expect(mail.subject).toMatch(/connect/i);
    for (const link of mail.links) expect(new URL(link).searchParams.has("token")).toBe(false);
    const secrets = await app.sql(`select purpose from keywright.secrets where email = '${owner.email}'`);
    // Of the link that verified the address, which nothing takes any more.
    expect(secrets).toEqual([{ purpose: "used_verify_email" }]);
  });

  test("OAU-25: is not opened to a second identity by the link that verified the first", async () => {
    const { email, mallory } = newcomers();
    const first = await signIn(mallory, "lax");
    const token = await mailedToken(app, email, "/verify-email");
    await app.visitor().registration.verifyEmail.mutate({ token });
    const second = { ...mallory, sub: `second${people}` };
    expect(await reasonFor(signIn(second, "lax"))).toBe("EMAIL_TAKEN");
    expect(await reasonFor(app.visitor().registration.verifyEmail.mutate({ token }))).toBe("ALREADY_VERIFIED");
    expect(await first.client.social.accounts.query()).toHaveLength(1);
  });
});
