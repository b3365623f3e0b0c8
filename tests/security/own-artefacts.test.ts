import { openIdConnect } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";
import { type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { peopleOf } from "../support/provider-people.js";
import { appRouter } from "../support/router.js";
import { type SocialVisitor, visitorOf } from "../support/social.js";

// Mallory asks about an address in every way there is, then looks at everything of her own: none of it may depend on who
// has the address. One thing is not hidden: whoever registers a free address can sign in with the password they chose, or
// would be told that the address is unverified.
let pine: MisbehavingProvider;
let mandatory: TestApp;
let optional: TestApp;
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  const lax = openIdConnect({ id: "lax", name: "Lax", ...pine.options, vouchesForEmail: false });
  const limits = { mailsPerAddressPerHour: 3, passwordTriesPerAccount: 4 };
  mandatory = await createTestApp({ limits, providers: [lax], registration: { verification: "mandatory" } });
  optional = await createTestApp({ limits, providers: [lax] }, mandatory.database);
});
afterAll(async () => {
  await optional.close();
  await mandatory.close();
  await pine.close();
});

const { proofOf } = peopleOf(() => pine);
const holders = [
  "nobody",
  "a proved account",
  "an unproved account",
  "a disabled account",
  "an archived account",
] as const;
type Holder = (typeof holders)[number];
const password = "mallory's horse";
let people = 0;

/** What a call answers, or why it is refused. */
const outcomeOf = (call: Promise<unknown>) => call.catch((error: unknown) => `refused: ${reasonOf(error)}`);

/** Mallory at her browser, the address that she asks about, and a username that nobody has. */
interface Attempt {
  app: TestApp;
  visit: SocialVisitor;
  email: string;
  username: string;
}

interface Probe {
  ask(attempt: Attempt): Promise<unknown>;
  /** What else she can try that might show what came of it. */
  sequels?(attempt: Attempt): (() => Promise<unknown>)[];
}

/** Where the name that came with the address may show that an account was made. */
const usesOfTheName = ({ app, visit: { client }, username, email }: Attempt) => {
  const other = (rest: object) => app.visitor().registration.register.mutate({ email, username, password, ...rest });
  return [
    () => other({}),
    () => other({ username: username.toUpperCase(), email: `other.${email}` }),
    () => other({ username: `second.${username}` }),
    () => other({ username: `second.${username}`, email: `other.${email}` }),
    () => client.user.update.mutate({ username }),
    () => app.visitor().auth.login.mutate({ username, password: "a wrong horse" }),
    () => app.visitor().password.requestReset.mutate({ email }),
    () => app.visitor().registration.resendVerification.mutate({ email }),
  ];
};

/** Every procedure that takes a name of somebody else. */
const probes: Record<string, Probe> = {
  "auth.login": {
    ask: ({ visit, email }) => visit.client.auth.login.mutate({ email, password: "a wrong horse" }),
  },
  "password.requestReset": { ask: ({ visit, email }) => visit.client.password.requestReset.mutate({ email }) },
  "registration.register": {
    ask: ({ visit, email, username }) => visit.client.registration.register.mutate({ email, username, password }),
    sequels: usesOfTheName,
  },
  "registration.resendVerification": {
    ask: ({ visit, email }) => visit.client.registration.resendVerification.mutate({ email }),
  },
  "user.requestEmailChange": {
    ask: ({ visit, email }) => visit.client.user.requestEmailChange.mutate({ email, password }),
  },
  "social.login": {
    async ask({ app, email, username }) {
      const person = { sub: `lax ${username}`, email, email_verified: true, preferred_username: username };
      const { client } = visitorOf(app);
      return await client.social.login.mutate(await proofOf(person, "lax"));
    },
    sequels: usesOfTheName,
  },
};

/** All others, and why they are not asked. */
const others: Record<string, readonly string[]> = {
  "takes no name": [
    "auth.logout",
    "auth.session",
    "auth.sessions",
    "auth.revokeOtherSessions",
    "auth.reauthenticate",
    "auth.requestCode",
    "auth.config",
    "password.change",
    "user.me",
    "user.events",
    "user.export",
    "user.archive",
    "user.delete",
    "social.providers",
    "social.start",
    "social.connect",
    "social.accounts",
  ],
  "takes what only its owner has: a token, a link, a ticket or an id of their own": [
    "auth.revokeSession",
    "auth.refreshToken",
    "auth.verifyToken",
    "auth.revokeToken",
    "password.checkToken",
    "password.reset",
    "password.set",
    "user.confirmEmailChange",
    "user.undoEmailChange",
    "registration.verifyEmail",
    "social.complete",
    "social.disconnect",
  ],
  "tells of usernames only, which are public": ["user.update"],
};

test("every procedure is in the table, or on the list of those that take no name of somebody else", () => {
  const listed = [...Object.keys(probes), ...Object.values(others).flat()];
  expect(listed.toSorted()).toEqual(Object.keys(appRouter._def.procedures).toSorted());
});

/** An address that belongs to what the name says. */
async function addressOf(holder: Holder): Promise<string> {
  const email = `holder${++people}@example.com`;
  if (holder === "nobody") return email;
  const input = { email, username: `holder${people}`, password: "another horse" };
  if (holder === "an unproved account") await mandatory.visitor().registration.register.mutate(input);
  else await mandatory.addUser(input);
  const states = { "a disabled account": "is_disabled = true", "an archived account": "archived_at = created_at" };
  const state = Object.entries(states).find(([name]) => name === holder)?.[1];
  if (state) await mandatory.sql(`update keywright.users set ${state} where email_key = '${email}'`);
  await mandatory.deliverMail();
  // The holder's own calls count as anybody's do.
  await mandatory.sql("delete from keywright.rate_limits");
  return email;
}

