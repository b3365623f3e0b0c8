import * as nodeCrypto from "node:crypto";
import * as nodeUtil from "node:util";
import type {
  Authenticate,
  BuildLink,
  CreateTokenManager,
  EventListener,
  Gate,
  PasswordHasher,
  PasswordRule,
  RenderMail,
} from "@keywright/api";
import * as api from "@keywright/api";
import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { createTRPCUntypedClient } from "@trpc/client";
import * as trpc from "@trpc/server";
import * as jose from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as zod from "zod";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { browserOf, type Router } from "../support/own-router.js";
import { refusal } from "../support/refusal.js";
import { pageOf, runSample, samplesOf } from "../support/samples.js";

// What runs here is what the page shows: each sample is taken from it as it stands.

const modules = {
  "@keywright/api": api,
  "@trpc/server": trpc,
  jose,
  "node:crypto": nodeCrypto,
  "node:util": nodeUtil,
  zod,
};
const samples = samplesOf(pageOf("docs/extending.md"));

/** What the one sample exports that has `words` in it. `T` is what it is said to be, and compiled as elsewhere. */
function exportOf<T>(name: string, words = name): T {
  const sample = samples.find((text) => text.includes(words)) ?? "";
  return zod.z.custom<T>((value) => value !== undefined).parse(runSample(sample, modules)[name]);
}

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

/** Another instance on the same database. */
async function withApp(config: TestConfig, story: (app: TestApp) => Promise<void>): Promise<void> {
  const own = await createTestApp(config, app.database);
  await story(own).finally(() => own.close());
}

const people = { count: 0 };
const newcomer = () => ({ email: `stranger${++people.count}@example.com`, password: "correct horse" });

describe("a registration of an app's own", () => {
  const router = exportOf<Router>("appRouter", "invitation: z.string");

  function guest() {
    const codes = new Set(["welcome"]);
    const invitations = { accept: async (code: string) => codes.delete(code) };
    return createTRPCUntypedClient({ links: [browserOf(app, router, { invitations })] });
  }

  test("a visitor with an invitation is registered and signed in", async () => {
    const client = guest();
    const person = newcomer();
    const answer = await client.mutation("registration.register", { ...person, invitation: "welcome" });
    expect(answer).toMatchObject({ status: "signed_in", user: { email: person.email } });
    expect(await client.query("user.me")).toMatchObject({ email: person.email });
    const again = client.mutation("registration.register", { ...newcomer(), invitation: "welcome" });
    expect(fieldErrorsOf(await refusal(again))).toMatchObject({ invitation: [{ reason: "INVALID" }] });
  });

  test("a visitor without one is refused, and so is one whose input breaks a built-in rule", async () => {
    const register = (input: object) => refusal(guest().mutation("registration.register", input));
    const person = newcomer();
    expect(fieldErrorsOf(await register(person))).toMatchObject({ invitation: [{ reason: "REQUIRED" }] });
    const twice = await register({ ...person, invitation: "welcome", confirmPassword: "battery staple" });
    expect(fieldErrorsOf(twice)).toMatchObject({ confirmPassword: [{ reason: "PASSWORD_MISMATCH" }] });
    const more = await register({ ...person, invitation: "welcome", isAdmin: true });
    expect(fieldErrorsOf(more)).toMatchObject({ isAdmin: [{ reason: "UNKNOWN_FIELD" }] });
    expect(await app.sql(`select id from keywright.users where email_key = '${person.email}'`)).toEqual([]);
    const ada = await app.addUser();
    expect(reasonOf(await register({ ...person, email: ada.email, invitation: "welcome" }))).toBe("EMAIL_TAKEN");
  });

  test("a visitor's call of it is counted by address, as one of the built-in one", async () => {
    const register = () => refusal(guest().mutation("registration.register", { ...newcomer(), invitation: "x" }));
    expect(await app.limitStatementsOf(register)).toBe(1);
  });
});

describe("an answer of an app's own", () => {
  test("a user is shown what the app knows besides", async () => {
    const router = exportOf<Router>("appRouter", "posts: await");
    const client = createTRPCUntypedClient({ links: [browserOf(app, router, { posts: { countOf: async () => 3 } })] });
    expect(reasonOf(await refusal(client.query("user.me")))).toBe("NOT_AUTHENTICATED");
    const ada = await app.addUser();
    await client.mutation("auth.login", { email: ada.email, password: ada.password });
    expect(await client.query("user.me")).toMatchObject({ email: ada.email, username: ada.username, posts: 3 });
  });
});

