import { openIdConnect } from "@keywright/api";
import { type KeywrightClient, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { subjectsTo } from "../support/mailed.js";
import { type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { visitorOf } from "../support/social.js";

const modes = ["none", "optional", "mandatory"] as const;
const states = ["unknown", "unverified", "verified", "disabled", "archived"] as const;
type Mode = (typeof modes)[number];
type State = (typeof states)[number];

let pine: MisbehavingProvider;
let home: TestApp;
const apps = new Map<string, TestApp>();
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  home = await createTestApp();
  const providers = [openIdConnect({ id: "pine", name: "Pine", ...pine.options })];
  for (const verification of modes) {
    for (const linkVerifiedEmails of [true, false]) {
      const config = { providers, registration: { verification }, social: { linkVerifiedEmails } };
      apps.set(`${verification} ${linkVerifiedEmails}`, await createTestApp(config, home.database));
    }
  }
});
afterAll(async () => {
  for (const app of apps.values()) await app.close();
  await home.close();
  await pine.close();
});

let people = 0;
const newEmail = () => `linked${++people}@example.com`;
const password = "correct horse";

/** The account that has the address already, and a client that was signed in to it. */
async function prepare(state: State, email: string): Promise<KeywrightClient | null> {
  if (state === "unknown") return null;
  const client = home.visitor();
  if (state === "unverified") {
    await client.registration.register.mutate({ email, password, username: `squatter${people}` });
    return client;
  }
  await home.visitor().registration.register.mutate({ email, password, username: `owner${people}` });
  // Not by its link: the apps share an outbox, and one that verifies no addresses drops what another one owes somebody.
  await home.sql(`update keywright.users set email_verified_at = now() where email = '${email}'`);
  await client.auth.login.mutate({ email, password });
  if (state === "archived") await client.user.archive.mutate({ password });
  if (state === "disabled") {
    await home.sql(`update keywright.users set is_disabled = true where email = '${email}'`);
  }
  return client;
}

async function signInAt(app: TestApp, email: string, isVouched: boolean) {
  const { client } = visitorOf(app);
  const claims = { sub: `subject${people}`, email, email_verified: isVouched, nonce: "n", given_name: "Ada" };
  const call = client.social.login.mutate({ provider: "pine", idToken: await pine.makeIdToken(claims), nonce: "n" });
  const outcome = await call.then(
    (answer) => (answer.status === "signed_in" ? (answer.created ? "created" : "entered") : answer.status),
    reasonOf,
  );
  return { outcome, client };
}

/** What is true of each combination. */
function expected(mode: Mode, state: State, { isVouched, mayLink }: { isVouched: boolean; mayLink: boolean }) {
  if (!isVouched && mode === "mandatory") return "verification_sent";
  if (state === "unknown") return "created";
  if (!isVouched) return "EMAIL_TAKEN";
  if (state === "disabled") return "ACCOUNT_DISABLED";
  if (state === "unverified") return mode === "none" ? "EMAIL_CONFLICT" : "entered";
  return mayLink ? "entered" : "EMAIL_CONFLICT";
}

const rows = modes.flatMap((mode) =>
  states.flatMap((state) =>
    [true, false].flatMap((isVouched) =>
      [true, false].map((mayLink) => {
        const outcome = expected(mode, state, { isVouched, mayLink });
        const vouched = isVouched ? "vouches" : "does not vouch";
        return { id: isVouched ? "S9" : "S14", mode, state, isVouched, mayLink, outcome, vouched };
      }),
    ),
  ),
);

/** Without the note that somebody else wants the address, which changes nothing yet. */
const rowOf = async (email: string) => {
  const [row] = await home.sql(`select * from keywright.users where email = '${email}'`);
  return row ? { ...row, contested_at: null } : null;
};

