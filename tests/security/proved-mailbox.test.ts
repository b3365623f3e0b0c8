import { provideUser } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";

// Mallory registers Ada's address with a password of hers. Whoever proves the mailbox decides what becomes of the account.
const modes = ["mandatory", "optional", "none"] as const;
type Mode = (typeof modes)[number];
let apps: Record<Mode, TestApp>;
beforeAll(async () => {
  const optional = await createTestApp();
  const of = (verification: Mode) => createTestApp({ registration: { verification } }, optional.database);
  apps = { optional, mandatory: await of("mandatory"), none: await of("none") };
});
afterAll(async () => {
  await apps.mandatory.close();
  await apps.none.close();
  await apps.optional.close();
});

const malloryPassword = "mallory's horse";
const newPassword = "battery staple";
let people = 0;

/** Null where the call succeeds. */
const outcomeOf = (call: Promise<unknown>) => call.then(() => null, reasonOf);
const enter = (app: TestApp, email: string, password: string) =>
  outcomeOf(app.visitor().auth.login.mutate({ email, password }));

/** An account that Mallory has made with Ada's address, and everything that she has of it. */
async function squatted(app: TestApp) {
  const email = `squatted${++people}@example.com`;
  const input = { email, username: `mallory${people}`, password: malloryPassword, firstName: "Mallory" };
  const [browser, phone] = [app.visitor(), app.visitor({ transport: "bearer" })];
  await browser.registration.register.mutate(input);
  await outcomeOf(phone.auth.login.mutate({ email, password: malloryPassword }));
  await app.deliverMail();
  await app.sql(`insert into keywright.identities (id, user_id, provider, issuer, subject, created_at, last_used_at)
    select gen_random_uuid(), id, 'lax', 'https://lax.example', username, created_at, created_at
    from keywright.users where email = '${email}'`);
  return { email, browser, phone };
}

/** The page and the token of the latest link to an address. */
async function latestLink(app: TestApp, to: string) {
  const { links } = await app.mailTo(to);
  const link = new URL(links[0] ?? "");
  return { page: link.pathname, token: link.searchParams.get("token") ?? "" };
}

/** Ada follows the latest link, whatever it is for. */
async function follow(app: TestApp, email: string): Promise<string> {
  const { page, token } = await latestLink(app, email);
  const { purpose } = await app.visitor().password.checkToken.mutate({ token });
  if (purpose === "verify_email") await app.visitor().registration.verifyEmail.mutate({ token });
  if (purpose === "set_password") await app.visitor().password.set.mutate({ token, newPassword });
  if (purpose === "reset_password") await app.visitor().password.reset.mutate({ token, newPassword });
  return page;
}

async function expectAdas(app: TestApp, { email, browser, phone }: Awaited<ReturnType<typeof squatted>>) {
  expect(await enter(app, email, malloryPassword)).toBe("INVALID_CREDENTIALS");
  expect(await browser.auth.session.query()).toBeNull();
  expect(await outcomeOf(phone.user.me.query())).toBe("NOT_AUTHENTICATED");
  const ada = app.visitor();
  const { user } = await ada.auth.login.mutate({ email, password: newPassword });
  expect(user).toMatchObject({ email, emailVerified: true });
  expect(await ada.social.accounts.query()).toEqual([]);
  expect(await ada.auth.sessions.query()).toHaveLength(1);
}

const asked: Record<string, (app: TestApp, email: string) => Promise<unknown>> = {
  "registers the address": (app, email) => {
    const input = { email: email.toUpperCase(), password: "ada's own staple" };
    return app.visitor().registration.register.mutate(input);
  },
  "asks for a reset": (app, email) => app.visitor().password.requestReset.mutate({ email }),
};

describe.each(modes)("where verification is %s", (mode) => {
  test.each(Object.entries(asked))("REG-14: once Ada %s, the link makes the account hers (A9)", async (_how, ask) => {
    const app = apps[mode];
    const hers = await squatted(app);
    const before = app.mails.filter(({ to }) => to === hers.email).length;
    const refused = await outcomeOf(ask(app, hers.email));
    // Where unverified accounts may sign in, a taken address is refused, and no link is sent.
    if (refused !== null) return expect(refused).toBe("EMAIL_TAKEN");
    await app.deliverMail();
    expect(app.mails.filter(({ to }) => to === hers.email)).toHaveLength(before + 1);
    expect(await follow(app, hers.email)).toMatch(/^\/(set|reset)-password$/);
    await expectAdas(app, hers);
  });
});

