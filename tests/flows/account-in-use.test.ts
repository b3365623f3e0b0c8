import { type KeywrightEvent, openIdConnect } from "@keywright/api";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";
import { type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { peopleOf } from "../support/provider-people.js";
import { reasonFor } from "../support/reason.js";
import { visitorOf } from "../support/social.js";

const dayMs = 86_400_000;
const password = "correct horse";
const constraint = "orders_user_id_fk";
/** What an app may write where it should write `on delete cascade`. */
const deferred = "deferrable initially deferred";
const manners = ["", "on delete restrict", deferred] as const;

let pine: MisbehavingProvider;
let app: TestApp;
const events: KeywrightEvent[] = [];
const config = (more: TestConfig = {}): TestConfig => ({
  providers: [openIdConnect({ id: "pine", name: "Pine", ...pine.options })],
  onEvent: (event) => void events.push(event),
  ...more,
});
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  app = await createTestApp(config());
});
afterAll(async () => {
  await app.close();
  await pine.close();
});
afterEach(() => app.sql("drop table if exists orders"));

const { newPerson, proofOf } = peopleOf(() => pine);

/** The app's own table, and an order of each of these accounts. */
async function order(emails: string[], manner: string): Promise<void> {
  await app.sql(`create table orders (id serial, user_id uuid, constraint ${constraint} foreign key (user_id)
    references keywright.users (id) ${manner})`);
  const list = emails.map((email) => `'${email}'`).join(", ");
  await app.sql(`insert into orders (user_id) select id from keywright.users where email in (${list})`);
  expect(await app.sql("select id from orders")).toHaveLength(emails.length);
}

async function idOf(email: string): Promise<string | null> {
  const [row] = await app.sql(`select id from keywright.users where email = '${email}'`);
  return row ? String(row.id) : null;
}

const warningsOf = ({ logs }: TestApp) => logs.filter(({ message }) => message.includes(constraint));

