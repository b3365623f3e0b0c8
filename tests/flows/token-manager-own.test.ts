import type { CreateTokenManager, TokenManager } from "@keywright/api";
import { createKeywright, jwtTokens, opaqueTokens, rotatingTokens } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, testSecret } from "../support/app.js";
import { createOwnTokens } from "../support/own-tokens.js";
import { refusal } from "../support/refusal.js";

let base: TestApp;
beforeAll(async () => {
  base = await createTestApp();
});
afterAll(() => base.close());

/** The opaque manager with some acts in other words. */
function opaqueBut(change: Partial<TokenManager>): CreateTokenManager {
  return async (start) => ({ ...(await opaqueTokens()(start)), ...change });
}

async function withManager(tokenManager: CreateTokenManager, work: (app: TestApp) => Promise<void>) {
  const app = await createTestApp({ tokenManager }, base.database);
  await work(app).finally(() => app.close());
}

async function newPhone(app: TestApp) {
  const ada = await base.addUser();
  const phone = app.visitor({ transport: "bearer" });
  const { tokens, session } = await phone.auth.login.mutate({ email: ada.email, password: ada.password });
  if (!tokens) throw new Error("A bearer sign-in has tokens.");
  return { ada, phone, session, ...tokens };
}

const sessionsOf = (email: string) =>
  base.sql(
    `select s.id from keywright.sessions s join keywright.users u on u.id = s.user_id where u.email_key = '${email}'`,
  );
const me = (app: TestApp, token: string) => app.get("user.me", { authorization: `Bearer ${token}` });

