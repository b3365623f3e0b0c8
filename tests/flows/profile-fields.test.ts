import { createRequire } from "node:module";
import { errorFormatter, type KeywrightContext, mountAuth, profileRouters, transformer } from "@keywright/api";
import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { createTRPCClient } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { z as zod3 } from "zod/v3";
import { createTestApp, type TestApp } from "../support/app.js";
import { browserOf } from "../support/own-router.js";
import { refusal } from "../support/refusal.js";

const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const declared = z.strictObject({
  company: z.string().trim().min(1).max(100),
  newsletter: z.boolean().optional(),
  address: z
    .strictObject({ city: z.string().max(50), lines: z.array(z.string()) })
    .nullable()
    .optional(),
});
const router = t.router({ ...mountAuth(t), ...profileRouters(declared) });

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const visitor = () => createTRPCClient<typeof router>({ links: [browserOf(app, router)] });
const profile = { company: "Analytical Engines", newsletter: true };

const people = { count: 0 };
const newcomer = () => ({ email: `member${++people.count}@example.com`, password: "correct horse" });

async function member() {
  const client = visitor();
  const person = newcomer();
  await client.registration.register.mutate({ ...person, profile });
  await client.registration.verifyEmail.mutate({ token: await app.tokenFromMail(person.email) });
  return { client, ...person };
}

async function storedProfile(email: string): Promise<unknown> {
  const [row] = await app.sql(`select profile from keywright.users where email_key = '${email}'`);
  return row?.profile;
}

describe("fields of an app's own", () => {
  test("a visitor registers with them, and they are the account's from then on", async () => {
    const client = visitor();
    const answer = await client.registration.register.mutate({
      ...newcomer(),
      firstName: "Ada",
      profile: { company: "  Analytical Engines ", address: { city: "London", lines: ["12 St James’s Square"] } },
    });
    expect(answer).toMatchObject({ status: "signed_in", user: { firstName: "Ada" } });
    const me = await client.user.me.query();
    const company: string | undefined = me.profile.company;
    expect(company).toBe("Analytical Engines");
    expect(me.profile).toEqual({
      company: "Analytical Engines",
      address: { city: "London", lines: ["12 St James’s Square"] },
    });
  });

  test("a user changes some of them, and keeps the others", async () => {
    const { client, email } = await member();
    const user = await client.user.update.mutate({ lastName: "King", profile: { address: null } });
    expect(user).toMatchObject({ lastName: "King", profile: { ...profile, address: null } });
    await client.user.update.mutate({ profile: { newsletter: false } });
    await client.user.update.mutate({ profile: {} });
    await client.user.update.mutate({ firstName: "Ada" });
    expect((await client.user.me.query()).profile).toEqual({ ...profile, newsletter: false, address: null });
    expect(await storedProfile(email)).toEqual({ ...profile, newsletter: false, address: null });
  });

  test("a visitor's faulty fields are named by path, and no account is made", async () => {
    const person = newcomer();
    const faulty: [profile: object, fields: object][] = [
      [{ company: "x".repeat(101) }, { "profile.company": [{ reason: "TOO_LONG" }] }],
      [{ newsletter: true }, { "profile.company": [{ reason: "REQUIRED" }] }],
      [{ ...profile, newsletter: "yes" }, { "profile.newsletter": [{ reason: "INVALID" }] }],
      [{ ...profile, isAdmin: true }, { "profile.isAdmin": [{ reason: "UNKNOWN_FIELD" }] }],
      [{ ...profile, address: { city: "", lines: [1] } }, { "profile.address.lines.0": [{ reason: "INVALID" }] }],
      [{ company: "a\0b" }, { "profile.company": [{ reason: "INVALID" }] }],
      [{ ...profile, address: { city: "\ud800", lines: [] } }, { "profile.address": [{ reason: "INVALID" }] }],
    ];
    for (const [given, fields] of faulty) {
      // @ts-expect-error: nothing is known of it
      const error = await refusal(visitor().registration.register.mutate({ ...person, profile: given }));
      expect(reasonOf(error)).toBe("VALIDATION");
      expect(fieldErrorsOf(error)).toMatchObject(fields);
    }
    // @ts-expect-error: and neither does a profile that is missing
    const error = await refusal(visitor().registration.register.mutate(person));
    expect(fieldErrorsOf(error)).toMatchObject({ profile: [{ reason: "REQUIRED" }] });
    expect(await storedProfile(person.email)).toBeUndefined();
  });

  test("a user's faulty update changes nothing, not even the fields that were right", async () => {
    const { client } = await member();
    const before = await client.user.me.query();
    const faulty = [{ company: "" }, { newsletter: false, company: "a\0b" }, { newsletter: false, isAdmin: true }];
    for (const given of faulty) {
      const error = await refusal(client.user.update.mutate({ firstName: "Eve", profile: given }));
      expect(reasonOf(error)).toBe("VALIDATION");
      expect(Object.keys(fieldErrorsOf(error))[0]).toMatch(/^profile\.(company|isAdmin)$/);
    }
    expect(await client.user.me.query()).toEqual(before);
  });

  test("a caller is refused for the same reasons as without them", async () => {
    expect(reasonOf(await refusal(visitor().user.me.query()))).toBe("NOT_AUTHENTICATED");
    const { email, password, client } = await member();
    const taken = await refusal(visitor().registration.register.mutate({ email, password, profile }));
    expect(reasonOf(taken)).toBe("EMAIL_TAKEN");
    const twice = { ...newcomer(), confirmPassword: "battery staple", profile };
    const mismatch = await refusal(visitor().registration.register.mutate(twice));
    expect(fieldErrorsOf(mismatch)).toMatchObject({ confirmPassword: [{ reason: "PASSWORD_MISMATCH" }] });
    await client.registration.register.mutate({ ...newcomer(), username: "taken-name", profile });
    const name = await refusal((await member()).client.user.update.mutate({ username: "taken-name", profile: {} }));
    expect(reasonOf(name)).toBe("USERNAME_TAKEN");
  });

  test("an account from before the fields has an empty profile, and fills it in", async () => {
    const ada = await app.addUser();
    const client = visitor();
    await client.auth.login.mutate({ email: ada.email, password: ada.password });
    expect((await client.user.me.query()).profile).toEqual({});
    const { profile: filled } = await client.user.update.mutate({ profile: { company: "Engines" } });
    expect(filled).toEqual({ company: "Engines" });
  });

  test("a user is not shown stored values that are no longer declared so", async () => {
    const { client, email } = await member();
    const old = JSON.stringify({ company: 7, newsletter: true, address: { city: "London" }, isAdmin: true });
    await app.sql(`update keywright.users set profile = '${old}' where email_key = '${email}'`);
    expect((await client.user.me.query()).profile).toEqual({ newsletter: true });
  });

  test("a front end that misuses them does not compile, and is refused", async () => {
    const { client } = await member();
    const me = await client.user.me.query();
    const city: string | undefined = me.profile.address?.city;
    expect(city).toBeUndefined();
    // @ts-expect-error: an account may be older than the field
    const company: string = me.profile.company;
    expect(company).toBe(profile.company);
    // @ts-expect-error: a field that nobody declared
    expect(me.profile.isAdmin).toBeUndefined();
    // @ts-expect-error: a value of another type
    const wrong = await refusal(client.user.update.mutate({ profile: { newsletter: "no" } }));
    // @ts-expect-error: a required field is missing
    const missing = await refusal(visitor().registration.register.mutate({ ...newcomer(), profile: {} }));
    expect([reasonOf(wrong), reasonOf(missing)]).toEqual(["VALIDATION", "VALIDATION"]);
  });

  test("a user's own fields cost no statement", async () => {
    const { client } = await member();
    const { statements } = await app.costOf(() => client.user.me.query());
    expect(statements).toHaveLength(1);
  });
});

