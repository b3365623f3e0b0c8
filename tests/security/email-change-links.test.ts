import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { mailedToken } from "../support/mailed.js";

// What a signed-in account can see of its own links must not depend on who has the address that it asks for.
let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ registration: { verification: "mandatory" } });
});
afterAll(() => app.close());

type Client = ReturnType<TestApp["visitor"]>;
const transports = ["cookie", "bearer"] as const;
const holders = ["a proved account", "an unproved account", "a disabled account", "nobody"] as const;
let people = 0;
const freshEmail = () => `asked${++people}@example.com`;

/** An address that belongs to what the name says. */
async function addressOf(holder: (typeof holders)[number]): Promise<string> {
  const email = freshEmail();
  if (holder === "nobody") return email;
  const input = { email, username: `holder${people}`, password: "another horse" };
  if (holder === "an unproved account") await app.visitor().registration.register.mutate(input);
  else await app.addUser(input);
  if (holder === "a disabled account") {
    await app.sql(`update keywright.users set is_disabled = true where email_key = '${email}'`);
  }
  return email;
}

const ask = (client: Client, { password }: TestUser, email: string) =>
  client.user.requestEmailChange.mutate({ email, password });
/** Null where the call succeeds. */
const outcomeOf = (call: Promise<unknown>) => call.then(() => null, reasonOf);
const check = (token: string) => outcomeOf(app.visitor().password.checkToken.mutate({ token }));
const confirm = (token: string) => outcomeOf(app.visitor().user.confirmEmailChange.mutate({ token }));

describe.each(transports)("asking for another address by %s", (transport) => {
  test.each(holders)(
    "A2: Mallory's older link is over when %s has the address that is asked for next",
    async (holder) => {
      const mallory = await app.addUser();
      const desk = await app.signedIn(mallory, { transport });
      const own = freshEmail();
      await ask(desk, mallory, own);
      const token = await mailedToken(app, own, "/confirm-email");
      const wanted = await addressOf(holder);
      await app.withMailAtRest(() => ask(desk, mallory, wanted));
      // Before the mail is delivered as well as after it: a look at the clock must not tell either.
      expect(await check(token)).toBe("TOKEN_INVALID");
      await app.keywright.deliverMail();
      expect(await check(token)).toBe("TOKEN_INVALID");
      expect(await confirm(token)).toBe("TOKEN_INVALID");
      expect(await desk.user.me.query()).toMatchObject({ email: mallory.email });
    },
  );
});

describe("an older request", () => {
  test.each(holders)("A2: is not mailed any more when %s has the address that is asked for next", async (holder) => {
    const mallory = await app.addUser();
    const desk = await app.signedIn(mallory);
    const [own, wanted] = [freshEmail(), await addressOf(holder)];
    await app.withMailAtRest(async () => {
      await ask(desk, mallory, own);
      await ask(desk, mallory, wanted);
    });
    await app.keywright.deliverMail();
    expect(app.mails.filter(({ to }) => to === own)).toEqual([]);
  });

  test("A2: is over as well when the mail of the next one is never sent", async () => {
    const mallory = await app.addUser();
    const desk = await app.signedIn(mallory);
    const own = freshEmail();
    await ask(desk, mallory, own);
    const token = await mailedToken(app, own, "/confirm-email");
    const wanted = freshEmail();
    await app.withMailAtRest(async () => {
      await ask(desk, mallory, wanted);
      await app.sql(
        `update keywright.outbox set status = 'dropped', settled_at = created_at where address = '${wanted}'`,
      );
    });
    await app.keywright.deliverMail();
    expect(await confirm(token)).toBe("TOKEN_INVALID");
  });

  test("A2: gets no second life when its mail failed first and is tried again after a newer one", async () => {
    const mallory = await app.addUser();
    const desk = await app.signedIn(mallory);
    const [own, newer] = [freshEmail(), freshEmail()];
    await app.withMailAtRest(() => ask(desk, mallory, own));
    await app.sql(
      `update keywright.outbox set next_attempt_at = created_at + interval '1 hour', failures = 1 where address = '${own}'`,
    );
    await ask(desk, mallory, newer);
    const token = await mailedToken(app, newer, "/confirm-email");
    app.travel(2 * 3_600_000);
    await app.keywright.deliverMail();
    app.travel(-2 * 3_600_000);
    expect(app.mails.filter(({ to }) => to === own)).toEqual([]);
    expect(await confirm(token)).toBeNull();
  });

  test("A2: of somebody else stays as it is, and so do the links to undo, reset and verify", async () => {
    const [ada, mallory] = [await app.addUser(), await app.addUser()];
    const [hers, his] = [await app.signedIn(ada), await app.signedIn(mallory)];
    const moved = freshEmail();
    await ask(his, mallory, moved);
    await his.user.confirmEmailChange.mutate({ token: await mailedToken(app, moved, "/confirm-email") });
    const undo = await mailedToken(app, mallory.email, "/undo-email-change");
    await app.visitor().password.requestReset.mutate({ email: moved });
    const reset = await mailedToken(app, moved, "/reset-password");
    const wanted = freshEmail();
    await ask(hers, ada, wanted);
    const token = await mailedToken(app, wanted, "/confirm-email");
    await ask(his, mallory, wanted);
    await app.keywright.deliverMail();
    for (const link of [undo, reset, token]) expect(await check(link)).toBeNull();
  });

  test("A2: stays as it is when the next one is refused", async () => {
    const ada = await app.addUser();
    const desk = await app.signedIn(ada);
    const wanted = freshEmail();
    await ask(desk, ada, wanted);
    const token = await mailedToken(app, wanted, "/confirm-email");
    const wrong = ask(desk, { ...ada, password: "wrong horse" }, freshEmail());
    expect(await outcomeOf(wrong)).toBe("WRONG_PASSWORD");
    expect(await confirm(token)).toBeNull();
  });
});

test("A2: a request costs Mallory the same statements whoever has the address", async () => {
  const mallory = await app.addUser();
  const desk = await app.signedIn(mallory);
  const addresses = await Promise.all(holders.map(addressOf));
  await ask(desk, mallory, freshEmail());
  const costs = [];
  for (const email of addresses) costs.push(await app.costOf(() => ask(desk, mallory, email)));
  for (const cost of costs) expect(cost).toEqual(costs[0]);
});