describe("an app's own token manager", () => {
  test("a login is not a login when it gives no tokens", async () => {
    const faults: TokenManager["issue"][] = [
      () => Promise.reject(new Error("The token store is away.")),
      async () => JSON.parse('{ "accessToken": "x", "refreshToken": "y" }'),
      async () => JSON.parse("null"),
      async () => () => Promise.reject(new Error("The signing service is away.")),
      async () => async () => JSON.parse('{ "accessToken": "x", "refreshToken": "y" }'),
    ];
    for (const issue of faults) {
      await withManager(opaqueBut({ issue }), async (app) => {
        const ada = await base.addUser();
        const before = await sessionsOf(ada.email);
        const phone = app.visitor({ transport: "bearer" });
        const login = phone.auth.login.mutate({ email: ada.email, password: ada.password });
        expect(reasonOf(await refusal(login))).toBe("UNAVAILABLE");
        expect(await sessionsOf(ada.email)).toEqual(before);
        expect(app.logs).toContainEqual(expect.objectContaining({ level: "error", path: "auth.login" }));
        await app.signedIn(ada);
        expect(await sessionsOf(ada.email)).toHaveLength(before.length + 1);
      });
    }
  });

  test("a phone is not signed out when its token cannot be read, and public calls go on", async () => {
    const faults: TokenManager["verify"][] = [
      () => Promise.reject(new Error("The token store is away.")),
      async () => JSON.parse('{ "userId": "1", "sessionId": "2", "expiresAt": "tomorrow" }'),
    ];
    for (const verify of faults) {
      await withManager(opaqueBut({ verify }), async (app) => {
        const { accessToken } = await newPhone(app);
        const answer = await me(app, accessToken);
        expect(answer.status).toBe(503);
        expect(await answer.text()).toContain('"UNAVAILABLE"');
        expect(app.logs).toContainEqual(expect.objectContaining({ level: "error", path: "user.me" }));
        expect((await app.get("auth.config", { authorization: `Bearer ${accessToken}` })).status).toBe(200);
      });
    }
  });

  test("nobody gets tokens for a session that is over, whatever it says", async () => {
    const own = createOwnTokens();
    const forgetful: CreateTokenManager = async (start) => ({
      ...(await own.create(start)),
      revokeAll: async () => {},
    });
    await withManager(forgetful, async (app) => {
      const { phone, session, accessToken, refreshToken } = await newPhone(app);
      await phone.auth.logout.mutate();
      expect(own.kept(session.id)).toBe(true);
      expect((await me(app, accessToken)).status).toBe(401);
      const { auth } = app.visitor();
      expect(reasonOf(await refusal(auth.refreshToken.mutate({ refreshToken })))).toBe("TOKEN_INVALID");
      expect(reasonOf(await refusal(auth.revokeToken.mutate({ refreshToken })))).toBe("TOKEN_INVALID");
    });
  });

  test("nobody ends somebody else's session with a refresh token", async () => {
    const victim = await newPhone(base);
    const { userId } = await base.visitor().auth.verifyToken.mutate({ token: victim.accessToken });
    const mallory = await newPhone(base);
    const owner = { userId, sessionId: mallory.session.id };
    await withManager(opaqueBut({ revoke: async () => owner }), async (app) => {
      const { auth } = app.visitor();
      expect(reasonOf(await refusal(auth.revokeToken.mutate({ refreshToken: "x" })))).toBe("TOKEN_INVALID");
    });
    expect((await me(base, mallory.accessToken)).status).toBe(200);
  });

  test("a logout keeps the session of tokens that outlive it, until it is ended by name or everywhere", async () => {
    const own = createOwnTokens({ revokesAtLogout: false });
    await withManager(own.create, async (app) => {
      const { ada, phone, session, accessToken } = await newPhone(app);
      await phone.auth.logout.mutate();
      expect(reasonOf(await refusal(phone.user.me.query()))).toBe("NOT_AUTHENTICATED");
      expect((await me(app, accessToken)).status).toBe(200);
      const laptop = await app.signedIn(ada);
      expect((await laptop.auth.sessions.query()).map(({ id }) => id)).toContain(session.id);
      await laptop.auth.revokeSession.mutate({ id: session.id });
      expect((await me(app, accessToken)).status).toBe(401);
      const next = app.visitor({ transport: "bearer" });
      const { tokens } = await next.auth.login.mutate({ email: ada.email, password: ada.password });
      const before = await sessionsOf(ada.email);
      await laptop.auth.logout.mutate();
      expect(await sessionsOf(ada.email)).toHaveLength(before.length - 1);
      await next.auth.logout.mutate({ everywhere: true });
      expect((await me(app, tokens?.accessToken ?? "")).status).toBe(401);
      expect(await sessionsOf(ada.email)).toEqual([]);
    });
  });

  test("B4: a signature that takes its time is made with no row of the account locked", async () => {
    const locked = ["users", "sessions", "refresh_tokens"].map(
      (table) => `select 1 from keywright.${table} for update nowait`,
    );
    const asked: string[] = [];
    const slow: CreateTokenManager = (start) =>
      rotatingTokens(start, {
        async issue({ session }, now) {
          for (const statement of locked) await base.sql(statement);
          asked.push(session.id);
          return { token: `slow-${asked.length}`, expiresAt: new Date(now.getTime() + 60_000) };
        },
        verify: async (token, now) => {
          const sessionId = asked[Number(token.slice(5)) - 1] ?? "";
          const [row] = await base.sql(`select user_id from keywright.sessions where id = '${sessionId}'`);
          return row ? { userId: String(row.user_id), sessionId, expiresAt: new Date(now.getTime() + 60_000) } : null;
        },
        jwks: () => ({ keys: [] }),
      });
    const config = { tokenManager: slow, registration: { signInOnVerification: true } };
    const app = await createTestApp(config, base.database);
    const phone = app.visitor({ transport: "bearer" });
    const person = { email: "slowly@example.com", password: "correct horse" };
    await phone.registration.register.mutate(person);
    await phone.registration.verifyEmail.mutate({ token: await app.tokenFromMail(person.email) });
    const { tokens } = await phone.auth.login.mutate(person);
    await phone.auth.refreshToken.mutate({ refreshToken: tokens?.refreshToken ?? "" });
    await phone.password.change.mutate({ currentPassword: person.password, newPassword: "battery staple" });
    expect(asked).toHaveLength(5);
    await app.close();
  });

  test("B4: a signature that fails after a refresh loses nothing: the retry gets the same successor", async () => {
    let isAway = false;
    const flaky: CreateTokenManager = async (start) => {
      const manager = await opaqueTokens()(start);
      const away = () => Promise.reject(new Error("The signing service is away."));
      return {
        ...manager,
        async refresh(work, token) {
          const outcome = await manager.refresh(work, token);
          return isAway && outcome.status === "refreshed" ? { ...outcome, tokens: away } : outcome;
        },
      };
    };
    await withManager(flaky, async (app) => {
      const { refreshToken } = await newPhone(app);
      const refresh = () => app.visitor().auth.refreshToken.mutate({ refreshToken });
      isAway = true;
      expect(reasonOf(await refusal(refresh()))).toBe("UNAVAILABLE");
      isAway = false;
      const second = await refresh();
      expect((await refresh()).refreshToken).toBe(second.refreshToken);
      expect((await me(app, second.accessToken)).status).toBe(200);
    });
  });

  test("an app's own form of access token has our refresh tokens under it", async () => {
    const seen = new Map<string, { userId: string; sessionId: string; expiresAt: Date }>();
    const plain: CreateTokenManager = (start) =>
      rotatingTokens(start, {
        async issue({ user, session }, now) {
          const expiresAt = new Date(now.getTime() + 60_000);
          const token = `plain-${seen.size}`;
          seen.set(token, { userId: user.id, sessionId: session.id, expiresAt });
          return { token, expiresAt };
        },
        verify: async (token) => seen.get(token) ?? null,
        jwks: () => ({ keys: [] }),
      });
    await withManager(plain, async (app) => {
      const { ada, accessToken, refreshToken } = await newPhone(app);
      expect(accessToken).toMatch(/^plain-\d+$/);
      expect(await (await me(app, accessToken)).text()).toContain(ada.email);
      const next = await app.visitor().auth.refreshToken.mutate({ refreshToken });
      expect(next.refreshToken).toMatch(/^kwr_/);
      expect((await me(app, next.accessToken)).status).toBe(200);
      app.travel(61_000);
      expect((await me(app, next.accessToken)).status).toBe(401);
    });
  });
});

describe("a token manager that is none", () => {
  const start = (tokenManager: CreateTokenManager) => {
    const mailer = { send: async () => {}, close: async () => {} };
    return createKeywright({ secret: testSecret, publicUrl, database: "pglite:/nowhere", mailer, tokenManager });
  };

  test.each([
    [() => JSON.parse("{}"), /`tokenManager` lacks `issue`, `verify`, `refresh`, `revoke`, `revokeAll`/],
    [opaqueBut({ revokeAll: JSON.parse("null") }), /`tokenManager` lacks `revokeAll`: it needs issue, verify/],
    [() => JSON.parse("null"), /`tokenManager` lacks `issue`/],
    [JSON.parse("{}"), /`tokenManager` must be a function .* `jwtTokens\(\)`/],
    [() => Promise.reject(new Error("There is no table of tokens.")), /`tokenManager` cannot start: There is no table/],
  ])("stops the start with a sentence, before anything is opened (%#)", async (tokenManager, sentence) => {
    await expect(start(tokenManager)).rejects.toThrow(sentence);
  });

  test("the default is `jwtTokens`, with its key published", async () => {
    await withManager(jwtTokens(), async (app) => {
      expect(app.keywright.jwks()).toEqual(base.keywright.jwks());
      expect(app.keywright.jwks().keys).toHaveLength(1);
    });
  });
});
