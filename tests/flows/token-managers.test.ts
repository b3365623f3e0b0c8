import { jwtTokens, opaqueTokens } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { createOwnTokens } from "../support/own-tokens.js";
import { refusal } from "../support/refusal.js";

const own = createOwnTokens();
const managers = { jwt: jwtTokens(), opaque: opaqueTokens(), own: own.create };
type Name = keyof typeof managers;
const names = ["jwt", "opaque", "own"] as const satisfies Name[];

let base: TestApp;
const apps = new Map<Name, TestApp>();
beforeAll(async () => {
  base = await createTestApp();
  for (const name of names) apps.set(name, await createTestApp({ tokenManager: managers[name] }, base.database));
});
afterAll(async () => {
  for (const app of apps.values()) await app.close();
  await base.close();
});

function appWith(name: Name): TestApp {
  const app = apps.get(name);
  if (!app) throw new Error(`There is no app with ${name} tokens.`);
  return app;
}

async function newPhone(app: TestApp, ada?: Awaited<ReturnType<TestApp["addUser"]>>) {
  const user = ada ?? (await app.addUser());
  const phone = app.visitor({ transport: "bearer" });
  const { tokens, session } = await phone.auth.login.mutate({ email: user.email, password: user.password });
  if (!tokens) throw new Error("A bearer sign-in has tokens.");
  return { ada: user, phone, session, ...tokens };
}

const refresh = (app: TestApp, refreshToken: string) => app.visitor().auth.refreshToken.mutate({ refreshToken });
const verify = (app: TestApp, token: string) => app.visitor().auth.verifyToken.mutate({ token });
const statusOf = async (app: TestApp, token: string) =>
  (await app.get("user.me", { authorization: `Bearer ${token}` })).status;

describe.each(names)("%s tokens", (name) => {
  test("a phone signs in, is told who it is, and refreshes; a retry gets the same successor", async () => {
    const app = appWith(name);
    const { ada, session, accessToken, refreshToken, refreshExpiresAt } = await newPhone(app);
    expect(await statusOf(app, accessToken)).toBe(200);
    const claims = await verify(app, accessToken);
    expect(claims).toMatchObject({ kind: "access", sessionId: session.id });
    expect(Object.keys(claims).sort()).toEqual(["expiresAt", "kind", "sessionId", "userId"]);
    const second = await refresh(app, refreshToken);
    expect(second.refreshToken).not.toBe(refreshToken);
    expect(second.refreshExpiresAt).toEqual(refreshExpiresAt);
    expect((await refresh(app, refreshToken)).refreshToken).toBe(second.refreshToken);
    const headers = { authorization: `Bearer ${second.accessToken}` };
    expect(await (await app.get("user.me", headers)).text()).toContain(ada.email);
  });

  test("a refresh token that comes again after its successor ends the session, and its owner is told", async () => {
    const app = appWith(name);
    const { ada, session, refreshToken } = await newPhone(app);
    const third = await refresh(app, (await refresh(app, refreshToken)).refreshToken);
    expect(reasonOf(await refusal(refresh(app, refreshToken)))).toBe("TOKEN_INVALID");
    expect(reasonOf(await refusal(refresh(app, third.refreshToken)))).toBe("TOKEN_INVALID");
    expect(await statusOf(app, third.accessToken)).toBe(401);
    const reused = `select 1 from keywright.audit_events where kind = 'refresh.reused' and session_id = '${session.id}'`;
    expect(await app.sql(reused)).toHaveLength(1);
    expect((await app.mailTo(ada.email)).subject).toMatch(/signed out/);
  });

  test("whoever has a refresh token revokes it, once, and no other device is touched", async () => {
    const app = appWith(name);
    const { ada, accessToken, refreshToken } = await newPhone(app);
    const tablet = await newPhone(app, ada);
    const revoke = () => app.visitor().auth.revokeToken.mutate({ refreshToken });
    expect((await revoke()).revokedAt).toBeInstanceOf(Date);
    expect(await statusOf(app, accessToken)).toBe(401);
    expect(reasonOf(await refusal(refresh(app, refreshToken)))).toBe("TOKEN_INVALID");
    expect(reasonOf(await refusal(revoke()))).toBe("TOKEN_INVALID");
    expect(await statusOf(app, tablet.accessToken)).toBe(200);
  });

  test("a logout ends this phone's tokens, a logout everywhere all of the account's", async () => {
    const app = appWith(name);
    const first = await newPhone(app);
    const second = await newPhone(app, first.ada);
    const third = await newPhone(app, first.ada);
    await first.phone.auth.logout.mutate();
    expect(await statusOf(app, first.accessToken)).toBe(401);
    expect(await statusOf(app, third.accessToken)).toBe(200);
    await second.phone.auth.logout.mutate({ everywhere: true });
    for (const { accessToken, refreshToken } of [first, second, third]) {
      expect(reasonOf(await refusal(verify(app, accessToken)))).toBe("TOKEN_INVALID");
      expect(reasonOf(await refusal(refresh(app, refreshToken)))).toBe("TOKEN_INVALID");
    }
  });

  test("an account that is archived or deleted has no tokens left", async () => {
    const app = appWith(name);
    for (const end of ["archive", "delete"] as const) {
      const { ada, phone, session, accessToken, refreshToken } = await newPhone(app);
      await phone.user[end].mutate({ password: ada.password });
      expect(reasonOf(await refusal(verify(app, accessToken)))).toBe("TOKEN_INVALID");
      expect(reasonOf(await refusal(refresh(app, refreshToken)))).toBe("TOKEN_INVALID");
      expect(own.kept(session.id)).toBe(false);
    }
  });

  test("rubbish, and tokens of another secret or another form, are nobody's", async () => {
    const app = appWith(name);
    const { accessToken, refreshToken } = await newPhone(app);
    const strangers = await Promise.all(
      names.filter((other) => other !== name).map((other) => newPhone(appWith(other))),
    );
    const secret = "another secret for tests, long enough";
    const tokenManager = name === "own" ? createOwnTokens().create : managers[name];
    const stranger = await createTestApp({ secret, tokenManager }, base.database);
    strangers.push(await newPhone(stranger));
    expect(await statusOf(stranger, accessToken)).toBe(401);
    await stranger.close();
    const spoiled = [accessToken.slice(1), `${accessToken}x`, `${accessToken.slice(0, -4)}AAAA`, `${accessToken}=`];
    const rubbish = ["kwa_", "kwa_AAAA", `kwa_${"A".repeat(200)}`, `kwa_${"é".repeat(80)}`, "a.b.c", "x".repeat(4096)];
    for (const token of [...spoiled, ...rubbish, refreshToken, ...strangers.map(({ accessToken }) => accessToken)]) {
      expect(reasonOf(await refusal(verify(app, token)))).toBe("TOKEN_INVALID");
    }
  });

  test("a public call costs no statement, a signed-in one or a batch of them costs one", async () => {
    const app = appWith(name);
    const { phone } = await newPhone(app);
    expect((await app.costOf(() => phone.auth.config.query())).statements).toEqual([]);
    expect((await app.costOf(() => phone.user.me.query())).statements).toHaveLength(1);
    const batch = () => Promise.all([phone.user.me.query(), phone.auth.session.query(), phone.user.me.query()]);
    expect((await app.costOf(batch)).statements).toHaveLength(1);
  });

  test("an access token that has expired is told from one that is none", async () => {
    const app = appWith(name);
    const { accessToken, refreshToken } = await newPhone(app);
    app.travel(301_000);
    expect(reasonOf(await refusal(verify(app, accessToken)))).toBe("TOKEN_EXPIRED");
    expect(await statusOf(app, accessToken)).toBe(401);
    expect(await statusOf(app, (await refresh(app, refreshToken)).accessToken)).toBe(200);
  });
});

