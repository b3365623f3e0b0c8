import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { choosePassword, mailedToken } from "../support/mailed.js";
import { reasonFor } from "../support/reason.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

type Client = ReturnType<TestApp["visitor"]>;

async function kindsOf(client: Client): Promise<string[]> {
  const { events } = await client.user.events.query({ limit: 100 });
  return events.map(({ kind }) => kind);
}

describe("the history of my account", () => {
  test("I see what happened, the newest first, with where it came from", async () => {
    const ada = await app.addUser();
    app.travel(60_000);
    const visit = { ip: "203.0.113.7", headers: { "user-agent": "Laptop/1" } };
    const mine = await app.signedIn(ada, visit);
    const { events, next } = await mine.user.events.query();
    expect(events.map(({ kind }) => kind).slice(0, 2)).toEqual(["session.started", "user.verified"]);
    expect(events[0]).toMatchObject({ ip: "203.0.113.7", userAgent: "Laptop/1" });
    expect(new Set(events.slice(2).map(({ kind }) => kind))).toEqual(new Set(["user.registered", "session.started"]));
    expect(next).toBeNull();
    const times = events.map(({ at }) => at.getTime());
    expect(times).toEqual([...times].sort((left, right) => right - left));
  });

  test("I see every change of my credentials, and who failed to sign in as me", async () => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    const stranger = app.visitor({ ip: "203.0.113.66" });
    await refusal(stranger.auth.login.mutate({ email: ada.email, password: "wrong horse" }));
    await mine.auth.reauthenticate.mutate({ password: ada.password });
    await mine.user.update.mutate({ firstName: "Ada" });
    await mine.password.change.mutate({ currentPassword: ada.password, newPassword: "battery staple" });
    const email = "history@example.com";
    await mine.user.requestEmailChange.mutate({ email, password: "battery staple" });
    await mine.user.confirmEmailChange.mutate({ token: await mailedToken(app, email, "/confirm-email") });
    await mine.auth.revokeOtherSessions.mutate({});
    await app.signedIn({ ...ada, email, password: "battery staple" });
    await mine.auth.revokeOtherSessions.mutate({});
    const kinds = await kindsOf(mine);
    const expected = ["login.failed", "session.reauthenticated", "user.updated", "password.changed"];
    expect(kinds).toEqual(expect.arrayContaining([...expected, "email.change_requested", "email.changed"]));
    expect(kinds.filter((kind) => kind === "sessions.ended")).toHaveLength(1);
    const { events } = await mine.user.events.query();
    expect(events.find(({ kind }) => kind === "login.failed")).toMatchObject({ ip: "203.0.113.66" });
  });

  test("I see the undoing, the archiving and the return", async () => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    const email = "there-and-back@example.com";
    await mine.user.requestEmailChange.mutate({ email, password: ada.password });
    await mine.user.confirmEmailChange.mutate({ token: await mailedToken(app, email, "/confirm-email") });
    const token = await mailedToken(app, ada.email, "/undo-email-change");
    await app.visitor().user.undoEmailChange.mutate({ token });
    await choosePassword(app, ada.email, ada.password);
    await (await app.signedIn(ada)).user.archive.mutate({ password: ada.password });
    const kinds = await kindsOf(await app.signedIn(ada));
    expect(kinds).toEqual(expect.arrayContaining(["email.restored", "user.archived", "user.unarchived"]));
  });

  test("a page leads to the next, and each event comes once", async () => {
    const mine = await app.signedIn(await app.addUser());
    for (let round = 0; round < 7; round++) await mine.user.update.mutate({ firstName: `Ada ${round}` });
    const all = (await mine.user.events.query({ limit: 100 })).events.map(({ id }) => id);
    const seen: string[] = [];
    let after: string | undefined;
    for (let page = 0; page < 10; page++) {
      const { events, next } = await mine.user.events.query({ limit: 3, ...(after ? { after } : {}) });
      seen.push(...events.map(({ id }) => id));
      if (next === null) break;
      expect(events).toHaveLength(3);
      after = next;
    }
    expect(seen).toEqual(all);
    expect(new Set(seen).size).toBe(all.length);
  });

  test("a full last page has no next one", async () => {
    const mine = await app.signedIn(await app.addUser());
    const { events } = await mine.user.events.query({ limit: 100 });
    expect((await mine.user.events.query({ limit: events.length })).next).toBeNull();
    expect((await mine.user.events.query({ limit: events.length - 1 })).next).not.toBeNull();
  });

  test("I see nobody else's, not even with their page's mark", async () => {
    const [hers, his] = [await app.signedIn(await app.addUser()), await app.signedIn(await app.addUser())];
    const own = new Set((await hers.user.events.query()).events.map(({ id }) => id));
    const { next } = await his.user.events.query({ limit: 1 });
    const { events } = await hers.user.events.query({ after: next ?? "" });
    expect(events.filter(({ id }) => !own.has(id))).toEqual([]);
  });

  test("a failed login of a name that nobody has is in nobody's", async () => {
    const mine = await app.signedIn(await app.addUser());
    const before = await kindsOf(mine);
    await refusal(app.visitor().auth.login.mutate({ email: "nobody@example.com", password: "wrong horse" }));
    expect(await kindsOf(mine)).toEqual(before);
  });
});

describe("a history that is refused", () => {
  test("a visitor has none", async () => {
    expect(await reasonFor(app.visitor().user.events.query())).toBe("NOT_AUTHENTICATED");
  });

  test.each([
    "",
    "rubbish",
    "1.2",
    "1.' or 1=1 --",
    `1.${"-".repeat(36)}`,
    "999999999999999.00000000-0000-4000-8000-000000000000",
  ])("a page's mark that is %j is wrong", async (after) => {
    const mine = await app.signedIn(await app.addUser());
    const error = await refusal(mine.user.events.query({ after }));
    expect(reasonOf(error)).toBe("VALIDATION");
    expect(fieldErrorsOf(error)).toMatchObject({ after: [{ reason: "INVALID" }] });
  });

  test.each([0, -1, 101, 1.5])("a page of %d is refused", async (limit) => {
    const mine = await app.signedIn(await app.addUser());
    expect(await reasonFor(mine.user.events.query({ limit }))).toBe("VALIDATION");
  });
});
