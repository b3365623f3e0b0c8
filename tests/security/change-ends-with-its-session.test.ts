import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { mailedToken } from "../support/mailed.js";

// Mallory has a session of Ada's, and asks for a change of address with it. Ada ends that session.
let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

type Client = ReturnType<TestApp["visitor"]>;
const transports = ["cookie", "bearer"] as const;
let people = 0;

/** Null where the call succeeds. */
const outcomeOf = (call: Promise<unknown>) => call.then(() => null, reasonOf);
const confirm = (token: string) => outcomeOf(app.visitor().user.confirmEmailChange.mutate({ token }));

const otherOf = async (ada: Client) => (await ada.auth.sessions.query()).find(({ current }) => !current)?.id ?? "";
const ends: [string, (ada: Client) => Promise<unknown>][] = [
  ["signs out everywhere", (ada) => ada.auth.logout.mutate({ everywhere: true })],
  ["ends all other sessions", (ada) => ada.auth.revokeOtherSessions.mutate()],
  ["ends that session", async (ada) => ada.auth.revokeSession.mutate({ id: await otherOf(ada) })],
];

async function twoSessions(transport: "cookie" | "bearer") {
  const user = await app.addUser();
  await app.sql(`delete from keywright.sessions`);
  const [ada, mallory] = [await app.signedIn(user, { transport }), await app.signedIn(user, { transport })];
  const wanted = `mallory${++people}@example.com`;
  const ask = () => mallory.user.requestEmailChange.mutate({ email: wanted, password: user.password });
  return { user, ada, mallory, wanted, ask };
}

describe.each(transports)("a change of address that Mallory has asked for by %s", (transport) => {
  test.each(ends)("A9: is over, mailed or not, once Ada %s", async (_what, end) => {
    const { ada, wanted, ask } = await twoSessions(transport);
    await ask();
    const token = await mailedToken(app, wanted, "/confirm-email");
    await end(ada);
    expect(await confirm(token)).toBe("TOKEN_INVALID");

    const next = await twoSessions(transport);
    await app.withMailAtRest(async () => {
      await next.ask();
      await end(next.ada);
    });
    await app.keywright.deliverMail();
    expect(app.mails.filter(({ to }) => to === next.wanted)).toEqual([]);
  });

  test("A9: goes on when she herself only signs out, on whichever device", async () => {
    const { user, ada, mallory, wanted, ask } = await twoSessions(transport);
    await ask();
    await ada.auth.logout.mutate();
    await mallory.auth.logout.mutate();
    expect(await confirm(await mailedToken(app, wanted, "/confirm-email"))).toBeNull();
    const moved = app.visitor().auth.login.mutate({ email: wanted, password: user.password });
    expect(await outcomeOf(moved)).toBeNull();
  });

  test("A9: goes on, with her other links, when she ends a session that is not there", async () => {
    const { ada, user, wanted, ask } = await twoSessions(transport);
    await app.visitor().password.requestReset.mutate({ email: user.email });
    const reset = await mailedToken(app, user.email, "/reset-password");
    await ask();
    const token = await mailedToken(app, wanted, "/confirm-email");
    expect(await outcomeOf(ada.auth.revokeSession.mutate({ id: "unknown" }))).toBe("NOT_FOUND");
    await ada.auth.logout.mutate();
    for (const link of [reset, token]) {
      expect(await outcomeOf(app.visitor().password.checkToken.mutate({ token: link }))).toBeNull();
    }
  });

  test("A9: is refused if her session ends while it is being asked for", async () => {
    const { user, ada, wanted, ask } = await twoSessions(transport);
    const { passwords } = app.keywright.deps;
    const { verify } = passwords;
    passwords.verify = async (...given) => {
      const answer = await verify.apply(passwords, given);
      passwords.verify = verify;
      await ada.auth.logout.mutate({ everywhere: true });
      return answer;
    };
    expect(await outcomeOf(ask())).toBe("NOT_AUTHENTICATED");
    await app.keywright.deliverMail();
    expect(app.mails.filter(({ to }) => to === wanted)).toEqual([]);
    expect(await outcomeOf(app.visitor().auth.login.mutate({ email: user.email, password: user.password }))).toBeNull();
  });
});
