import type { KeywrightEvent } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { watchAlarms } from "../support/alarms.js";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { refusal } from "../support/refusal.js";

const dayMs = 86_400_000;
let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());
afterEach(() => {
  vi.restoreAllMocks();
});

async function count(from: string): Promise<number> {
  return Number((await app.sql(`select count(*)::int as n from keywright.${from}`))[0]?.n);
}

/** SQL for a moment that is so many days from the app's now. */
const inDays = (days: number) => `'${new Date(app.keywright.deps.now().getTime() + days * dayMs).toISOString()}'`;
const idOf = async ({ email }: { email: string }) =>
  String((await app.sql(`select id from keywright.users where email = '${email}'`))[0]?.id);

/** Rows of `table` for an account, as many as a busy year leaves. */
async function addSessions(userId: string, most: number, endsInDays: number): Promise<void> {
  const moments = Array(3).fill(inDays(-40)).join(", ");
  const ends = inDays(endsInDays);
  await app.sql(`insert into keywright.sessions (id, user_id, expires_at, absolute_expires_at, next_check_at, created_at,
    last_seen_at, authenticated_at, is_remembered) select gen_random_uuid(), '${userId}', ${ends}, ${ends}, ${ends},
    ${moments}, true
    from generate_series(1, ${most})`);
}

async function addEvents(most: number, atDays: number): Promise<void> {
  await app.sql(`insert into keywright.audit_events (id, kind, at) select gen_random_uuid(), 'login.failed', ${inDays(atDays)}
    from generate_series(1, ${most})`);
}

/** Another instance on the same database, at the same time. */
async function another(config: TestConfig = {}): Promise<TestApp> {
  const other = await createTestApp(config, app.database);
  other.travel(app.offsetMs());
  return other;
}

