import type { KeywrightEvent } from "@keywright/api";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { mailedToken } from "../support/mailed.js";
import { refusal } from "../support/refusal.js";

const told: KeywrightEvent[] = [];
let app: TestApp;
let mandatory: TestApp;
beforeAll(async () => {
  app = await createTestApp({ onEvent: (event) => void told.push(event) });
  const registration = { verification: "mandatory" as const };
  mandatory = await createTestApp(
    { onEvent: (event) => void told.push(event), registration, user: { deletion: "deactivate" } },
    app.database,
  );
});
beforeEach(() => void told.splice(0));
afterAll(async () => {
  await mandatory.close();
  await app.close();
});

const newPassword = "battery staple";
const kinds = () => told.map(({ kind }) => kind);

/** Does something and tells which events the listener was told of. */
async function toldOf(work: () => Promise<unknown>): Promise<string[]> {
  told.splice(0);
  await work();
  return kinds();
}

describe("the listener of an app", () => {
  test("is told of the whole life of an account", async () => {
    const input = { email: "life@example.com", username: "life", password: "correct horse" };
    const mine = app.visitor();
    expect(await toldOf(() => mine.registration.register.mutate(input))).toEqual([
      "user.registered",
      "session.started",
    ]);
    const verify = await mailedToken(app, input.email, "/verify-email");
    const verifying = () => app.visitor().registration.verifyEmail.mutate({ token: verify });
    expect(await toldOf(verifying)).toEqual(["user.verified"]);
    expect(await toldOf(() => mine.user.update.mutate({ firstName: "Ada" }))).toEqual(["user.updated"]);
    const { password } = input;
    expect(await toldOf(() => mine.auth.reauthenticate.mutate({ password }))).toEqual(["session.reauthenticated"]);
    const change = () => mine.password.change.mutate({ currentPassword: password, newPassword });
    expect(await toldOf(change)).toEqual(["password.changed", "session.started"]);
    const guess = () => refusal(app.visitor().auth.login.mutate({ email: input.email, password }));
    expect(await toldOf(guess)).toEqual(["login.failed"]);
    expect(await toldOf(() => mine.user.archive.mutate({ password: newPassword }))).toEqual(["user.archived"]);
    const login = () => mine.auth.login.mutate({ email: input.email, password: newPassword });
    expect(await toldOf(login)).toEqual(["user.unarchived", "session.started"]);
    expect(await toldOf(() => mine.auth.logout.mutate({}))).toEqual(["session.ended"]);
    await login();
    expect(await toldOf(() => mine.user.delete.mutate({ password: newPassword }))).toEqual(["user.deleted"]);
  });

  test("is told whose, when, from where, and in which call", async () => {
    const ada = await app.addUser();
    told.splice(0);
    const visit = { ip: "203.0.113.7", headers: { "user-agent": "Laptop/1", "x-request-id": "call-7" } };
    const { user, session } = await app.visitor(visit).auth.login.mutate({ email: ada.email, password: ada.password });
    expect(told).toEqual([
      {
        kind: "session.started",
        userId: user.id,
        sessionId: session.id,
        at: expect.any(Date),
        ip: "203.0.113.7",
        userAgent: "Laptop/1",
        requestId: "call-7",
      },
    ]);
  });

  test("is told the old address and the new one, at a change and when it is undone", async () => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    const email = "elsewhere@example.com";
    const ask = () => mine.user.requestEmailChange.mutate({ email, password: ada.password });
    expect(await toldOf(ask)).toEqual(["email.change_requested"]);
    told.splice(0);
    await mine.user.confirmEmailChange.mutate({ token: await mailedToken(app, email, "/confirm-email") });
    expect(told).toMatchObject([{ kind: "email.changed", oldEmail: ada.email, newEmail: email }]);
    const token = await mailedToken(app, ada.email, "/undo-email-change");
    told.splice(0);
    await app.visitor().user.undoEmailChange.mutate({ token });
    expect(told).toMatchObject([{ kind: "email.restored", oldEmail: email, newEmail: ada.email }]);
  });

  test("is told of a reset that proves the address as well", async () => {
    const email = "proving@example.com";
    await mandatory.visitor().registration.register.mutate({ email, password: "correct horse" });
    const user = `(select id from keywright.users where email_key = '${email}')`;
    await app.sql(`delete from keywright.passwords where user_id = ${user}`);
    await app.visitor().password.requestReset.mutate({ email });
    const token = await mailedToken(app, email, "/set-password");
    const set = () => app.visitor().password.set.mutate({ token, newPassword });
    expect(await toldOf(set)).toEqual(["password.set", "user.verified"]);
    await app.visitor().password.requestReset.mutate({ email });
    const again = await mailedToken(app, email, "/reset-password");
    const reset = () => app.visitor().password.reset.mutate({ token: again, newPassword });
    expect(await toldOf(reset)).toEqual(["password.reset"]);
  });

  test("is told of a repeated registration, and of a deactivation", async () => {
    const ada = await app.addUser();
    const register = () =>
      mandatory.visitor().registration.register.mutate({ email: ada.email, password: "another horse" });
    expect(await toldOf(register)).toEqual(["registration.repeated"]);
    expect(told).toMatchObject([{ userId: null }]);
    const mine = await mandatory.signedIn(ada);
    expect(await toldOf(() => mine.user.delete.mutate({ password: ada.password }))).toEqual(["user.deactivated"]);
  });

  test("is told of sessions that end, and of a stolen refresh token", async () => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    const login = { email: ada.email, password: ada.password };
    const { session, tokens } = await app.visitor({ transport: "bearer" }).auth.login.mutate(login);
    const refreshToken = tokens?.refreshToken ?? "";
    const first = await app.visitor().auth.refreshToken.mutate({ refreshToken });
    await app.visitor().auth.refreshToken.mutate({ refreshToken: first.refreshToken });
    told.splice(0);
    await refusal(app.visitor().auth.refreshToken.mutate({ refreshToken }));
    expect(told).toMatchObject([{ kind: "refresh.reused", sessionId: session.id }]);
    expect(await toldOf(() => mine.auth.revokeOtherSessions.mutate({}))).toEqual(["sessions.ended"]);
    expect(await toldOf(() => mine.auth.revokeOtherSessions.mutate({}))).toEqual([]);
  });

  test("is told as often as the history says", async () => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    const { events } = await mine.user.events.query();
    expect(kinds().toSorted()).toEqual(events.map(({ kind }) => kind).toSorted());
  });
});