describe("an authenticator of an app's own", () => {
  const directoryFirst = exportOf<(directory: object) => Authenticate>("directoryFirst");

  /** A directory that knows one person, under the name and with the password that are given. */
  function directoryOf(person: object, password = "directory secret") {
    const bind = async (_name: string, given: string) => (given === password ? person : null);
    return { authenticate: directoryFirst({ bind }) };
  }

  const login = (own: TestApp, name: string, password = "directory secret") =>
    own.visitor().auth.login.mutate({ login: name, password });

  test("a person of the directory logs in, and has an account from then on", async () => {
    const { email } = newcomer();
    const person = { email, username: "directory.ada", firstName: "Ada", lastName: "King" };
    await withApp(directoryOf(person), async (own) => {
      const { user } = await login(own, "directory.ada");
      expect(user).toMatchObject({ ...person, emailVerified: true, hasPassword: false });
      expect((await login(own, email)).user.id).toBe(user.id);
      expect(reasonOf(await refusal(login(own, email, "wrong secret")))).toBe("INVALID_CREDENTIALS");
    });
  });

  test("a user with a password keeps it, and whoever is in both is one account", async () => {
    const ada = await app.addUser();
    const client = await app.signedIn(ada);
    await withApp(directoryOf({ email: ada.email.toUpperCase(), firstName: "Augusta" }), async (own) => {
      const { user } = await login(own, ada.email);
      expect(user).toMatchObject({ email: ada.email, username: ada.username, firstName: "", hasPassword: true });
      expect((await login(own, ada.email, ada.password)).user.id).toBe(user.id);
      expect((await client.user.me.query()).id).toBe(user.id);
    });
  });

  test("a person of the directory gets the account that somebody registered with the address and never verified", async () => {
    const { email, password: chosen } = newcomer();
    const mallory = app.visitor();
    await mallory.registration.register.mutate({ email, password: chosen, firstName: "Mallory" });
    await mallory.user.requestEmailChange.mutate({ email: newcomer().email, password: chosen });
    const token = await app.tokenFromMail(`stranger${people.count}@example.com`);
    const malloryId = (await mallory.user.me.query()).id;
    await withApp(directoryOf({ email, firstName: "Ada" }), async (own) => {
      const { user } = await login(own, email);
      expect(user).toMatchObject({ id: malloryId, emailVerified: true, hasPassword: false, firstName: "Ada" });
      expect(reasonOf(await refusal(mallory.user.me.query()))).toBe("NOT_AUTHENTICATED");
      expect(reasonOf(await refusal(login(own, email, chosen)))).toBe("INVALID_CREDENTIALS");
      const change = app.visitor().user.confirmEmailChange.mutate({ token });
      expect(reasonOf(await refusal(change))).toBe("TOKEN_INVALID");
      expect((await login(own, email)).user.id).toBe(user.id);
    });
  });

  test("several logins of one person at once end in one account", async () => {
    const { email } = newcomer();
    const claimed = newcomer();
    await app.visitor().registration.register.mutate(claimed);
    for (const person of [{ email, username: `racer${people.count}` }, { email: claimed.email }]) {
      await withApp(directoryOf(person), async (own) => {
        const answers = await Promise.allSettled([1, 2, 3, 4].map(() => login(own, person.email)));
        const users = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value.user] : []));
        expect(users.length).toBeGreaterThan(0);
        expect(new Set(users.map(({ id }) => id)).size).toBe(1);
        expect(await app.sql(`select id from keywright.users where email_key = '${person.email}'`)).toHaveLength(1);
        expect(await login(own, person.email)).toMatchObject({ user: { emailVerified: true, hasPassword: false } });
      });
    }
  });

  test("a person whose account is disabled is not let in by the directory", async () => {
    const ada = await app.addUser();
    await app.sql(`update keywright.users set is_disabled = true where email_key = '${ada.email}'`);
    await withApp(directoryOf({ email: ada.email }), async (own) => {
      expect(reasonOf(await refusal(login(own, ada.email)))).toBe("INVALID_CREDENTIALS");
    });
    const never = newcomer();
    await app.visitor().registration.register.mutate(never);
    await app.sql(`update keywright.users set is_disabled = true where email_key = '${never.email}'`);
    await withApp(directoryOf({ email: never.email }), async (own) => {
      expect(reasonOf(await refusal(login(own, never.email)))).toBe("INVALID_CREDENTIALS");
    });
    expect(
      await app.sql(`select email_verified_at as at from keywright.users where email_key = '${never.email}'`),
    ).toEqual([{ at: null }]);
  });

  test("a person whose username is taken, or no username here, gets an account without one", async () => {
    const bob = await app.addUser();
    for (const username of [bob.username.toUpperCase(), "CN=Ada King, DC=example", "admin"]) {
      const { email } = newcomer();
      const person = { email, username, lastName: "King\u0000" };
      await withApp({ ...directoryOf(person), user: { reservedUsernames: ["admin"] } }, async (own) => {
        expect((await login(own, email)).user).toMatchObject({ email, username: null, lastName: "" });
      });
    }
  });
});

