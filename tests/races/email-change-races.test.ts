import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";

// Two instances on one PostgreSQL: of two requests of one account, only the later one's link may ever work.
let one: TestApp;
let two: TestApp;
beforeAll(async () => {
  one = await createTestApp();
  two = await createTestApp({}, one.database);
});
afterAll(async () => {
  await two.close();
  await one.close();
});

const rounds = 15;
const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 6));
const outcomeOf = (call: Promise<unknown>) => call.then(() => null, reasonOf);

/** An account that is signed in on both instances, and two addresses that it asks for. */
async function stage() {
  const ada = await one.addUser();
  const [left, right] = [await one.signedIn(ada), await two.signedIn(ada)];
  const ask = (client: typeof left, email: string) =>
    client.user.requestEmailChange.mutate({ email, password: ada.password });
  return { left, right, ask, first: `first-${ada.email}`, second: `second-${ada.email}` };
}

/** The tokens that were mailed to an address, and why each of them is refused: null for one that is live. */
async function mailedTo(email: string): Promise<(string | null)[]> {
  const links = one.mails.filter(({ to }) => to === email).flatMap((mail) => mail.links);
  const tokens = links.map((link) => new URL(link).searchParams.get("token") ?? "");
  return await Promise.all(tokens.map((token) => outcomeOf(two.visitor().password.checkToken.mutate({ token }))));
}

const waiting = "select address from keywright.outbox where kind = 'confirm_email_change' and status = 'pending'";

describe(`in each of ${rounds} rounds on PostgreSQL`, () => {
  test("A2: of two requests at once one is mailed, and its link works", async () => {
    for (let round = 0; round < rounds; round++) {
      const { left, right, ask, first, second } = await stage();
      await one.withMailAtRest(() =>
        two.withMailAtRest(async () => {
          await Promise.all([pause().then(() => ask(left, first)), pause().then(() => ask(right, second))]);
          expect(await one.sql(waiting)).toHaveLength(1);
        }),
      );
      await Promise.all([one.keywright.deliverMail(), two.keywright.deliverMail()]);
      expect([...(await mailedTo(first)), ...(await mailedTo(second))]).toEqual([null]);
    }
  }, 300_000);

  test("A2: a link that is being minted when its owner asks for another address is dead after it", async () => {
    for (let round = 0; round < rounds; round++) {
      const { left, right, ask, first } = await stage();
      const taken = await one.addUser();
      await one.withMailAtRest(() => two.withMailAtRest(() => ask(left, first)));
      await Promise.all([pause().then(() => two.keywright.deliverMail()), pause().then(() => ask(right, taken.email))]);
      for (let turn = 0; turn < 3; turn++) await one.keywright.deliverMail();
      expect(["", "TOKEN_INVALID"]).toContain((await mailedTo(first)).join());
    }
  }, 300_000);
});