describe("an address that a provider brings", () => {
  test.each(rows)(
    "$id: of an $state account, verification $mode, linking $mayLink, for which it $vouched: $outcome",
    async ({ mode, state, isVouched, mayLink, outcome: wanted }) => {
      const app = apps.get(`${mode} ${mayLink}`);
      if (!app) throw new Error("There is an app for each mode.");
      const email = newEmail();
      const before = await prepare(state, email);
      const was = await rowOf(email);
      const { outcome, client } = await signInAt(app, email, isVouched);
      expect(outcome).toBe(wanted);
      const { user } = (await client.auth.session.query()) ?? { user: null };
      expect(user?.email ?? null).toBe(["created", "entered"].includes(wanted) ? email : null);
      if (wanted === "created") {
        expect(user).toMatchObject({ emailVerified: isVouched, hasPassword: false, firstName: "Ada" });
      } else if (wanted === "entered") {
        await expectEntered({ client, before, state });
      } else if (was) {
        expect(await rowOf(email)).toEqual(was);
      }
    },
  );
});

/** A verified account stays as it is; of an unverified one only the address is left. */
async function expectEntered({
  client,
  before,
  state,
}: {
  client: KeywrightClient;
  before: KeywrightClient | null;
  state: State;
}): Promise<void> {
  const me = await client.user.me.query();
  const isNew = state === "unverified";
  expect(me).toMatchObject({ emailVerified: true, archived: false, hasPassword: !isNew });
  expect(me.username).toBe(isNew ? null : `owner${people}`);
  expect((await before?.auth.session.query()) === null).toBe(isNew || state === "archived");
  const accounts = await client.social.accounts.query();
  expect(accounts).toMatchObject([{ provider: "pine", email: me.email }]);
}

describe("a conflict", () => {
  test("S9: is told to the owner, who can sign in and connect; no more often than other mails", async () => {
    const email = newEmail();
    const owner = await prepare("verified", email);
    const app = await createTestApp(
      {
        providers: [openIdConnect({ id: "pine", name: "Pine", ...pine.options })],
        limits: { mailsPerAddressPerHour: 3 },
      },
      home.database,
    );
    for (let round = 0; round < 5; round++) {
      expect((await signInAt(app, email, true)).outcome).toBe("EMAIL_CONFLICT");
      people++;
    }
    const subjects = (await subjectsTo(app, email)).filter((subject) => /connect|sign in/i.test(subject));
    expect(subjects).toHaveLength(3);
    const idToken = await pine.makeIdToken({ sub: "of the owner", email, email_verified: true, nonce: "n" });
    const connecting = visitorOf(app);
    await connecting.client.auth.login.mutate({ email, password });
    await connecting.client.social.connect.mutate({ provider: "pine", idToken, nonce: "n" });
    expect(await owner?.social.accounts.query()).toMatchObject([{ provider: "pine", email }]);
    await app.close();
  });

  test("S9: is also one where addresses are never verified: whose account has it keeps it", async () => {
    const email = newEmail();
    const owner = await prepare("unverified", email);
    const none = apps.get("none false");
    if (!none) throw new Error("There is an app for each mode.");
    expect((await signInAt(none, email, true)).outcome).toBe("EMAIL_CONFLICT");
    expect((await owner?.user.me.query())?.hasPassword).toBe(true);
  });
});

describe("connecting", () => {
  test("S10: does not enter the account that has the provider's address, even where signing in would", async () => {
    const email = newEmail();
    await prepare("verified", email);
    const linking = apps.get("optional true");
    if (!linking) throw new Error("There is an app for each mode.");
    const bob = await linking.addUser();
    const client = await linking.signedIn(bob);
    const idToken = await pine.makeIdToken({ sub: "bob", email, email_verified: true, nonce: "n" });
    await client.social.connect.mutate({ provider: "pine", idToken, nonce: "n" });
    expect((await client.user.me.query()).email).toBe(bob.email);
    const again = await pine.makeIdToken({ sub: "bob", email, email_verified: true, nonce: "m" });
    const answer = await linking.visitor().social.login.mutate({ provider: "pine", idToken: again, nonce: "m" });
    expect(answer).toMatchObject({ status: "signed_in", user: { email: bob.email } });
  });
});
