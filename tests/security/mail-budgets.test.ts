import { mailFailure } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";
import { refusal } from "../support/refusal.js";

const perHour = 4;
const limits = { mailsPerAddressPerHour: perHour, passwordTriesPerAccount: 3 };
const password = "correct horse";
const hourMs = 3_600_000;

let app: TestApp;
let mandatory: TestApp;
beforeAll(async () => {
  app = await createTestApp({ limits });
  mandatory = await createTestApp({ limits, registration: { verification: "mandatory" } }, app.database);
});
beforeEach(() => app.sql("delete from keywright.rate_limits"));
afterAll(async () => {
  await mandatory.close();
  await app.close();
});

/** What the call is refused for; null if it is not. */
const reasonFor = (work: Promise<unknown>) => work.then(() => null, reasonOf);
const received = async (address: string) => (await subjectsTo(app, address)).length;

describe("a stranger's mailbox", () => {
  test("gets no more of all kinds together than of one, and whoever causes them is told nothing (A7)", async () => {
    const stranger = "stranger-7@example.com";
    for (let round = 0; round < 6; round++) {
      const mallory = app.visitor();
      await mallory.registration.register.mutate({ email: stranger, password });
      // Of two links that are made side by side, the older one may be replaced before it is mailed.
      await app.deliverMail();
      for (const ask of [app.visitor().registration.resendVerification, app.visitor().password.requestReset]) {
        expect(await reasonFor(ask.mutate({ email: stranger }))).toBe(round < perHour ? null : "RATE_LIMITED");
        await app.deliverMail();
      }
      const own = `mallory-${round}@example.com`;
      await mallory.user.requestEmailChange.mutate({ email: own, password });
      await mallory.user.confirmEmailChange.mutate({ token: await mailedToken(app, own, "/confirm-email") });
    }
    expect(await received(stranger)).toBe(perHour);
    app.travel(hourMs);
    await app.visitor().registration.register.mutate({ email: stranger, password });
    expect(await received(stranger)).toBe(perHour + 1);
  });

  test("keeps the last link that it got, and the owner can use it (A7)", async () => {
    const owner = "owner-7@example.com";
    await app.visitor().registration.register.mutate({ email: owner, password });
    await app.deliverMail();
    for (let round = 0; round < perHour; round++) {
      for (const ask of [app.visitor().registration.resendVerification, app.visitor().password.requestReset]) {
        await ask.mutate({ email: owner });
        await app.deliverMail();
      }
    }
    expect(await received(owner)).toBe(perHour);
    const token = await mailedToken(app, owner, "/set-password");
    expect(await app.visitor().password.set.mutate({ token, newPassword: "battery staple" })).toEqual({});
    // Proved, it gets of each kind what can be requested.
    await app.sql("delete from keywright.rate_limits where key like 'mail:%'");
    for (let round = 0; round < perHour; round++) {
      await app.visitor().password.requestReset.mutate({ email: owner });
      await app.deliverMail();
    }
    expect(await received(owner)).toBe(2 * perHour + 1);
    expect(await subjectsTo(app, owner)).toContainEqual(expect.stringMatching(/has a password now/));
  });

  test("has no link left that verifies it for Mallory when the owner's own request found it full (A7, A9)", async () => {
    const owner = "full-7@example.com";
    await app.visitor().registration.register.mutate({ email: owner, password });
    await app.deliverMail();
    const token = await mailedToken(app, owner, "/verify-email");
    // So that none is kept for a reset any more.
    await app.visitor().password.requestReset.mutate({ email: owner });
    for (let round = 0; round < perHour; round++) {
      await app.deliverMail();
      await app.visitor().registration.resendVerification.mutate({ email: owner });
    }
    expect(await received(owner)).toBe(perHour);
    await app.visitor().password.requestReset.mutate({ email: owner });
    expect(await received(owner)).toBe(perHour);
    expect(await reasonFor(app.visitor().registration.verifyEmail.mutate({ token }))).toBe("TOKEN_INVALID");
    const newPassword = "battery staple";
    await app.visitor().password.set.mutate({ token: await mailedToken(app, owner, "/set-password"), newPassword });
    expect(await reasonFor(app.visitor().auth.login.mutate({ email: owner, password }))).toBe("INVALID_CREDENTIALS");
  });

  test("does not miss a mail that had to be tried again and again (A7)", async () => {
    const address = "patient-7@example.com";
    const state = { isDown: true, attempts: 0 };
    const mailer = {
      close: async () => {},
      async send({ to }: { to: string }) {
        state.attempts += Number(to === address);
        if (state.isDown) throw mailFailure("mail", "451");
        app.mails.push(await Promise.resolve({ ...emptyMail, to }));
      },
    };
    const flaky = await createTestApp({ limits, mailer });
    await flaky.visitor().registration.register.mutate({ email: address, password });
    for (let attempt = 0; attempt < perHour + 2; attempt++) {
      await flaky.keywright.deliverMail();
      flaky.travel(20 * 60_000);
    }
    state.isDown = false;
    await flaky.keywright.deliverMail();
    expect(state.attempts).toBeGreaterThan(perHour + 1);
    expect(await flaky.sql("select status from keywright.outbox")).toEqual([{ status: "sent" }]);
    await flaky.close();
  });
});

