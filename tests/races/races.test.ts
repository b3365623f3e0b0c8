import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";

// Two instances on one PostgreSQL: what one process does alone, it may do by luck.
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

const rounds = 20;
const crowd = 50;
const either = (index: number) => (index % 2 === 0 ? one : two);

/** Runs a crowd at once; answers and reasons of refusal, in order. */
async function rush<T>(act: (app: TestApp, index: number) => Promise<T>) {
  const results = await Promise.allSettled(Array.from({ length: crowd }, (_, index) => act(either(index), index)));
  const won = results.flatMap((result, index) =>
    result.status === "fulfilled" ? [{ index, value: result.value }] : [],
  );
  const refused = results.flatMap((result) => (result.status === "rejected" ? [reasonOf(result.reason)] : []));
  return { won, refused };
}

async function phoneOf(user: TestUser) {
  const { tokens } = await one.visitor({ transport: "bearer" }).auth.login.mutate(credentialsOf(user));
  if (!tokens) throw new Error("A bearer sign-in has tokens.");
  return tokens;
}

const credentialsOf = ({ email, password }: TestUser) => ({ email, password });

describe(`in each of ${rounds} rounds on PostgreSQL`, () => {
  test("of fifty uses of one reset link one succeeds, and its password is the one that works", async () => {
    const ada = await one.addUser();
    for (let round = 0; round < rounds; round++) {
      await one.visitor().password.requestReset.mutate({ email: ada.email });
      const token = await one.tokenFromMail(ada.email);
      const passwordOf = (index: number) => `staple ${round} ${index} battery`;
      const { won, refused } = await rush((app, index) =>
        app.visitor().password.reset.mutate({ token, newPassword: passwordOf(index) }),
      );
      expect(won).toHaveLength(1);
      expect(new Set(refused)).toEqual(new Set(["TOKEN_INVALID"]));
      const password = passwordOf(won[0]?.index ?? -1);
      await two.visitor().auth.login.mutate({ email: ada.email, password });
    }
  }, 300_000);

  test("of fifty registrations of one address one makes a user", async () => {
    for (let round = 0; round < rounds; round++) {
      const email = `race${round}@example.com`;
      const { won, refused } = await rush((app) =>
        app.visitor().registration.register.mutate({ email, password: "correct horse" }),
      );
      expect(won).toHaveLength(1);
      expect(new Set(refused)).toEqual(new Set(["EMAIL_TAKEN"]));
      expect(await one.sql(`select id from keywright.users where email_key = '${email}'`)).toHaveLength(1);
    }
  }, 300_000);

  test("of fifty refreshes of one token all get the same successor", async () => {
    const ada = await one.addUser();
    for (let round = 0; round < rounds; round++) {
      const { refreshToken } = await phoneOf(ada);
      const { won, refused } = await rush((app) => app.visitor().auth.refreshToken.mutate({ refreshToken }));
      expect(refused).toEqual([]);
      expect(new Set(won.map(({ value }) => value.refreshToken)).size).toBe(1);
      const next = await one.visitor().auth.refreshToken.mutate({ refreshToken: won[0]?.value.refreshToken ?? "" });
      expect(next.refreshToken).toMatch(/^kwr_/);
    }
  }, 300_000);

  test("a token that was stolen and the newest one of its chain at once: the session is over, told once", async () => {
    const ada = await one.addUser();
    for (let round = 0; round < rounds; round++) {
      const { refreshToken, accessToken } = await phoneOf(ada);
      const { sessionId } = await one.visitor().auth.verifyToken.mutate({ token: accessToken });
      const refresh = async (app: TestApp, token: string) =>
        (await app.visitor().auth.refreshToken.mutate({ refreshToken: token })).refreshToken;
      const newest = await refresh(two, await refresh(one, refreshToken));
      const { won, refused } = await rush((app, index) => refresh(app, index % 5 === 0 ? refreshToken : newest));
      expect(new Set(refused)).toEqual(new Set(["TOKEN_INVALID"]));
      expect(new Set(won.map(({ value }) => value)).size).toBeLessThanOrEqual(1);
      expect(await one.sql(`select 1 from keywright.sessions where id = '${sessionId}'`)).toHaveLength(0);
      const told = `select 1 from keywright.audit_events where kind = 'refresh.reused' and session_id = '${sessionId}'`;
      expect(await one.sql(told)).toHaveLength(1);
    }
  }, 300_000);

  test("a refresh and a logout at once leave nothing that can be used", async () => {
    const ada = await one.addUser();
    for (let round = 0; round < rounds; round++) {
      const { refreshToken, accessToken } = await phoneOf(ada);
      const { sessionId } = await one.visitor().auth.verifyToken.mutate({ token: accessToken });
      const headers = { authorization: `Bearer ${accessToken}` };
      const { won } = await rush(async (app, index) => {
        if (index === 25) await app.post("auth.logout", {}, headers);
        return index === 25 ? null : await app.visitor().auth.refreshToken.mutate({ refreshToken });
      });
      for (const { value } of won.slice(0, 3)) {
        if (!value) continue;
        const access = await two.get("user.me", { authorization: `Bearer ${value.accessToken}` });
        expect(access.status).toBe(401);
        const again = two.visitor().auth.refreshToken.mutate({ refreshToken: value.refreshToken });
        await expect(again).rejects.toThrow();
      }
      expect(
        await one.sql(`select session_id from keywright.refresh_tokens where session_id = '${sessionId}'`),
      ).toHaveLength(0);
    }
  }, 300_000);

  test("a reset and a login with the old password at once leave no session of the old password", async () => {
    const ada = await one.addUser();
    let password = ada.password;
    for (let round = 0; round < rounds; round++) {
      await one.visitor().password.requestReset.mutate({ email: ada.email });
      const token = await one.tokenFromMail(ada.email);
      const old = password;
      password = `staple ${round} battery`;
      await rush(async (app, index) => {
        if (index === 10) await app.visitor().password.reset.mutate({ token, newPassword: password });
        else await app.visitor().auth.login.mutate({ email: ada.email, password: old });
      });
      const sql = `select sessions.id from keywright.sessions join keywright.users on users.id = user_id where email_key = '${ada.email}'`;
      expect(await one.sql(sql)).toHaveLength(0);
    }
  }, 300_000);

  test("of fifty uses of one verification link one succeeds, and the others hear that it is done (A24)", async () => {
    for (let round = 0; round < rounds; round++) {
      const email = `verify${round}@example.com`;
      await one.visitor().registration.register.mutate({ email, password: "correct horse" });
      const token = await one.tokenFromMail(email);
      const { won, refused } = await rush((app) => app.visitor().registration.verifyEmail.mutate({ token }));
      expect(won).toHaveLength(1);
      expect(new Set(refused)).toEqual(new Set(["ALREADY_VERIFIED"]));
    }
  }, 300_000);
});