describe("an account that Ada has asked about", () => {
  test("can no longer be verified for Mallory, by the link she had sent or by another one (A9)", async () => {
    const app = apps.optional;
    const hers = await squatted(app);
    const first = await latestLink(app, hers.email);
    expect(first.page).toBe("/verify-email");
    await asked["asks for a reset"]?.(app, hers.email);
    await app.deliverMail();
    expect(await outcomeOf(app.visitor().registration.verifyEmail.mutate({ token: first.token }))).toBe(
      "TOKEN_INVALID",
    );
    await hers.browser.registration.resendVerification.mutate({ email: hers.email });
    expect(await follow(app, hers.email)).toBe("/set-password");
    await expectAdas(app, hers);
  });

  test("is hers also where the mails of Mallory's registration have not left yet (A9)", async () => {
    const app = apps.mandatory;
    const email = `squatted${++people}@example.com`;
    await app.withMailAtRest(async () => {
      await app.visitor().registration.register.mutate({ email, password: malloryPassword });
      await asked["registers the address"]?.(app, email);
    });
    await app.deliverMail();
    const links = app.mails.filter(({ to }) => to === email).flatMap((mail) => mail.links);
    const works = links
      .map((link) => new URL(link).searchParams.get("token") ?? "")
      .map(async (token) => {
        return await outcomeOf(app.visitor().registration.verifyEmail.mutate({ token }));
      });
    expect(await Promise.all(works)).toEqual(links.map(() => "TOKEN_INVALID"));
    expect(await follow(app, email)).toBe("/set-password");
    expect(await enter(app, email, malloryPassword)).toBe("INVALID_CREDENTIALS");
    expect(await enter(app, email, newPassword)).toBeNull();
  });
});

describe("an account that nobody else has asked about", () => {
  test.each(["mandatory", "optional"] as const)(
    "verifies by its own link as ever, sent again or not (%s) (A9)",
    async (mode) => {
      const app = apps[mode];
      for (const isSentAgain of [false, true]) {
        const email = `own${++people}@example.com`;
        await app.visitor().registration.register.mutate({ email, password: "ada's own staple" });
        if (isSentAgain) await app.visitor().registration.resendVerification.mutate({ email });
        expect(await follow(app, email)).toBe("/verify-email");
        expect(await enter(app, email, "ada's own staple")).toBeNull();
      }
    },
  );

  test("gets the usual notice for a second registration once it is proved (A9)", async () => {
    const app = apps.mandatory;
    const ada = await app.addUser();
    await asked["registers the address"]?.(app, ada.email);
    expect((await latestLink(app, ada.email)).token).toBe("");
    expect(await enter(app, ada.email, ada.password)).toBeNull();
  });
});

describe("an account that a directory gives to Ada", () => {
  const nobody = { ip: null, userAgent: null, transport: "cookie" as const, presented: null, requestId: "directory" };
  const rowOf = async (app: TestApp, email: string) =>
    (await app.sql(`select * from keywright.users where email = '${email}'`))[0] ?? {};

  test.each(modes)("says what the directory says, and nothing of what Mallory said (%s) (A10)", async (mode) => {
    const app = apps[mode];
    const hers = await squatted(app);
    const { email } = hers;
    await app.sql(
      `update keywright.users set last_name = 'M', profile = '{"nick": "mallory"}' where email = '${email}'`,
    );
    const was = await rowOf(app, email);
    const username = `ada${people}`;
    const person = { email, username, firstName: "Ada" };
    expect(await provideUser(app.keywright.deps, nobody, person)).toMatchObject({
      id: was.id,
      username,
      firstName: "Ada",
      lastName: "",
      profile: {},
      hasPassword: false,
    });
    const { credential_version: version, ...now } = await rowOf(app, email);
    expect(now).toMatchObject({ username, username_key: username, first_name: "Ada", last_name: "", profile: {} });
    // Browsers' marks are for one version of the credentials.
    expect(Number(version)).toBeGreaterThan(Number(was.credential_version));
    expect(await enter(app, email, malloryPassword)).toBe("INVALID_CREDENTIALS");
    expect(await hers.browser.auth.session.query()).toBeNull();
    expect(await outcomeOf(hers.phone.user.me.query())).toBe("NOT_AUTHENTICATED");
    expect(await app.sql(`select 1 from keywright.identities where user_id = '${was.id}'`)).toEqual([]);
  });

  test("has no username where somebody else has the directory's, and keeps Ada's own (A10)", async () => {
    const app = apps.optional;
    const other = await app.addUser();
    const { email } = await squatted(app);
    const user = await provideUser(app.keywright.deps, nobody, { email, username: other.username.toUpperCase() });
    expect(user).toMatchObject({ email, username: null });
    const mine = await squatted(app);
    const username = `mallory${people}`;
    expect(await provideUser(app.keywright.deps, nobody, { email: mine.email, username })).toMatchObject({ username });
    expect(await provideUser(app.keywright.deps, nobody, { email: mine.email, firstName: "No" })).toMatchObject({
      username,
      firstName: "",
    });
  });
});