describe("without a declaration", () => {
  test("a profile in the input is an unknown field", async () => {
    const registration = { ...newcomer(), profile };
    // @ts-expect-error: nobody declared it
    const direct = await refusal(app.visitor().registration.register.mutate({ ...newcomer(), profile }));
    const ada = await app.signedIn(await app.addUser());
    const update = { firstName: "Ada", profile };
    const calls = [app.visitor().registration.register.mutate(registration), ada.user.update.mutate(update)];
    for (const error of [direct, ...(await Promise.all(calls.map(refusal)))]) {
      expect(reasonOf(error)).toBe("VALIDATION");
      expect(fieldErrorsOf(error)).toMatchObject({ profile: [{ reason: "UNKNOWN_FIELD" }] });
    }
  });

  test("a user's answer has no profile", async () => {
    const ada = await app.signedIn(await app.addUser());
    expect(await ada.user.me.query()).not.toHaveProperty("profile");
  });
});

describe("a declaration that could not be kept", () => {
  test.each([
    ["a date", z.strictObject({ born: z.date() }), "Date cannot be represented"],
    ["a big integer", z.strictObject({ count: z.bigint().optional() }), "BigInt cannot"],
    ["a map within", z.strictObject({ a: z.strictObject({ b: z.map(z.string(), z.string()) }) }), "Map cannot"],
    ["unknown fields let in", z.looseObject({ company: z.string() }), "one `z.strictObject"],
    ["unknown fields dropped", z.object({ company: z.string() }), "one `z.strictObject"],
    ["a rule for two fields", z.strictObject({ a: z.string() }).refine(({ a }) => a !== ""), "a rule for several"],
  ])("an app is told at its start: %s", (_name, schema, sentence) => {
    expect(() => profileRouters<Record<string, unknown>>(schema)).toThrow(sentence);
  });

  test("T10: an app with zod 3 is told that it takes zod 4, by the compiler as well", () => {
    const schema = zod3.object({ company: zod3.string() }).strict();
    // @ts-expect-error: '_zod' is missing
    expect(() => profileRouters(schema)).toThrow("must be declared with zod 4, and this schema is zod 3's");
  });

  test("T10: another copy of zod 4 is as good as ours", () => {
    const { z: second }: typeof import("zod") = createRequire(import.meta.url)("zod");
    expect(second.string).not.toBe(z.string);
    const routers = profileRouters(second.strictObject({ company: second.string() }));
    expect(routers.user.me).toBeDefined();
  });

  test("a transformed value and a default are told, too", () => {
    const length = z.strictObject({ name: z.string().transform((text) => text.length) });
    // @ts-expect-error: what is sent and what is kept have to be of one type
    expect(() => profileRouters(length)).toThrow("Transforms cannot");
    for (const field of [
      z.string().default("x"),
      z.string().catch("x"),
      z.string().prefault("x"),
      z.string().default("x").optional(),
    ]) {
      expect(() => profileRouters<Record<string, unknown>>(z.strictObject({ company: field }))).toThrow(
        "`company` has a default",
      );
    }
  });
});
