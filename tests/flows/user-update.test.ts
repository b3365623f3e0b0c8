import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { cookieOf, origin } from "../support/raw.js";
import { reasonFor } from "../support/reason.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
let narrow: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  narrow = await createTestApp(
    {
      user: {
        updatable: ["username", "firstName"],
        usernameMinLength: 4,
        usernameMaxLength: 12,
        usernamePattern: /^[a-z][a-z0-9]*$/i,
        reservedUsernames: ["Admin", "root1"],
        lowercaseUsernames: true,
      },
      registration: { verification: "none", optional: ["username"] },
    },
    app.database,
  );
});
afterAll(async () => {
  await narrow.close();
  await app.close();
});

const transports = ["cookie", "bearer"] as const;

describe("changing my details", () => {
  test.each(transports)("I change what I name by %s, and the rest stays", async (transport) => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada, { transport });
    const first = await mine.user.update.mutate({ firstName: "Ada", lastName: "Lovelace" });
    expect(first).toMatchObject({ firstName: "Ada", lastName: "Lovelace", username: ada.username, email: ada.email });
    const username = `Countess${transport}`;
    await mine.user.update.mutate({ username });
    expect(await mine.user.me.query()).toMatchObject({ username, firstName: "Ada", lastName: "Lovelace" });
    await mine.user.update.mutate({ lastName: "" });
    expect(await mine.user.me.query()).toMatchObject({ username, firstName: "Ada", lastName: "" });
  });

  test("I sign in with my new username in any case, and not with the old one", async () => {
    const ada = await app.addUser();
    await (await app.signedIn(ada)).user.update.mutate({ username: "NewName" });
    const { password } = ada;
    await app.visitor().auth.login.mutate({ username: "newname", password });
    const old = app.visitor().auth.login.mutate({ username: ada.username, password });
    expect(await reasonFor(old)).toBe("INVALID_CREDENTIALS");
    await app.addUser({ username: ada.username });
  });

  test("my other devices stay signed in, and see it at once", async () => {
    const ada = await app.addUser();
    const [mine, phone] = [await app.signedIn(ada), await app.signedIn(ada, { transport: "bearer" })];
    await mine.user.update.mutate({ firstName: "Grace" });
    expect(await phone.user.me.query()).toMatchObject({ firstName: "Grace" });
  });

  test("I may write my own username in another case", async () => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    const username = ada.username.toUpperCase();
    expect(await mine.user.update.mutate({ username })).toMatchObject({ username });
  });

  test("nothing changes nothing, and is not written down", async () => {
    const mine = await app.signedIn(await app.addUser());
    const before = await mine.user.me.query();
    expect(await mine.user.update.mutate({})).toEqual(before);
    const { events } = await mine.user.events.query();
    expect(events.map(({ kind }) => kind)).not.toContain("user.updated");
    await mine.user.update.mutate({ firstName: "Ada" });
    expect((await mine.user.events.query()).events[0]?.kind).toBe("user.updated");
  });

  test("where usernames are kept in lower case, mine is", async () => {
    const mine = await narrow.signedIn(await app.addUser());
    expect(await mine.user.update.mutate({ username: "LowerMe" })).toMatchObject({ username: "lowerme" });
    await narrow.visitor().auth.login.mutate({ username: "LOWERME", password: "correct horse" });
  });
});

describe("details that are refused", () => {
  test("I cannot take a username that somebody has, in any case", async () => {
    const [ada, bob] = [await app.addUser(), await app.addUser()];
    const mine = await app.signedIn(ada);
    const input = { username: bob.username.toUpperCase(), firstName: "Eve" };
    const error = await refusal(mine.user.update.mutate(input));
    expect(reasonOf(error)).toBe("USERNAME_TAKEN");
    expect(fieldErrorsOf(error)).toMatchObject({ username: [{ reason: "USERNAME_TAKEN" }] });
    expect(await mine.user.me.query()).toMatchObject({ username: ada.username, firstName: "" });
  });

  test.each([
    ["too short", "abc", "TOO_SHORT"],
    ["too long", "abcdefghijklm", "TOO_LONG"],
    ["not as the pattern says", "1abcd", "INVALID"],
    ["with an @", "ab@cd", "INVALID"],
    ["with a Kelvin sign", "\u212Aelvin", "INVALID"],
    ["reserved", "ADMIN", "USERNAME_TAKEN"],
  ])("a username that is %s is refused, when I register as well", async (_case, username, reason) => {
    const mine = await narrow.signedIn(await app.addUser());
    const register = { email: "narrow@example.com", username, password: "correct horse" };
    const calls = [
      () => mine.user.update.mutate({ username }),
      () => narrow.visitor().registration.register.mutate(register),
    ];
    for (const call of calls) {
      const error = await refusal(call());
      expect(reasonOf(error)).toBe(reason === "USERNAME_TAKEN" ? reason : "VALIDATION");
      expect(fieldErrorsOf(error).username?.map((fault) => fault.reason)).toContain(reason);
    }
  });

  test("a field that the settings do not name is unknown", async () => {
    const mine = await narrow.signedIn(await app.addUser());
    const error = await refusal(mine.user.update.mutate({ firstName: "Ada", lastName: "Lovelace" }));
    expect(reasonOf(error)).toBe("VALIDATION");
    expect(fieldErrorsOf(error)).toEqual({ lastName: [expect.objectContaining({ reason: "UNKNOWN_FIELD" })] });
    expect(await mine.user.me.query()).toMatchObject({ firstName: "", lastName: "" });
  });

  test("where registration takes fewer fields, the others are unknown there", async () => {
    const input = { email: "fewer@example.com", password: "correct horse", lastName: "Hopper" };
    const error = await refusal(narrow.visitor().registration.register.mutate(input));
    expect(fieldErrorsOf(error)).toEqual({ lastName: [expect.objectContaining({ reason: "UNKNOWN_FIELD" })] });
  });

  test.each([
    { email: "taken@example.com" },
    { emailVerified: true },
    { id: "00000000-0000-4000-8000-000000000000" },
    { profile: { role: "admin" } },
    { isDisabled: false },
    { credentialVersion: 0 },
  ])("I cannot set %j", async (extra) => {
    const ada = await app.addUser();
    const cookie = await cookieOf(app, ada);
    const answer = await app.post("user.update", { firstName: "Eve", ...extra }, { cookie, origin });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(await answer.json())).toContain("UNKNOWN_FIELD");
    expect(await (await app.signedIn(ada)).user.me.query()).toMatchObject({ firstName: "", email: ada.email });
  });

  test("a name with a line break is refused", async () => {
    const mine = await app.signedIn(await app.addUser());
    const error = await refusal(mine.user.update.mutate({ firstName: "Ada\nBcc: eve@example.com" }));
    expect(fieldErrorsOf(error)).toMatchObject({ firstName: [{ reason: "INVALID" }] });
  });

  test("a visitor has nothing to change", async () => {
    expect(await reasonFor(app.visitor().user.update.mutate({ firstName: "Eve" }))).toBe("NOT_AUTHENTICATED");
  });

  test("I must have proved my address first, where addresses are proved", async () => {
    const input = { email: "unproved@example.com", password: "correct horse" };
    const mine = app.visitor();
    await mine.registration.register.mutate(input);
    expect(await reasonFor(mine.user.update.mutate({ firstName: "Ada" }))).toBe("EMAIL_NOT_VERIFIED");
    const unasked = narrow.visitor();
    await unasked.auth.login.mutate(input);
    expect(await unasked.user.update.mutate({ firstName: "Ada" })).toMatchObject({ firstName: "Ada" });
  });
});