describe("what is over goes, and what is alive stays", () => {
  test("a browser's session that ran out goes with its row, and a phone stays signed in", async () => {
    const ada = await app.addUser();
    const [browser, phone] = [await app.signedIn(ada), await app.signedIn(ada, { transport: "bearer" })];
    app.travel(15 * dayMs);
    const over = await count(`sessions where expires_at <= ${inDays(0)}`);
    expect(over).toBeGreaterThan(0);
    expect((await app.keywright.cleanUp()).sessions).toBe(over);
    expect(await count(`sessions where user_id = '${await idOf(ada)}'`)).toBe(1);
    expect((await phone.user.me.query()).email).toBe(ada.email);
    expect(reasonOf(await refusal(browser.user.me.query()))).toBe("NOT_AUTHENTICATED");
    expect(await browser.auth.session.query()).toBeNull();
  });

  test("a phone's refresh tokens are one row, which stays for as long as the session", async () => {
    const ada = await app.addUser();
    const { tokens } = await app.visitor({ transport: "bearer" }).auth.login.mutate({ ...ada, username: undefined });
    const renew = async (refreshToken = "") => await app.visitor().auth.refreshToken.mutate({ refreshToken });
    const second = await renew(tokens?.refreshToken);
    app.travel(29 * dayMs);
    const third = await renew(second.refreshToken);
    const ofAda = `refresh_tokens t join keywright.sessions s on s.id = t.session_id where s.user_id = '${await idOf(ada)}'`;
    await app.keywright.cleanUp();
    expect(await count(ofAda)).toBe(1);
    expect((await renew(third.refreshToken)).accessToken).toMatch(/./);
    app.travel(60 * dayMs);
    await app.keywright.cleanUp();
    expect(await count(ofAda)).toBe(0);
  });

  test("a link that ran out is told to be old for a week, and then it is gone; a newer one works", async () => {
    const [late, quick] = [await app.addUser(), await app.addUser()];
    await app.visitor().password.requestReset.mutate({ email: late.email });
    const old = { token: await app.tokenFromMail(late.email), newPassword: "staple battery" };
    app.travel(3 * dayMs);
    await app.keywright.cleanUp();
    expect(reasonOf(await refusal(app.visitor().password.reset.mutate(old)))).toBe("TOKEN_EXPIRED");

    await app.visitor().password.requestReset.mutate({ email: late.email });
    const token = await app.tokenFromMail(late.email);
    app.travel(8 * dayMs);
    await app.visitor().password.requestReset.mutate({ email: quick.email });
    const fresh = { token: await app.tokenFromMail(quick.email), newPassword: "staple battery" };
    expect((await app.keywright.cleanUp()).secrets).toBe(1);
    expect(reasonOf(await refusal(app.visitor().password.checkToken.mutate({ token })))).toBe("TOKEN_INVALID");
    expect(await app.visitor().password.reset.mutate(fresh)).toEqual({});
  });

  test("mails that left go after a week, dead letters after ninety days, and what waits stays", async () => {
    await app.addUser();
    await app.keywright.deliverMail();
    const add = (status: string, settledInDays: number | null) =>
      app.sql(`insert into keywright.outbox (id, kind, status, created_at, next_attempt_at, settled_at) values (gen_random_uuid(),
        'no_such_kind', '${status}', ${inDays(-99)}, ${inDays(-99)}, ${settledInDays === null ? null : inDays(settledInDays)})`);
    await app.sql("delete from keywright.outbox");
    for (const [status, days] of [
      ["sent", -8],
      ["dropped", -8],
      ["dead", -91],
      ["sent", -6],
      ["dropped", -6],
      ["dead", -89],
      ["pending", null],
    ] as const) {
      await add(status, days);
    }
    expect((await app.keywright.cleanUp()).mails).toBe(3);
    const left = await app.sql("select status from keywright.outbox order by status");
    expect(left.map(({ status }) => status)).toEqual(["dead", "dropped", "pending", "sent"]);
    await app.sql("delete from keywright.outbox");
  });

  test("a user's history is as long as the settings say", async () => {
    const ada = await app.addUser();
    const brief = await another({ user: { eventDays: 10 } });
    const client = await app.signedIn(ada);
    app.travel(11 * dayMs);
    brief.travel(11 * dayMs);
    await client.auth.reauthenticate.mutate({ password: ada.password });
    await app.keywright.cleanUp();
    expect((await client.user.events.query({})).events.length).toBeGreaterThan(2);
    expect((await brief.keywright.cleanUp()).events).toBeGreaterThan(0);
    const { events } = await client.user.events.query({});
    expect(events.map(({ kind }) => kind)).toEqual(["session.reauthenticated"]);
    await brief.close();
  });

  test("a count whose window is over goes, by the clock that it was written with", async () => {
    await app.sql("delete from keywright.rate_limits");
    const minutes = (count: number) => `'${new Date(Date.now() + count * 60_000).toISOString()}'`;
    await app.sql(
      `insert into keywright.rate_limits values ('over', 3, ${minutes(-1)}), ('alive', 3, ${minutes(5)}), ('ever', 3, null)`,
    );
    expect(app.offsetMs()).toBeGreaterThan(dayMs);
    expect((await app.keywright.cleanUp()).rateLimits).toBe(1);
    expect(await app.sql("select key from keywright.rate_limits order by key")).toEqual([
      { key: "alive" },
      { key: "ever" },
    ]);
  });
});

