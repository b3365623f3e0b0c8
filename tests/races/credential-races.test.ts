import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { choosePassword, mailedToken } from "../support/mailed.js";
import { cookieOf, origin } from "../support/raw.js";
import { reasonFor } from "../support/reason.js";

// Two instances on one PostgreSQL, two things at once on one account. Whichever wins, nothing of the loser is left.
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

const rounds = 10;
const next = "battery staple";

/** What a call came to: its answer, or why it was refused. */
type End<T> = { value: T; reason: null } | { value: null; reason: string };

/** Both at once, now the one and now the other a moment ahead. A refusal by accident is a failure. */
async function both<A, B>(left: () => Promise<A>, right: () => Promise<B>): Promise<[End<A>, End<B>]> {
  const headStart = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 6));
  const ends = await Promise.all([
    headStart().then(left).then(done, refused),
    headStart().then(right).then(done, refused),
  ]);
  for (const { reason } of ends) expect(["INTERNAL", "UNAVAILABLE"]).not.toContain(reason);
  return ends;
}

function done<T>(value: T): End<T> {
  return { value, reason: null };
}

function refused(error: unknown): End<never> {
  const reason = reasonOf(error);
  if (reason === null) throw error;
  return { value: null, reason };
}

/** A device that says exactly what it was told, and renews nothing by itself. */
interface Device {
  headers: Record<string, string>;
  refreshToken: string;
}

async function phoneOf({ email, password }: TestUser, app = one): Promise<Device> {
  const { tokens } = await app.visitor({ transport: "bearer" }).auth.login.mutate({ email, password });
  return phone(tokens);
}

function phone(tokens: { accessToken: string; refreshToken: string } | null | undefined): Device {
  const authorization = `Bearer ${tokens?.accessToken ?? ""}`;
  return { headers: { authorization, "keywright-transport": "bearer" }, refreshToken: tokens?.refreshToken ?? "" };
}

/** Calls as the device does; its answer's body, or the refusal as a client would throw it. */
async function call(
  app: TestApp,
  path: string,
  { headers, input }: { headers: Record<string, string>; input: object },
) {
  const response = await app.post(path, input, { origin, ...headers });
  const body = await response.text();
  const reason = /"reason":"([A-Z_]+)"/.exec(body)?.[1];
  if (response.status !== 200) throw Object.assign(new Error(reason), { data: { reason, requestId: "-" } });
  const token = (name: string) => new RegExp(`"${name}":"([^"]+)"`).exec(body)?.[1] ?? "";
  const cookie =
    response.headers
      .getSetCookie()
      .find((text) => text.includes("session=kws_"))
      ?.split(";")[0] ?? "";
  const tokens = { accessToken: token("accessToken"), refreshToken: token("refreshToken") };
  return cookie === "" ? phone(tokens) : { headers: { cookie }, refreshToken: "" };
}

/** Whether anything opens the account with what a device holds. */
async function opens({ headers, refreshToken }: Device): Promise<boolean> {
  if ((await two.get("user.me", headers)).status === 200) return true;
  return await two
    .visitor()
    .auth.refreshToken.mutate({ refreshToken: refreshToken || "-" })
    .then(
      () => true,
      () => false,
    );
}

const sessionsOf = async ({ username }: TestUser) =>
  (
    await one.sql(
      `select sessions.id from keywright.sessions join keywright.users on users.id = user_id where username = '${username}'`,
    )
  ).length;

const loginWorks = ({ email }: TestUser, password: string) =>
  two
    .visitor()
    .auth.login.mutate({ email, password })
    .then(
      () => true,
      () => false,
    );

const refresh = (app: TestApp, { refreshToken }: Device) =>
  app.visitor().auth.refreshToken.mutate({ refreshToken }).then(phone);
const login = (app: TestApp, ada: TestUser) => () => phoneOf(ada, app);
const change = (app: TestApp, device: Device, { password }: TestUser) => {
  const input = { currentPassword: password, newPassword: next };
  return () => call(app, "password.change", { headers: device.headers, input });
};
const withPassword = (app: TestApp, path: string, { device, ada }: { device: Device; ada: TestUser }) => {
  return () => call(app, path, { headers: device.headers, input: { password: ada.password } });
};

