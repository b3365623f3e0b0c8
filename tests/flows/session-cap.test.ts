import { createKeywright } from "@keywright/api";
import type { KeywrightClient } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser, testSecret } from "../support/app.js";
import { createOwnTokens } from "../support/own-tokens.js";
import { cookieOf } from "../support/raw.js";
import { reasonFor } from "../support/reason.js";
import { refusal } from "../support/refusal.js";

const most = 3;
let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ session: { maxPerAccount: most } });
});
afterAll(() => app.close());

/** A sign-in a second after the one before. */
async function laterSignIn(user: TestUser, transport: "cookie" | "bearer" = "cookie"): Promise<KeywrightClient> {
  app.travel(1000);
  return await app.signedIn(user, { transport });
}

const idsOf = async (client: KeywrightClient) => (await client.auth.sessions.query()).map(({ id }) => id);
const countOf = async ({ email }: { email: string }) => {
  const owner = `(select id from keywright.users where email_key = '${email}')`;
  return (await app.sql(`select id from keywright.sessions where user_id = ${owner}`)).length;
};

describe("an account with as many sessions as it may have", () => {
  test.each(["cookie", "bearer"] as const)(
    "A4: a sign-in by %s ends the one that was started first",
    async (transport) => {
      const ada = await app.addUser(); // the registration's session is the first
      const first = await laterSignIn(ada, transport);
      const second = await laterSignIn(ada, transport);
      expect(await idsOf(second)).toHaveLength(most);
      const third = await laterSignIn(ada, transport);
      expect(await first.user.me.query()).toMatchObject({ email: ada.email });
      const fourth = await laterSignIn(ada, transport);
      expect(await reasonFor(first.user.me.query())).toBe("NOT_AUTHENTICATED");
      for (const client of [second, third, fourth]) {
        expect(await client.user.me.query()).toMatchObject({ email: ada.email });
        expect(await idsOf(client)).toHaveLength(most);
      }
    },
  );

  test("A4: the owner's history and the app's listener are told which one ended", async () => {
    const told: unknown[] = [];
    const onEvent = (event: object) => void told.push(event);
    const own = await createTestApp({ session: { maxPerAccount: 1 }, onEvent }, app.database);
    const ada = await own.addUser();
    const id = (await (await own.signedIn(ada)).auth.session.query())?.session.id;
    const next = await own.signedIn(ada);
    const { events } = await next.user.events.query();
    expect(events.filter(({ kind }) => kind === "session.ended")).toHaveLength(2); // the registration's as well
    expect(told).toContainEqual(expect.objectContaining({ kind: "session.ended", sessionId: id }));
    expect(await next.auth.sessions.query()).toMatchObject([{ current: true }]);
    await own.close();
  });

  test("A4: the token manager is told which one ended, and its refresh token is over", async () => {
    const told: object[] = [];
    const { create } = createOwnTokens();
    const tokenManager: typeof create = async (start) => {
      const manager = await create(start);
      const revokeAll: typeof manager.revokeAll = async (work, of) => {
        told.push(of);
        await manager.revokeAll(work, of);
      };
      return { ...manager, revokeAll };
    };
    const own = await createTestApp({ session: { maxPerAccount: 1 }, tokenManager }, app.database);
    const ada = await own.addUser();
    const { email, password } = ada;
    const phone = await own.visitor({ transport: "bearer" }).auth.login.mutate({ email, password });
    await own.signedIn(ada, { transport: "bearer" });
    expect(told).toContainEqual({ sessionIds: [phone.session.id] });
    const refreshToken = phone.tokens?.refreshToken ?? "";
    expect(await reasonFor(own.visitor().auth.refreshToken.mutate({ refreshToken }))).toBe("TOKEN_INVALID");
    await own.close();
  });

  test("A4: a sign-in at the cap costs five statements, by cookie and by token", async () => {
    const ada = await app.addUser();
    for (let signIn = 0; signIn < most; signIn++) await laterSignIn(ada);
    for (const transport of ["cookie", "bearer"] as const) {
      const device = app.visitor({ transport });
      const login = () => device.auth.login.mutate({ email: ada.email, password: ada.password });
      expect((await app.costOf(login)).statements.length).toBeLessThanOrEqual(5);
      expect(await countOf(ada)).toBe(most);
    }
  });

  test("A4: a password change and a sign-in by a link keep to it, and other accounts lose nothing", async () => {
    const verified = { maxPerAccount: most, registration: { signInOnVerification: true } };
    const own = await createTestApp(
      { session: { maxPerAccount: most }, registration: verified.registration },
      app.database,
    );
    const [ada, bob] = [await own.addUser(), await own.addUser()];
    for (let signIn = 0; signIn < most; signIn++) await own.signedIn(ada);
    const device = await own.signedIn(ada);
    const input = { currentPassword: ada.password, newPassword: "battery staple", keepOtherSessions: true };
    await device.password.change.mutate(input);
    expect(await device.auth.sessions.query()).toHaveLength(most);
    expect(await countOf(bob)).toBe(2); // by registration and by its link
    await own.close();
  });
});

describe("an account from before there was a cap", () => {
  test("A4: a batch of lists stays small, and sign-ins end what is too much", { timeout: 120_000 }, async () => {
    const ada = await app.addUser();
    const owner = `(select id from keywright.users where email_key = '${ada.email}')`;
    const columns = `user_id, expires_at, absolute_expires_at, next_check_at, last_seen_at, authenticated_at, is_remembered, user_agent`;
    await app.sql(
      `insert into keywright.sessions (id, created_at, ${columns})
       select gen_random_uuid(), created_at - n * interval '1 second', ${columns}
       from keywright.sessions, generate_series(1, 2500) n where user_id = ${owner}`,
    );
    const before = await countOf(ada);
    expect(before).toBeGreaterThan(2000);
    const cookie = await cookieOf(app, ada);
    const paths = Array(10).fill("auth.sessions").join(",");
    const text = await (await app.get(`${paths}?batch=1`, { cookie })).text();
    expect(text.match(/"current":/g)).toHaveLength(10 * most);
    for (let signIn = 0; signIn < 3; signIn++) await laterSignIn(ada);
    expect(await countOf(ada)).toBe(most);
  });
});

test.each([0, 1.5, 1001, "100"])(
  "A4: an operator who sets the cap to %j is told what it may be",
  async (maxPerAccount) => {
    const mailer = { send: async () => {}, close: async () => {} };
    const config = { secret: testSecret, publicUrl, database: "postgres://127.0.0.1:1/none", mailer };
    const session: object = { maxPerAccount };
    const error = await refusal(createKeywright({ ...config, session }));
    expect(String(error)).toContain("Setting `session.maxPerAccount`");
  },
);