describe.each(["jwt", "opaque"] as const)("%s tokens of the previous secret", (name) => {
  test("are accepted, and exchanged for ones of the new secret", async () => {
    const app = appWith(name);
    const { accessToken, refreshToken } = await newPhone(app);
    const secret = "another secret for tests, long enough";
    const config = { secret, previousSecret: app.secret, tokenManager: managers[name] };
    const successor = await createTestApp(config, base.database);
    const forgetful = await createTestApp({ secret, tokenManager: managers[name] }, base.database);
    for (const next of [successor, forgetful]) next.travel(app.offsetMs());
    expect(await statusOf(successor, accessToken)).toBe(200);
    const fresh = await refresh(successor, refreshToken);
    expect(await statusOf(forgetful, fresh.accessToken)).toBe(200);
    expect(await statusOf(forgetful, accessToken)).toBe(401);
    await successor.close();
    await forgetful.close();
  });
});

describe("opaque access tokens", () => {
  test("a holder reads nothing in one, and finds no key for it", async () => {
    const app = appWith("opaque");
    const { accessToken, session, ada } = await newPhone(app);
    const { userId } = await verify(app, accessToken);
    expect(accessToken).toMatch(/^kwa_[\w-]+$/);
    const bytes = Buffer.from(accessToken.slice(4), "base64url");
    for (const secret of [session.id, userId, ada.email, "sub", "exp"]) {
      expect(bytes.includes(secret)).toBe(false);
      expect(bytes.includes(Buffer.from(secret.replaceAll("-", ""), "hex"))).toBe(secret.length < 36);
    }
    expect(app.keywright.jwks()).toEqual({ keys: [] });
  });

  test("no bit of one can be changed", async () => {
    const app = appWith("opaque");
    const { accessToken } = await newPhone(app);
    const bytes = Buffer.from(accessToken.slice(4), "base64url");
    for (let at = 0; at < bytes.length; at += 5) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      const token = `kwa_${changed.toString("base64url")}`;
      expect(reasonOf(await refusal(verify(app, token)))).toBe("TOKEN_INVALID");
    }
  });
});