describe("D7: where an order of the app refers to an account", () => {
  test.each(manners)(
    "its owner is told that it is in use, the operator by what, and nothing has changed: %s",
    async (manner) => {
      const ada = await app.addUser();
      const [mine, laptop] = [await app.signedIn(ada), await app.signedIn(ada, { transport: "bearer" })];
      await order([ada.email], manner);
      const { length } = warningsOf(app);
      expect(await reasonFor(mine.user.delete.mutate({ password }))).toBe("ACCOUNT_IN_USE");
      expect(warningsOf(app).slice(length)).toEqual([
        { level: "warn", message: expect.stringContaining(`"${constraint}"`), requestId: expect.any(String) },
      ]);
      for (const client of [mine, laptop]) expect((await client.user.me.query()).email).toBe(ada.email);
      expect((await subjectsTo(app, ada.email)).join()).not.toMatch(/deleted/);
      expect(events.filter(({ kind }) => kind === "user.deleted")).toEqual([]);

      await app.sql("delete from orders");
      expect(await mine.user.delete.mutate({ password })).toEqual({ outcome: "deleted" });
      events.length = 0;
    },
  );

  test("it may still be deactivated, and one that nothing refers to is deleted as ever", async () => {
    const [ada, bob] = [await app.addUser(), await app.addUser()];
    await order([ada.email], "");
    const keeping = await createTestApp({ user: { deletion: "deactivate" } }, app.database);
    const hers = await keeping.signedIn(ada);
    expect(await hers.user.delete.mutate({ password })).toEqual({ outcome: "deactivated" });
    await keeping.close();
    expect(await (await app.signedIn(bob)).user.delete.mutate({ password })).toEqual({ outcome: "deleted" });
    events.length = 0;
  });

  test("it stays although it was never verified, holds up no other, and is not tried again before a day is over", async () => {
    const emails = Array.from({ length: 5 }, (_, index) => `stale${index}@example.com`);
    for (const email of emails) await app.visitor().registration.register.mutate({ email, password });
    const [first = "", , third = ""] = emails;
    await order([first, third], deferred);
    const strict = await createTestApp({ registration: { unverifiedDays: 7 } }, app.database);
    strict.travel(8 * dayMs);
    expect((await strict.keywright.cleanUp()).users).toBe(3);
    expect(await Promise.all(emails.map(async (email) => (await idOf(email)) !== null))).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
    expect(warningsOf(strict)).toEqual([{ level: "warn", message: expect.stringMatching(/^2 unverified accounts/) }]);
    await strict.visitor().registration.register.mutate({ email: `next.${first}`, password });
    strict.travel(dayMs / 2);
    expect((await strict.keywright.cleanUp()).users).toBe(0);
    expect(warningsOf(strict)).toHaveLength(1);
    await app.sql(`delete from orders where user_id = '${await idOf(first)}'`);
    expect((await strict.keywright.cleanUp()).users).toBe(0);
    strict.travel(dayMs / 2);
    expect((await strict.keywright.cleanUp()).users).toBe(1);
    expect([await idOf(first), (await idOf(third)) !== null]).toEqual([null, true]);
    strict.travel(7 * dayMs);
    expect((await strict.keywright.cleanUp()).users).toBe(1);
    expect(await idOf(`next.${first}`)).toBeNull();
    await strict.close();
    events.length = 0;
  });

  test("it loses the address that another account has proved, and that account keeps it", async () => {
    const email = "squatted@example.com";
    const squatter = app.visitor();
    await squatter.registration.register.mutate({ email, password });
    const id = await idOf(email);
    await order([email], deferred);
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    await mine.user.requestEmailChange.mutate({ email, password });
    await mine.user.confirmEmailChange.mutate({ token: await mailedToken(app, email, "/confirm-email") });
    expect(await mine.user.me.query()).toMatchObject({ email, emailVerified: true });
    expect(await squatter.auth.session.query()).toBeNull();
    expect(await app.sql(`select email from keywright.users where id = '${id}'`)).toEqual([{ email: null }]);
    expect(events.findLast(({ userId }) => userId === id)?.kind).toBe("email.released");
    events.length = 0;
  });

  test("somebody who mistyped an address at a first sign-in corrects it, and the order's account is an empty shell", async () => {
    const strict = await createTestApp(config({ registration: { verification: "mandatory" } }), app.database);
    const ada = { ...newPerson(), email_verified: false, given_name: "Ada" };
    const signIn = async (email: string) => {
      const { client } = visitorOf(strict);
      const { status } = await client.social.login.mutate(await proofOf({ ...ada, email }));
      return { client, status };
    };
    const typo = `typo.${ada.email}`;
    expect((await signIn(typo)).status).toBe("verification_sent");
    const wrong = await mailedToken(strict, typo, "/verify-email");
    const id = await idOf(typo);
    await order([typo], deferred);
    expect((await signIn(ada.email)).status).toBe("verification_sent");
    expect(await reasonFor(app.visitor().registration.verifyEmail.mutate({ token: wrong }))).toBe("TOKEN_INVALID");
    const token = await mailedToken(strict, ada.email, "/verify-email");
    await app.visitor().registration.verifyEmail.mutate({ token });
    const { client } = await signIn(ada.email);
    expect((await client.user.me.query()).email).toBe(ada.email);
    const left = `select email, first_name as name from keywright.users where id = '${id}'`;
    expect(await app.sql(left)).toEqual([{ email: null, name: "" }]);
    expect(events.filter(({ userId }) => userId === id).at(-1)?.kind).toBe("email.released");
    await strict.close();
    events.length = 0;
  });
});

test("D7: orders that cascade, or forget who ordered, go with the account or stay without it", async () => {
  for (const [manner, left] of [
    ["on delete cascade", []],
    ["on delete set null", [{ user_id: null }]],
  ] as const) {
    const ada = await app.addUser();
    await order([ada.email], manner);
    expect(await (await app.signedIn(ada)).user.delete.mutate({ password })).toEqual({ outcome: "deleted" });
    expect(await app.sql("select user_id from orders")).toEqual(left);
    await app.sql("drop table orders");
  }
});