describe("a password hasher of an app's own", () => {
  // hashlib.pbkdf2_hmac("sha256", …), as Django stores it.
  const imported = "pbkdf2_sha256$20000$seasalt$be2n/V0POoZAKhrEA7BkQx8ZusKTPo6ddg+sd5pWOKM=";
  const password = "lètmein, please";

  test("a user who came with a hash of Django logs in with the old password, and is hashed anew", async () => {
    const passwordHasher = await exportOf<() => Promise<PasswordHasher>>("djangoHashes")();
    await withApp({ passwordHasher }, async (own) => {
      const ada = await own.addUser();
      const ofAda = `user_id = (select id from keywright.users where email_key = '${ada.email}')`;
      const stored = async () => (await own.sql(`select hash from keywright.passwords where ${ofAda}`))[0]?.hash;
      await own.sql(`update keywright.passwords set hash = '${imported}' where ${ofAda}`);
      const login = (given: string) => own.visitor().auth.login.mutate({ email: ada.email, password: given });
      expect(reasonOf(await refusal(login("letmein, please")))).toBe("INVALID_CREDENTIALS");
      expect(await stored()).toBe(imported);
      expect((await login(password)).user.email).toBe(ada.email);
      const renewed = await stored();
      expect(renewed).toMatch(/^\$kw1\$/);
      expect((await login(password)).user.email).toBe(ada.email);
      expect(await stored()).toBe(renewed);
      expect(reasonOf(await refusal(login("letmein, please")))).toBe("INVALID_CREDENTIALS");
    });
  });
});

describe("tokens of an app's own", () => {
  test("a phone's token has the app's claim in it, opens its calls, and is renewed", async () => {
    const key = nodeCrypto.randomBytes(32);
    const gatewayTokens = exportOf<(key: Uint8Array) => CreateTokenManager>("gatewayTokens");
    await withApp({ tokenManager: gatewayTokens(key) }, async (own) => {
      const ada = await own.addUser();
      const phone = own.visitor({ transport: "bearer" });
      const { tokens } = await phone.auth.login.mutate({ email: ada.email, password: ada.password });
      const { payload } = await jose.jwtVerify(tokens?.accessToken ?? "", key);
      expect(payload).toMatchObject({ verified: true });
      expect((await phone.user.me.query()).email).toBe(ada.email);
      own.travel(6 * 60_000);
      const verifying = own.visitor().auth.verifyToken.mutate({ token: tokens?.accessToken ?? "" });
      expect(reasonOf(await refusal(verifying))).toBe("TOKEN_EXPIRED");
      const renewed = await own.visitor().auth.refreshToken.mutate({ refreshToken: tokens?.refreshToken ?? "" });
      const headers = { authorization: `Bearer ${renewed.accessToken}` };
      expect((await own.get("user.me", headers)).status).toBe(200);
    });
  });
});

describe("a password rule of an app's own", () => {
  test("a visitor's password from a breach is refused, at sign-up and at reset", async () => {
    const notBreached = exportOf<(suffixesOf: (prefix: string) => Promise<string>) => PasswordRule>("notBreached");
    const leaked = "leaked horse battery";
    const hash = nodeCrypto.createHash("sha1").update(leaked).digest("hex").toUpperCase();
    const asked: string[] = [];
    const suffixesOf = async (prefix: string) => {
      asked.push(prefix);
      return prefix === hash.slice(0, 5) ? `0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n${hash.slice(5)}:42` : "";
    };
    await withApp({ passwordRule: notBreached(suffixesOf) }, async (own) => {
      const error = await refusal(own.visitor().registration.register.mutate({ ...newcomer(), password: leaked }));
      expect(reasonOf(error)).toBe("VALIDATION");
      expect(fieldErrorsOf(error)).toMatchObject({ password: [{ reason: "PASSWORD_BREACHED" }] });
      const ada = await own.addUser();
      await own.visitor().password.requestReset.mutate({ email: ada.email });
      const token = await own.tokenFromMail(ada.email);
      const reset = own.visitor().password.reset.mutate({ token, newPassword: leaked });
      expect(fieldErrorsOf(await refusal(reset))).toMatchObject({ newPassword: [{ reason: "PASSWORD_BREACHED" }] });
      await own.visitor().password.reset.mutate({ token, newPassword: "battery staple" });
      expect(asked.every((prefix) => prefix.length === 5)).toBe(true);
    });
  });
});