const emptyMail = { subject: "", text: "", html: "", links: [], messageId: "" };

describe("a new address", () => {
  let ada: TestUser;
  beforeEach(async () => {
    ada = await app.addUser();
    await app.sql("delete from keywright.rate_limits");
  });

  test("cannot be asked for without end from one address on the net (A8)", async () => {
    const narrow = await createTestApp({ limits: { ...limits, mailsPerIpPerMinute: 5 } }, app.database);
    const laptop = await narrow.signedIn(ada);
    const reasons: (string | null)[] = [];
    for (let round = 0; round < 8; round++) {
      const email = `foreign-${round}@example.com`;
      reasons.push(await reasonFor(laptop.user.requestEmailChange.mutate({ email, password })));
    }
    expect(reasons).toEqual([...Array(5).fill(null), ...Array(3).fill("RATE_LIMITED")]);
    await narrow.close();
  });

  test("costs no try where its mailbox has had its mails, and wrong passwords cost it none (A8)", async () => {
    const [laptop, other] = [await app.signedIn(ada), await app.signedIn(await app.addUser())];
    const email = "wanted-8@example.com";
    const ask = (own: string) => reasonFor(laptop.user.requestEmailChange.mutate({ email, password: own }));
    for (let round = 0; round < 2 * perHour; round++) {
      await ask("wrong horse");
      if (round % 2) app.travel(hourMs);
    }
    for (let round = 0; round < perHour; round++) {
      expect(await reasonFor(other.user.requestEmailChange.mutate({ email, password }))).toBeNull();
    }
    for (let round = 0; round < 10; round++) expect(await ask(password)).toBe("RATE_LIMITED");
    expect(await reasonFor(laptop.auth.reauthenticate.mutate({ password: ada.password }))).toBeNull();
  });

  test("of somebody who is not fresh costs its mailbox nothing either (A8)", async () => {
    const passwordless = await app.addUser();
    const laptop = await app.signedIn(passwordless);
    await app.sql(
      `delete from keywright.passwords where user_id = (select id from keywright.users where email_key = '${passwordless.email}')`,
    );
    app.travel(11 * 60_000);
    const email = "stale-8@example.com";
    const ask = () => laptop.user.requestEmailChange.mutate({ email });
    for (let round = 0; round < perHour; round++) {
      expect(reasonOf(await refusal(ask()))).toBe("REAUTHENTICATION_REQUIRED");
    }
    expect(await app.sql("select key from keywright.rate_limits where key like 'mail:%'")).toEqual([]);
  });
});

describe("a registration that is refused", () => {
  test("uses up none of the address's mails (A8)", async () => {
    const [email, taken] = ["wanted-9@example.com", await app.addUser()];
    const register = (input: object) => {
      return reasonFor(mandatory.visitor().registration.register.mutate({ email, password, ...input }));
    };
    for (let round = 0; round < perHour; round++) {
      expect(await register({ password: "x" })).toBe("VALIDATION");
      expect(await register({ username: taken.username })).toBe("USERNAME_TAKEN");
    }
    for (let round = 0; round < perHour; round++) expect(await register({})).toBeNull();
    expect(await register({})).toBe("RATE_LIMITED");
  });
});