async function resetTokenOf({ email }: TestUser): Promise<string> {
  await one.visitor().password.requestReset.mutate({ email });
  return await mailedToken(one, email, "/reset-password");
}

async function confirmTokenOf(device: Device, email: string): Promise<string> {
  const input = { email, password: "correct horse" };
  await call(one, "user.requestEmailChange", { headers: device.headers, input });
  return await mailedToken(one, email, "/confirm-email");
}

/** Plays a round with a new account each, on both transports by turns. */
async function play(round: (ada: TestUser, mine: Device) => Promise<void>): Promise<void> {
  for (let index = 0; index < rounds; index++) {
    const ada = await one.addUser();
    const isCookie = index % 2 === 0;
    const mine = isCookie ? { headers: { cookie: await cookieOf(one, ada) }, refreshToken: "" } : await phoneOf(ada);
    await round(ada, mine);
  }
}

describe(`in each of ${rounds} rounds on PostgreSQL`, () => {
  test("a password change and a refresh leave the change's session only", async () => {
    await play(async (ada, mine) => {
      const device = await phoneOf(ada);
      const [changed, refreshed] = await both(change(one, mine, ada), () => refresh(two, device));
      expect(changed.reason).toBeNull();
      expect([null, "TOKEN_INVALID"]).toContain(refreshed.reason);
      if (refreshed.value) expect(await opens(refreshed.value)).toBe(false);
      for (const old of [device, mine]) expect(await opens(old)).toBe(false);
      expect(changed.value && (await opens(changed.value))).toBe(true);
      expect(await sessionsOf(ada)).toBe(1);
    });
  }, 300_000);

  test("a password change and a logout of one session: a logout that won leaves nobody signed in", async () => {
    await play(async (ada, mine) => {
      const logout = () => call(two, "auth.logout", { headers: mine.headers, input: {} });
      const [changed, out] = await both(change(one, mine, ada), logout);
      expect([null, "NOT_AUTHENTICATED"]).toContain(changed.reason);
      expect([null, "NOT_AUTHENTICATED"]).toContain(out.reason);
      expect(await opens(mine)).toBe(false);
      expect(await loginWorks(ada, changed.value ? next : ada.password)).toBe(true);
      expect(await loginWorks(ada, changed.value ? ada.password : next)).toBe(false);
      if (changed.value) expect(await opens(changed.value)).toBe(true);
    });
  }, 300_000);

  test("of two password changes one wins, and its password is the one that works", async () => {
    await play(async (ada, mine) => {
      const device = await phoneOf(ada);
      const other = "another staple";
      const input = { currentPassword: ada.password, newPassword: other };
      const second = () => call(two, "password.change", { headers: device.headers, input });
      const [left, right] = await both(change(one, mine, ada), second);
      expect([left, right].filter(({ reason }) => reason === null)).toHaveLength(1);
      expect(["WRONG_PASSWORD", "NOT_AUTHENTICATED"]).toContain(left.reason ?? right.reason);
      expect(await sessionsOf(ada)).toBe(1);
      expect(await loginWorks(ada, left.value ? next : other)).toBe(true);
      for (const dead of [ada.password, left.value ? other : next]) expect(await loginWorks(ada, dead)).toBe(false);
    });
  }, 300_000);

  test("of two password changes that end no other session one wins as well", async () => {
    await play(async (ada, mine) => {
      const device = await phoneOf(ada);
      const input = { currentPassword: ada.password, keepOtherSessions: true };
      const changing =
        (app: TestApp, { headers }: Device, newPassword: string) =>
        () =>
          call(app, "password.change", { headers, input: { ...input, newPassword } });
      const other = "another staple";
      const [left, right] = await both(changing(one, mine, next), changing(two, device, other));
      expect([left, right].filter(({ reason }) => reason === null)).toHaveLength(1);
      expect(left.reason ?? right.reason).toBe("WRONG_PASSWORD");
      expect(await loginWorks(ada, left.value ? next : other)).toBe(true);
      expect(await loginWorks(ada, left.value ? other : next)).toBe(false);
    });
  }, 300_000);

  test("a password change and an archiving with the old password: one of them happens", async () => {
    await play(async (ada, mine) => {
      const device = await phoneOf(ada);
      const [changed, archived] = await both(
        change(one, mine, ada),
        withPassword(two, "user.archive", { device, ada }),
      );
      expect([changed, archived].filter(({ reason }) => reason === null)).toHaveLength(1);
      expect(["WRONG_PASSWORD", "NOT_AUTHENTICATED"]).toContain(changed.reason ?? archived.reason);
      expect(await sessionsOf(ada)).toBe(changed.value ? 1 : 0);
      expect(await loginWorks(ada, changed.value ? next : ada.password)).toBe(true);
    });
  }, 300_000);

  test("a reset and a password change: the reset wins whichever comes first, and no session is left", async () => {
    await play(async (ada, mine) => {
      const token = await resetTokenOf(ada);
      const chosen = "chosen by mail";
      const reset = () => two.visitor().password.reset.mutate({ token, newPassword: chosen });
      const [changed, isReset] = await both(change(one, mine, ada), reset);
      expect([null, "WRONG_PASSWORD", "NOT_AUTHENTICATED"]).toContain(changed.reason);
      expect(isReset.reason).toBeNull();
      expect(await sessionsOf(ada)).toBe(0);
      expect(await loginWorks(ada, chosen)).toBe(true);
      for (const dead of [ada.password, next]) expect(await loginWorks(ada, dead)).toBe(false);
    });
  }, 300_000);

  test("an archiving and a login: the account is at rest without a session, or was brought back", async () => {
    await play(async (ada, mine) => {
      const [archived, entered] = await both(withPassword(one, "user.archive", { device: mine, ada }), login(two, ada));
      expect(archived.reason).toBeNull();
      expect([null, "INVALID_CREDENTIALS"]).toContain(entered.reason);
      const [row] = await one.sql(`select archived_at from keywright.users where username = '${ada.username}'`);
      const isResting = row?.archived_at !== null;
      expect(await sessionsOf(ada)).toBe(isResting ? 0 : 1);
      if (entered.value) expect(await opens(entered.value)).toBe(!isResting);
      expect(await opens(mine)).toBe(false);
    });
  }, 300_000);

  test.each(["user.archive", "user.delete"])(
    "%s and a refresh leave no session and no token",
    async (path) => {
      await play(async (ada, mine) => {
        const device = await phoneOf(ada);
        const ending = withPassword(one, path, { device: mine, ada });
        const [ended, refreshed] = await both(ending, () => refresh(two, device));
        expect(ended.reason).toBeNull();
        expect([null, "TOKEN_INVALID"]).toContain(refreshed.reason);
        for (const left of [device, mine, refreshed.value]) if (left) expect(await opens(left)).toBe(false);
        expect(await sessionsOf(ada)).toBe(0);
      });
    },
    60_000,
  );

  test("a deletion and a login leave nothing", async () => {
    await play(async (ada, mine) => {
      const [gone, entered] = await both(withPassword(one, "user.delete", { device: mine, ada }), login(two, ada));
      expect(gone.reason).toBeNull();
      expect([null, "INVALID_CREDENTIALS"]).toContain(entered.reason);
      if (entered.value) expect(await opens(entered.value)).toBe(false);
      expect(await one.sql(`select id from keywright.users where username = '${ada.username}'`)).toEqual([]);
      expect(
        await one.sql("select id from keywright.sessions where user_id not in (select id from keywright.users)"),
      ).toEqual([]);
    });
  }, 300_000);

  test("a deletion and a password change: the account is gone, or its new password works", async () => {
    await play(async (ada, mine) => {
      const device = await phoneOf(ada);
      const [gone, changed] = await both(withPassword(one, "user.delete", { device, ada }), change(two, mine, ada));
      expect([gone, changed].filter(({ reason }) => reason === null)).toHaveLength(1);
      expect(["WRONG_PASSWORD", "NOT_AUTHENTICATED"]).toContain(gone.reason ?? changed.reason);
      expect(await loginWorks(ada, next)).toBe(changed.reason === null);
      expect(await loginWorks(ada, ada.password)).toBe(false);
      expect(await one.sql(`select id from keywright.users where username = '${ada.username}'`)).toHaveLength(
        changed.value ? 1 : 0,
      );
    });
  }, 300_000);

  test("a password change while the link to a new address is on its way: the link is dead", async () => {
    const { mailQueued } = one.keywright.deps;
    await play(async (ada, mine) => {
      const email = `late-${ada.email}`;
      one.keywright.deps.mailQueued = () => {};
      await call(one, "user.requestEmailChange", { headers: mine.headers, input: { email, password: ada.password } });
      const [, changed] = await both(() => two.keywright.deliverMail(), change(one, mine, ada));
      one.keywright.deps.mailQueued = mailQueued;
      expect(changed.reason).toBeNull();
      const links = one.mails.filter(({ to }) => to === email).flatMap((mail) => mail.links);
      for (const link of links) {
        const token = new URL(link).searchParams.get("token") ?? "";
        expect(await reasonFor(two.visitor().user.confirmEmailChange.mutate({ token }))).toBe("TOKEN_INVALID");
      }
    });
  }, 300_000);

  test("a confirmed address and a reset: one of the two links is void, and no session is left", async () => {
    await play(async (ada, mine) => {
      const token = await resetTokenOf(ada);
      const email = `moved-${ada.email}`;
      const confirm = await confirmTokenOf(mine, email);
      const [isMoved, isReset] = await both(
        () => one.visitor().user.confirmEmailChange.mutate({ token: confirm }),
        () => two.visitor().password.reset.mutate({ token, newPassword: next }),
      );
      expect([isMoved, isReset].map(({ reason }) => reason).toSorted()).toEqual(["TOKEN_INVALID", null].toSorted());
      expect(await sessionsOf(ada)).toBe(0);
      const owner = isMoved.value ? { ...ada, email } : ada;
      expect(await loginWorks(owner, isReset.value ? next : ada.password)).toBe(true);
    });
  }, 300_000);

  test("K1: an undone change of address and a password change leave no password that anybody knows", async () => {
    await play(async (ada, mine) => {
      const email = `hijacked-${ada.email}`;
      const confirm = await confirmTokenOf(mine, email);
      await call(one, "user.confirmEmailChange", { headers: mine.headers, input: { token: confirm } });
      const token = await mailedToken(one, ada.email, "/undo-email-change");
      const [changed, undone] = await both(change(one, mine, ada), () =>
        two.visitor().user.undoEmailChange.mutate({ token }),
      );
      expect([null, "WRONG_PASSWORD", "NOT_AUTHENTICATED"]).toContain(changed.reason);
      expect(undone.reason).toBeNull();
      expect(await sessionsOf(ada)).toBe(0);
      for (const dead of [ada.password, next]) expect(await loginWorks(ada, dead)).toBe(false);
      await choosePassword(two, ada.email, "chosen by mail");
      expect(await loginWorks(ada, "chosen by mail")).toBe(true);
    });
  }, 300_000);

  test("two accounts that confirm one address: one has it, the other keeps its own", async () => {
    await play(async (ada, mine) => {
      const bob = await one.addUser();
      const email = `wanted-${ada.email}`;
      const [hers, his] = [await confirmTokenOf(mine, email), await confirmTokenOf(await phoneOf(bob), email)];
      const [left, right] = await both(
        () => one.visitor().user.confirmEmailChange.mutate({ token: hers }),
        () => two.visitor().user.confirmEmailChange.mutate({ token: his }),
      );
      expect([left, right].filter(({ reason }) => reason === null)).toHaveLength(1);
      expect(left.reason ?? right.reason).toBe("EMAIL_TAKEN");
      const [winner, loser] = left.value ? [ada, bob] : [bob, ada];
      const rows = await one.sql(`select username from keywright.users where email_key = '${email}'`);
      expect(rows).toEqual([{ username: winner.username }]);
      expect(await loginWorks(loser, loser.password)).toBe(true);
      expect(await loginWorks(winner, winner.password)).toBe(false);
    });
  }, 300_000);
});