describe("mails of an app's own", () => {
  test("a user gets the app's text for one kind, and the built-in one for the others", async () => {
    const renderMail = exportOf<RenderMail>("renderMail");
    await withApp({ renderMail, mail: { language: "de", appName: "Acme" } }, async (own) => {
      const ada = await own.addUser();
      expect((await own.mailTo(ada.email)).subject).toMatch(/Acme/);
      await own.visitor().password.requestReset.mutate({ email: ada.email });
      const mail = await own.mailTo(ada.email);
      expect(mail.subject).toBe("Neues Passwort für Acme");
      expect(mail.text).toBe(`Neues Passwort für Acme:\n\n${mail.links[0]}\n`);
      expect(mail.html).toContain(`<a href="${mail.links[0]}">Neues Passwort für Acme</a>`);
    });
  });
});

describe("links of an app's own", () => {
  test("a user's mail opens the phone app, with a token that works", async () => {
    await withApp({ buildLink: exportOf<BuildLink>("buildLink") }, async (own) => {
      const ada = await own.addUser();
      await own.visitor().password.requestReset.mutate({ email: ada.email });
      const { links, text } = await own.mailTo(ada.email);
      expect(links).toEqual([expect.stringMatching(/^myapp:\/\/reset_password\?token=[\w.-]+$/)]);
      expect(text).toContain(links[0]);
      const token = await own.tokenFromMail(ada.email);
      await own.visitor().password.reset.mutate({ token, newPassword: "battery staple" });
    });
  });
});

describe("events", () => {
  test("an app is told of them after the change, and its failures break nothing", async () => {
    const keepUpToDate = exportOf<(newsletter: object) => EventListener>("keepUpToDate");
    const told: unknown[] = [];
    const newsletter = {
      move: async (from: string, to: string) => told.push(["move", from, to]),
      forget: async (userId: string) => {
        told.push(["forget", userId]);
        throw new Error("The newsletter is away.");
      },
    };
    await withApp({ onEvent: keepUpToDate(newsletter) }, async (own) => {
      const ada = await own.addUser();
      const client = await own.signedIn(ada);
      const { id } = await client.user.me.query();
      const { email } = newcomer();
      await client.user.requestEmailChange.mutate({ email, password: ada.password });
      await client.user.confirmEmailChange.mutate({ token: await own.tokenFromMail(email) });
      expect(await client.user.delete.mutate({ password: ada.password })).toEqual({ outcome: "deleted" });
      expect(told).toEqual([
        ["move", ada.email, email],
        ["forget", id],
      ]);
      expect(own.logs).toContainEqual(expect.objectContaining({ message: "The listener failed at user.deleted." }));
    });
  });
});

describe("a gate of an app's own", () => {
  test("a visitor shows to be human", async () => {
    const isHuman = async (answer: string, ip: string | null) => answer === "a human's" && ip === "127.0.0.1";
    const gate = exportOf<(isHuman: object) => Gate>("captcha")(isHuman);
    await withApp({ gate }, async (own) => {
      const person = newcomer();
      const robot = own.visitor({ headers: { "keywright-proof": "a robot's" } });
      for (const stranger of [own.visitor(), robot]) {
        const error = await refusal(stranger.registration.register.mutate(person));
        expect(error).toMatchObject({ message: "Please show that you are human.", data: { proof: "captcha" } });
      }
      const human = own.visitor({ headers: { "keywright-proof": "a human's" } });
      expect((await human.registration.register.mutate(person)).status).toBe("signed_in");
    });
  });

  test("a visitor registers with an address of the app's domains only", async () => {
    const gate = exportOf<(domains: string[]) => Gate>("onlyFrom")(["example.com", "example.org"]);
    await withApp({ gate }, async (own) => {
      const { password } = newcomer();
      for (const email of ["eve@evil.test", "eve@example.com.evil.test", "eve@notexample.com"]) {
        const error = await refusal(own.visitor().registration.register.mutate({ email, password }));
        expect(reasonOf(error)).toBe("REFUSED_BY_APP");
        expect(error).toMatchObject({ message: "Please use an address of example.com or example.org." });
      }
      const ada = { email: "Ada.Gate@EXAMPLE.org", password };
      expect((await own.visitor().registration.register.mutate(ada)).status).toBe("signed_in");
      expect((await own.visitor().auth.login.mutate(ada)).status).toBe("signed_in");
    });
  });
});
