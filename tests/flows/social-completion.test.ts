import { openIdConnect } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { mailedToken } from "../support/mailed.js";
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
let people = 0;
const signIn = async (person: Claims, instance = app) => {
  const { client } = visitorOf(instance);
  const proof = await proofOf(person);
  const answer = await client.social.login.mutate(proof).catch((error: unknown) => ({ status: reasonOf(error) }));
  return { client, answer };
};

describe("a first sign-in that lacks something", () => {
  const travel = (ms: number) => {
    for (const instance of [app, named]) instance.travel(ms);
  };
  const incomplete = async (person: Claims, instance = named) => {
    const { client, answer } = await signIn(person, instance);
    if (!("ticket" in answer)) throw new Error(`The sign-in ended as ${answer.status}.`);
    return { client, ...answer };
  };

  test("S17: says what, and is completed with it, once", async () => {
    const ada = newPerson();
    const { client, missing, ticket, status } = await incomplete(ada);
    expect([status, missing]).toEqual(["registration_incomplete", ["username"]]);
    expect(await client.auth.session.query()).toBeNull();
    const username = `chosen${people}`;
    const answer = await client.social.complete.mutate({ ticket, username });
    expect(answer).toMatchObject({ status: "signed_in", created: true, user: { username, emailVerified: true } });
    expect(await reasonFor(client.social.complete.mutate({ ticket, username }))).toBe("TOKEN_INVALID");
    expect((await signIn(ada, named)).answer).toMatchObject({ created: false, user: { username } });
  });

  test("S17: counts no mail to an address that nobody vouches for, until one is due", async () => {
    const settings = config({
      registration: { verification: "mandatory", required: ["email", "username"] },
      limits: { mailsPerAddressPerHour: 5 },
    });
    const strict = await createTestApp(settings, app.database);
    const { username: taken } = await app.addUser();
    const ada = { ...newPerson(), email_verified: false };
    for (let attempt = 0; attempt < 6; attempt++) {
      const { client, missing, ticket } = await incomplete(ada, strict);
      expect(missing).toEqual(["username"]);
      expect(await reasonFor(client.social.complete.mutate({ ticket, username: taken }))).toBe("USERNAME_TAKEN");
    }
    const statuses = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      const { client, ticket } = await incomplete(ada, strict);
      const complete = client.social.complete.mutate({ ticket, username: `due${attempt}` });
      statuses.push(await complete.then(({ status }) => status, reasonOf));
    }
    expect(statuses).toEqual([...Array(5).fill("verification_sent"), "RATE_LIMITED"]);
    await strict.close();
  });

  test("S17: can be completed after a name that was taken, not allowed or left out", async () => {
    const { username: taken } = await app.addUser();
    const { client, ticket } = await incomplete({ ...newPerson(), preferred_username: taken });
    const complete = (username?: string) => client.social.complete.mutate({ ticket, ...(username && { username }) });
    expect(await reasonFor(complete(taken))).toBe("USERNAME_TAKEN");
    expect(await reasonFor(complete("a b"))).toBe("VALIDATION");
    expect(await reasonFor(complete())).toBe("VALIDATION");
    expect((await complete(`free${people}`)).status).toBe("signed_in");
  });

  test("S17: can be completed by one of ten at once, in one account", async () => {
    const ada = newPerson();
    const tickets = [await incomplete(ada), await incomplete(ada)].map(({ ticket }) => ticket);
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_none, index) => {
        const input = { ticket: tickets[index % 2] ?? "", username: `crowd${people}x${index}` };
        return visitorOf(named).client.social.complete.mutate(input);
      }),
    );
    const won = results.filter(({ status }) => status === "fulfilled");
    expect(won.length).toBeGreaterThanOrEqual(1);
    expect(won.length).toBeLessThanOrEqual(2);
    const rows = await app.sql(`select id from keywright.users where email = '${ada.email}'`);
    expect(rows).toHaveLength(1);
  });

  test("S17: can be completed for half an hour", async () => {
    const [early, late] = [await incomplete(newPerson()), await incomplete(newPerson())];
    travel(29 * 60_000);
    const inTime = { ticket: early.ticket, username: `early${people}` };
    expect((await early.client.social.complete.mutate(inTime)).status).toBe("signed_in");
    travel(2 * 60_000);
    const tooLate = { ticket: late.ticket, username: `late${people}` };
    expect(await reasonFor(late.client.social.complete.mutate(tooLate))).toBe("TOKEN_EXPIRED");
  });

  test("S17: comes back in a redirect with a ticket that only this browser can use, for as long", async () => {
    const [mine, theirs] = [visitorOf(named), visitorOf(named)];
    const { authorizationUrl } = await mine.client.social.start.mutate({ provider: "pine", returnTo: "/welcome?a=1" });
    const response = await mine.browser.fetch(pine.signIn(authorizationUrl, newPerson()), { redirect: "manual" });
    const { searchParams, pathname } = new URL(response.headers.get("location") ?? "");
    expect(pathname).toBe("/welcome");
    expect(Object.fromEntries(searchParams)).toEqual({
      a: "1",
      status: "registration_incomplete",
      missing: "username",
      ticket: expect.stringMatching(/^kwt_/),
    });
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/keywright-flow-.*Max-Age=1800;/)]);
    const input = { ticket: searchParams.get("ticket") ?? "", username: `bound${people}` };
    expect(await reasonFor(theirs.client.social.complete.mutate(input))).toBe("TOKEN_INVALID");
    expect((await mine.client.social.complete.mutate(input)).status).toBe("signed_in");
    expect([...mine.browser.jar.keys()].filter((name) => name.includes("flow"))).toEqual([]);
  });

  test("S17: does not make a typed address a verified one, nor a person's own one less so", async () => {
    const bare = { sub: `bare${++people}` };
    const { client, missing, ticket } = await incomplete(bare, app);
    expect(missing).toEqual(["email"]);
    const owner = await app.addUser();
    expect(await reasonFor(client.social.complete.mutate({ ticket, email: owner.email }))).toBe("EMAIL_TAKEN");
    const email = `typed${people}@example.com`;
    const answer = await client.social.complete.mutate({ ticket, email });
    expect(answer).toMatchObject({ status: "signed_in", user: { email, emailVerified: false } });
    await app.visitor().registration.verifyEmail.mutate({ token: await mailedToken(app, email, "/verify-email") });
    const vouched = newPerson();
    const second = await incomplete(vouched);
    const input = { ticket: second.ticket, username: `own${people}`, email: vouched.email.toUpperCase() };
    expect(await second.client.social.complete.mutate(input)).toMatchObject({ user: { emailVerified: true } });
  });

  test("S17: asks for it also where it takes over an account that was never verified", async () => {
    const ada = newPerson();
    const username = `squat${people}`;
    await app.visitor().registration.register.mutate({ email: ada.email, username, password: "correct horse" });
    const { client, missing, ticket } = await incomplete(ada);
    expect(missing).toEqual(["username"]);
    const other = await app.addUser();
    expect(await reasonFor(client.social.complete.mutate({ ticket, username: other.username }))).toBe("USERNAME_TAKEN");
    const answer = await client.social.complete.mutate({ ticket, username });
    expect(answer).toMatchObject({ status: "signed_in", created: false, user: { username, hasPassword: false } });
  });

  test("S17: is not completed with a ticket of another kind, another app's or none", async () => {
    for (const ticket of ["kwt_made-up", "kwh_made-up", "x"]) {
      const call = visitorOf(named).client.social.complete.mutate({ ticket, username: "any" });
      expect(await reasonFor(call)).toBe("TOKEN_INVALID");
    }
  });
});
