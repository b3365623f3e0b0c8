import { openIdConnect } from "@keywright/api";
import type { KeywrightClient } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";
import { type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
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
  ...more,
});

let people = 0;
/** Somebody who has just signed in with a provider, and has no password. */
async function passwordless(instance = app) {
  const sub = `bare${++people}`;
  const email = `${sub}@pine.test`;
  const visitor = visitorOf(instance);
  const idToken = await pine.makeIdToken({ sub, email, email_verified: true, nonce: sub });
  await visitor.client.social.login.mutate({ provider: "pine", idToken, nonce: sub });
  return { ...visitor, email, sub };
}
const elevenMinutes = () => app.travel(11 * 60_000);
const newPassword = "battery staple";

describe("an account without a password", () => {
  const acts: [string, (client: KeywrightClient) => Promise<unknown>][] = [
    ["archived", (client) => client.user.archive.mutate({})],
    ["deleted", (client) => client.user.delete.mutate({})],
    ["moved to another address", (client) => client.user.requestEmailChange.mutate({ email: `to${people}@pine.test` })],
    ["given a first password", (client) => client.password.change.mutate({ newPassword })],
  ];

  test.each(acts)("is %s by somebody who has just signed in", async (_what, act) => {
    await act((await passwordless()).client);
  });

  test.each(acts)("is not %s eleven minutes later, nor with a made-up password", async (what, act) => {
    const { client } = await passwordless();
    elevenMinutes();
    expect(await reasonFor(act(client))).toBe("REAUTHENTICATION_REQUIRED");
    if (what === "archived") {
      expect(await reasonFor(client.user.archive.mutate({ password: "any" }))).toBe("WRONG_PASSWORD");
      expect(await reasonFor(client.user.delete.mutate({ password: "" }))).toBe("VALIDATION");
    }
    expect((await client.user.me.query()).archived).toBe(false);
  });

  test.each(acts.slice(0, 3))("once it has one is not %s without it, however fresh", async (_what, act) => {
    const { client } = await passwordless();
    await client.password.change.mutate({ newPassword });
    expect(await reasonFor(act(client))).toBe("VALIDATION");
    expect(await reasonFor(client.password.change.mutate({ newPassword: "another staple" }))).toBe("VALIDATION");
  });

  test("gets its first password, stays signed in here, and is signed out elsewhere", async () => {
    const { client, email, sub } = await passwordless();
    const idToken = await pine.makeIdToken({ sub, email, email_verified: true, nonce: "other" });
    const other = visitorOf(app).client;
    await other.social.login.mutate({ provider: "pine", idToken, nonce: "other" });
    const answer = await client.password.change.mutate({ newPassword });
    expect(answer).toMatchObject({ status: "signed_in", user: { hasPassword: true } });
    expect(await other.auth.session.query()).toBeNull();
    await app.visitor().auth.login.mutate({ email, password: newPassword });
    expect(await client.social.accounts.query()).toHaveLength(1);
    expect(await subjectsTo(app, email)).toContainEqual(expect.stringMatching(/password/i));
  });

  test("gets a link to choose one where its owner asks for a reset", async () => {
    const { email } = await passwordless();
    await app.visitor().password.requestReset.mutate({ email });
    const token = await mailedToken(app, email, "/set-password");
    await app.visitor().password.set.mutate({ token, newPassword });
    const { client } = visitorOf(app);
    await client.auth.login.mutate({ email, password: newPassword });
    expect(await client.social.accounts.query()).toHaveLength(1);
  });

  test("is not given two first passwords at once", async () => {
    const { client, email } = await passwordless();
    const choices = ["first staple", "second staple", "third staple"];
    const results = await Promise.allSettled(
      choices.map((newPassword) => client.password.change.mutate({ newPassword })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const password = choices[results.findIndex(({ status }) => status === "fulfilled")] ?? "";
    await app.visitor().auth.login.mutate({ email, password });
  });
});

describe("a code by mail", () => {
  const codeFor = async (email: string, instance = app) => {
    const { text } = await instance.mailTo(email);
    const code = /\b(\d{4})[ -]?(\d{4})\b/.exec(text);
    if (!code) throw new Error(`The mail has no code: ${text}`);
    return `${code[1]}${code[2]}`;
  };
  const prove = (client: KeywrightClient, code: string) => client.auth.reauthenticate.mutate({ code });
  const wrongOf = (code: string) => String((Number(code) + 1) % 100_000_000).padStart(8, "0");

  test("lets somebody without a password go on, once", async () => {
    const { client, email } = await passwordless();
    elevenMinutes();
    await client.auth.requestCode.mutate({});
    const code = await codeFor(email);
    expect(code).toMatch(/^\d{8}$/);
    await prove(client, `${code.slice(0, 4)} ${code.slice(4)}`);
    expect(await reasonFor(prove(client, code))).toBe("TOKEN_INVALID");
    await client.password.change.mutate({ newPassword });
  });

  test("is good for ten minutes, and only the newest one", async () => {
    const { client, email } = await passwordless();
    await client.auth.requestCode.mutate({});
    const first = await codeFor(email);
    await client.auth.requestCode.mutate({});
    const second = await codeFor(email);
    if (first !== second) expect(await reasonFor(prove(client, first))).toBe("TOKEN_INVALID");
    elevenMinutes();
    expect(await reasonFor(prove(client, second))).toBe("TOKEN_EXPIRED");
  });

  test("is nobody else's", async () => {
    const [ada, mallory] = [await passwordless(), await passwordless()];
    await ada.client.auth.requestCode.mutate({});
    expect(await reasonFor(prove(mallory.client, await codeFor(ada.email)))).toBe("TOKEN_INVALID");
    await prove(ada.client, await codeFor(ada.email));
  });

  test("is for accounts without a password that have proved an address", async () => {
    const { client } = await passwordless();
    await client.password.change.mutate({ newPassword });
    expect(await reasonFor(client.auth.requestCode.mutate({}))).toBe("PASSWORD_ALREADY_SET");
    const unproved = visitorOf(app).client;
    const claims = { sub: `bare${++people}`, email: `bare${people}@pine.test`, email_verified: false, nonce: "n" };
    await unproved.social.login.mutate({ provider: "pine", idToken: await pine.makeIdToken(claims), nonce: "n" });
    expect(await reasonFor(unproved.auth.requestCode.mutate({}))).toBe("EMAIL_NOT_VERIFIED");
    expect(await reasonFor(app.visitor().auth.requestCode.mutate({}))).toBe("NOT_AUTHENTICATED");
  });

  test("is guessed no more often than a password, right or wrong; nor mailed more often than others", async () => {
    const limits = { passwordTriesPerAccount: 3, mailsPerAddressPerHour: 2 };
    const strict = await createTestApp(config({ limits }), app.database);
    strict.travel(app.offsetMs());
    const { client, email, browser } = await passwordless(strict);
    for (const name of [...browser.jar.keys()]) if (name.includes("device")) browser.jar.delete(name);
    await client.auth.requestCode.mutate({});
    const code = await codeFor(email, strict);
    const reasons = [];
    for (let guess = 0; guess < 4; guess++) reasons.push(await reasonFor(prove(client, wrongOf(code))));
    expect(reasons).toEqual([...Array(3).fill("TOKEN_INVALID"), "RATE_LIMITED"]);
    expect(await reasonFor(prove(client, code))).toBe("RATE_LIMITED");
    await client.auth.requestCode.mutate({});
    expect(await reasonFor(client.auth.requestCode.mutate({}))).toBe("RATE_LIMITED");
    await strict.close();
  });

  test("is void after a change of credentials, also on its way", async () => {
    const { client, email } = await passwordless();
    await client.auth.requestCode.mutate({});
    const code = await codeFor(email);
    await client.password.change.mutate({ newPassword });
    expect(await reasonFor(prove(client, code))).toBe("TOKEN_INVALID");
    const late = await passwordless();
    await app.withMailAtRest(async () => {
      await late.client.auth.requestCode.mutate({});
      await late.client.password.change.mutate({ newPassword });
    });
    const mails = await subjectsTo(app, late.email);
    expect(mails.filter((subject) => /code/i.test(subject))).toEqual([]);
  });
});