/** Everything that Mallory has and sees afterwards. */
async function artefactsOf({ app, visit }: Attempt, { mailboxes, token }: { mailboxes: string[]; token: string }) {
  const { client, browser } = visit;
  await app.deliverMail();
  const mails = [];
  for (const mailbox of mailboxes) mails.push(await subjectsTo(app, mailbox));
  const me = await client.user.me.query();
  return {
    link: await outcomeOf(app.visitor().password.checkToken.mutate({ token })),
    mails,
    cookies: [...browser.jar.keys()],
    user: { ...me, id: "", email: "", username: "", createdAt: 0, lastLoginAt: 0 },
    sessions: (await client.auth.sessions.query()).length,
    events: (await client.user.events.query({ limit: 100 })).events.map(({ kind }) => kind).toSorted(),
    identities: await client.social.accounts.query(),
    export: Object.entries(await client.user.export.mutate()).map(([name, kept]) => [
      name,
      Array.isArray(kept) && kept.length,
    ]),
  };
}

/** Asks as long as the limits let her and a little longer, and tells everything that there is to see. */
async function observe(app: TestApp, probe: Probe, holder: Holder) {
  const mallory = await app.addUser({ password });
  const mine = `own.${mallory.email}`;
  const visit = visitorOf(app);
  await visit.client.auth.login.mutate({ email: mallory.email, password });
  await visit.client.user.requestEmailChange.mutate({ email: mine, password });
  const token = await mailedToken(app, mine, "/confirm-email");
  const attempt = { app, visit, email: await addressOf(holder), username: `wanted${++people}` };
  const answers: unknown[] = [];
  const ask = async () => void answers.push(await outcomeOf(probe.ask(attempt)));
  const cost = await app.costOf(ask);
  const again = await app.costOf(ask);
  const counting = await app.limitStatementsOf(ask);
  for (let round = 0; round < 3; round++) await ask();
  const seen = await artefactsOf(attempt, { mailboxes: [mallory.email, mine], token });
  const sequels: unknown[] = [];
  for (const sequel of probe.sequels?.(attempt) ?? []) sequels.push(await outcomeOf(sequel()));
  return { answers, cost, again, counting, seen, sequels };
}

describe("nothing of Mallory's own tells who has an address", () => {
  test.each(Object.keys(probes))(
    "A2, A7, A8, A13: that she asked about by %s, where addresses must be verified",
    async (path) => {
      const probe = probes[path] ?? { ask: async () => {} };
      const observed = [];
      for (const holder of holders) observed.push(await observe(mandatory, probe, holder));
      for (const [index, seen] of observed.entries()) expect(seen, holders[index]).toEqual(observed[0]);
    },
  );

  test.each(["auth.login", "password.requestReset", "registration.resendVerification", "user.requestEmailChange"])(
    "A2, A7, A8: that she asked about by %s, where unverified accounts may sign in",
    async (path) => {
      const probe = probes[path] ?? { ask: async () => {} };
      const free = await observe(optional, probe, "nobody");
      expect(await observe(optional, probe, "a proved account")).toEqual(free);
      expect(await observe(optional, probe, "an unproved account")).toEqual(free);
    },
  );
});

describe("a username that was chosen while registering a taken address", () => {
  const register = (email: string, username: string) =>
    outcomeOf(mandatory.visitor().registration.register.mutate({ email, username, password }));

  test("is taken from then on, as it is with a free one, but not for the owner of the address (A13)", async () => {
    const ada = await mandatory.addUser();
    const free = `free${++people}@example.com`;
    for (const email of [ada.email, free]) {
      const username = `chosen${++people}`;
      expect(await register(email, username)).toEqual({ status: "verification_sent" });
      expect(await register(email, username)).toBe("refused: USERNAME_TAKEN");
      expect(await register(`else${people}@example.com`, username)).toBe("refused: USERNAME_TAKEN");
    }
    const hers = await mandatory.signedIn(ada);
    const [held] =
      await mandatory.sql(`select username_holds.username_key from keywright.username_holds join keywright.users
      on users.id = user_id where email_key = '${ada.email}'`);
    const username = String(held?.username_key);
    expect(await hers.user.update.mutate({ username })).toMatchObject({ username });
  });

  test("is taken also for two who want it at the same moment (A13)", async () => {
    const ada = await mandatory.addUser();
    for (const email of [ada.email, `free${++people}@example.com`]) {
      const username = `rushed${++people}`;
      const both = await Promise.all([register(email, username), register(`own${people}@example.com`, username)]);
      expect(both.filter((answer) => answer === "refused: USERNAME_TAKEN")).toHaveLength(1);
    }
  });

  test("comes back with the unverified accounts of the same time (A13)", async () => {
    const ada = await mandatory.addUser();
    const brief = { registration: { verification: "mandatory" as const, unverifiedDays: 3 } };
    const own = await createTestApp(brief, mandatory.database);
    const username = `brief${++people}`;
    await register(ada.email, username);
    const holds = () => own.sql(`select 1 from keywright.username_holds where username_key = '${username}'`);
    own.travel(2 * 86_400_000);
    await own.keywright.cleanUp();
    expect(await holds()).toHaveLength(1);
    own.travel(86_400_000);
    await own.keywright.cleanUp();
    expect(await holds()).toHaveLength(0);
    await own.close();
  });
});