describe("what a listener is not told", () => {
  test("a secret, a password or a hash is in no event", async () => {
    const ada = await app.addUser({ password: "unheard-of horse" });
    await (await app.signedIn(ada, { transport: "bearer" })).user.archive.mutate({ password: ada.password });
    expect(told.length).toBeGreaterThan(4);
    expect(JSON.stringify(told)).not.toMatch(/kws_|kwr_|kwo_|unheard-of|\$2/);
  });

  test("nothing is told of calls that were refused", async () => {
    const [ada, bob] = [await app.addUser(), await app.addUser()];
    const mine = await app.signedIn(ada);
    const password = "wrong horse";
    const calls = [
      () => mine.user.update.mutate({ username: bob.username }),
      () => mine.password.change.mutate({ currentPassword: password, newPassword }),
      () => mine.user.archive.mutate({ password }),
      () => mine.user.delete.mutate({ password }),
      () => mine.auth.revokeSession.mutate({ id: "00000000-0000-4000-8000-000000000000" }),
      () => app.visitor().registration.register.mutate({ email: ada.email, password: "correct horse" }),
    ];
    for (const call of calls) expect(await toldOf(() => refusal(call()))).toEqual([]);
  });

  test("nothing is told of a change that the database rolled back at its end", async () => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    const fail = "create function refuse() returns trigger as $$ begin raise exception 'no'; end $$ language plpgsql";
    await app.sql(fail);
    await app.sql(
      "create constraint trigger refuse after insert on keywright.audit_events deferrable initially deferred for each row execute function refuse()",
    );
    const events = await toldOf(() => refusal(mine.user.update.mutate({ firstName: "Eve" })));
    await app.sql("drop trigger refuse on keywright.audit_events");
    await app.sql("drop function refuse");
    expect(events).toEqual([]);
    expect(await mine.user.me.query()).toMatchObject({ firstName: "" });
  });

  test("an event comes after the commit: the change is there for whoever looks", async () => {
    const seen: unknown[] = [];
    const looking: { promise: Promise<unknown> } = { promise: Promise.resolve() };
    const watching = await createTestApp(
      {
        onEvent: ({ kind, userId }) => {
          if (kind !== "user.updated") return;
          looking.promise = app
            .sql(`select first_name from keywright.users where id = '${userId}'`)
            .then((rows) => seen.push(rows));
        },
      },
      app.database,
    );
    const mine = await watching.signedIn(await app.addUser());
    await mine.user.update.mutate({ firstName: "Grace" });
    await looking.promise;
    expect(seen).toEqual([[{ first_name: "Grace" }]]);
    await watching.close();
  });
});

describe("a listener that fails", () => {
  const failures: [name: string, onEvent: () => void | Promise<void>][] = [
    [
      "throws",
      () => {
        throw new Error("a listener's own fault");
      },
    ],
    ["rejects", () => Promise.reject(new Error("a listener's own fault"))],
    ["rejects with no error", () => Promise.reject("kws_nothing")],
  ];

  test.each(failures)("a listener that %s breaks nothing, and is logged", async (_case, onEvent) => {
    const failing = await createTestApp({ onEvent }, app.database);
    const ada = await failing.addUser();
    const mine = await failing.signedIn(ada);
    await mine.user.update.mutate({ firstName: "Ada" });
    expect(await mine.user.me.query()).toMatchObject({ firstName: "Ada" });
    const logged = failing.logs.filter(({ message }) => message.startsWith("The listener failed"));
    expect(logged).toContainEqual(
      expect.objectContaining({ level: "error", message: expect.stringContaining("user.updated") }),
    );
    expect(JSON.stringify(logged)).not.toContain("kws_");
    await failing.close();
  });

  test("a listener that never ends keeps nobody waiting", async () => {
    const stuck = await createTestApp({ onEvent: () => new Promise(() => {}) }, app.database);
    const mine = await stuck.signedIn(await stuck.addUser());
    expect(await mine.user.update.mutate({ firstName: "Ada" })).toMatchObject({ firstName: "Ada" });
    await stuck.close();
  });
});