describe("accounts that never proved their address", () => {
  const register = async (name: string) => {
    const email = `${name}@example.com`;
    await app.visitor().registration.register.mutate({ email, password: "correct horse" });
    return { email, token: await app.tokenFromMail(email) };
  };
  const exists = async (email: string) => (await count(`users where email = '${email}'`)) === 1;

  test("an account goes when its time is over, if the settings set one; proved and younger ones stay", async () => {
    const told: KeywrightEvent[] = [];
    const strict = await another({ registration: { unverifiedDays: 7 }, onEvent: (event) => void told.push(event) });
    const [stale, proved] = [await register("stale"), await register("proved")];
    const session = await app.signedIn({ ...stale, username: "", password: "correct horse" });
    await app.visitor().registration.verifyEmail.mutate({ token: proved.token });
    const staleId = await idOf(stale);
    app.travel(8 * dayMs);
    strict.travel(8 * dayMs);
    const young = await register("young");

    expect((await app.keywright.cleanUp()).users).toBe(0);
    expect(await exists(stale.email)).toBe(true);
    expect((await strict.keywright.cleanUp()).users).toBe(1);
    expect([await exists(stale.email), await exists(proved.email), await exists(young.email)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(reasonOf(await refusal(session.user.me.query()))).toBe("NOT_AUTHENTICATED");
    const written = await app.sql(
      `select kind, ip from keywright.audit_events where user_id = '${staleId}' order by at desc`,
    );
    expect(written[0]).toEqual({ kind: "user.deleted", ip: null });
    expect(told).toMatchObject([{ kind: "user.deleted", userId: staleId, ip: null }]);
    expect((await register("stale")).token).toMatch(/^kwo_/);
    await strict.close();
  });

  test("an account that is proved at that moment stays, or its link is dead: never both", async () => {
    const strict = await another({ registration: { unverifiedDays: 1 } });
    for (let round = 0; round < 5; round++) {
      const { email } = await register(`racing${round}`);
      app.travel(2 * dayMs);
      strict.travel(2 * dayMs);
      await app.visitor().registration.resendVerification.mutate({ email });
      const token = await app.tokenFromMail(email);
      const [answer] = await Promise.all([
        app
          .visitor()
          .registration.verifyEmail.mutate({ token })
          .then(
            ({ status }) => status,
            (error: unknown) => reasonOf(error),
          ),
        strict.keywright.cleanUp(),
      ]);
      expect([answer, await exists(email)]).toEqual(
        answer === "verified" ? ["verified", true] : ["TOKEN_INVALID", false],
      );
    }
    await strict.close();
  });
});

describe("a great deal of it", () => {
  test("more than a batch goes in one turn, and the owner's session goes on", async () => {
    const ada = await app.addUser();
    const client = await app.signedIn(ada);
    await app.keywright.cleanUp();
    await addSessions(await idOf(ada), 450, -1);
    await addEvents(2_300, -366);
    expect(await app.keywright.cleanUp()).toMatchObject({ sessions: 450, events: 2_300 });
    expect(await app.keywright.cleanUp()).toMatchObject({ sessions: 0, events: 0 });
    expect((await client.user.me.query()).email).toBe(ada.email);
  });

  test("instances that tidy up at once remove all of it, each row once, and nobody is refused", async () => {
    const [ada, other] = [await app.addUser(), await another()];
    const client = await app.signedIn(ada);
    await Promise.all([app.keywright.cleanUp(), other.keywright.cleanUp()]);
    await addSessions(await idOf(ada), 700, -1);
    await addEvents(3_500, -366);
    const turns = await Promise.all([
      app.keywright.cleanUp(),
      other.keywright.cleanUp(),
      app.keywright.cleanUp(),
      client.user.me.query().then(() => ({ sessions: 0, events: 0 })),
    ]);
    const sum = (kind: "sessions" | "events") => turns.reduce((total, turn) => total + turn[kind], 0);
    expect([sum("sessions"), sum("events")]).toEqual([700, 3_500]);
    expect(await client.auth.sessions.query()).toHaveLength(2);
    await other.close();
  });
});

describe("by itself", () => {
  test("an instance tidies up a little after its start, and every ten minutes from then on", async () => {
    const ada = await app.addUser();
    const alarms = watchAlarms();
    const other = await another();
    for (const [least, most] of [
      [45_000, 75_000],
      [450_000, 750_000],
    ] as const) {
      await addSessions(await idOf(ada), 1, -1);
      (await alarms.between(least, most)).ring();
      await vi.waitFor(async () => expect(await count(`sessions where expires_at <= ${inDays(0)}`)).toBe(0));
    }
    const next = await alarms.between(450_000, 750_000);
    await other.close();
    expect(alarms.stopped).toHaveBeenCalledWith(next.timer);
  });

  test("a kind that cannot be removed is told to the operator, keeps no other back, and goes at the next turn", async () => {
    const ada = await app.addUser();
    await app.keywright.cleanUp();
    await addSessions(await idOf(ada), 3, -1);
    await addEvents(3, -366);
    await app.sql("alter table keywright.sessions rename to sessions_elsewhere");
    const failed = await refusal(app.keywright.cleanUp()).finally(() =>
      app.sql("alter table keywright.sessions_elsewhere rename to sessions"),
    );
    expect(failed).toBeInstanceOf(Error);
    expect(app.logs.at(-1)).toMatchObject({ level: "error", message: "Housekeeping failed at sessions." });
    expect(await count(`audit_events where at <= ${inDays(-365)}`)).toBe(0);
    expect((await app.keywright.cleanUp()).sessions).toBe(3);
  });

  test("an instance that stops finishes its batch first", async () => {
    const other = await another();
    await addSessions(await idOf(await app.addUser()), 450, -1);
    const turn = other.keywright.cleanUp();
    await other.close();
    const { sessions } = await turn;
    expect([sessions + (await app.keywright.cleanUp()).sessions, other.logs]).toEqual([450, []]);
  });
});
