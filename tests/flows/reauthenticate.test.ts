import { fieldErrorsOf, type KeywrightClient, reasonOf, retryAfterOf } from "@keywright/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { mailedToken } from "../support/mailed.js";
import { cookieOf, reasonsInBatch } from "../support/raw.js";
import { reasonFor } from "../support/reason.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
let limited: TestApp;
beforeAll(async () => {
  app = await createTestApp({ password: { requireCurrent: false } });
  limited = await createTestApp({ limits: { passwordTriesPerAccount: 5 } }, app.database);
});
beforeEach(() => app.sql("delete from keywright.rate_limits"));
afterAll(async () => {
  await limited.close();
  await app.close();
});

const newPassword = "battery staple";
const minuteMs = 60_000;
const transports = ["cookie", "bearer"] as const;

/** Every call that asks a signed-in caller for the password. */
const prompts: Record<string, (client: KeywrightClient, password: string) => Promise<unknown>> = {
  reauthenticate: (client, password) => client.auth.reauthenticate.mutate({ password }),
  change: (client, currentPassword) => client.password.change.mutate({ currentPassword, newPassword }),
  requestEmailChange: (client, password) =>
    client.user.requestEmailChange.mutate({ email: "elsewhere@example.com", password }),
  archive: (client, password) => client.user.archive.mutate({ password }),
  delete: (client, password) => client.user.delete.mutate({ password }),
};

describe("giving the password again", () => {
  test.each(transports)("I open by %s what wants a fresh password, for ten minutes", async (transport) => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada, { transport });
    app.travel(10 * minuteMs + 1000);
    expect(await reasonFor(mine.password.change.mutate({ newPassword }))).toBe("REAUTHENTICATION_REQUIRED");
    const { authenticatedAt } = await mine.auth.reauthenticate.mutate({ password: ada.password });
    expect(Math.abs(authenticatedAt.getTime() - app.keywright.deps.now().getTime())).toBeLessThan(minuteMs);
    app.travel(9 * minuteMs);
    await mine.password.change.mutate({ newPassword });
    await app.visitor().auth.login.mutate({ email: ada.email, password: newPassword });
  });

  test("it opens this session only, and starts no other", async () => {
    const ada = await app.addUser();
    const [mine, other] = [await app.signedIn(ada), await app.signedIn(ada)];
    const before = await mine.auth.session.query();
    app.travel(10 * minuteMs + 1000);
    await mine.auth.reauthenticate.mutate({ password: ada.password });
    expect((await mine.auth.session.query())?.session.id).toBe(before?.session.id);
    expect(await reasonFor(other.password.change.mutate({ newPassword }))).toBe("REAUTHENTICATION_REQUIRED");
  });

  test("I need not have proved my address", async () => {
    const mine = app.visitor();
    await mine.registration.register.mutate({ email: "unproved@example.com", password: "correct horse" });
    await mine.auth.reauthenticate.mutate({ password: "correct horse" });
  });
});

describe("a wrong password", () => {
  test.each(transports)("I open nothing with it by %s", async (transport) => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada, { transport });
    app.travel(10 * minuteMs + 1000);
    const error = await refusal(mine.auth.reauthenticate.mutate({ password: "wrong horse" }));
    expect(reasonOf(error)).toBe("WRONG_PASSWORD");
    expect(fieldErrorsOf(error)).toMatchObject({ password: [{ reason: "WRONG_PASSWORD" }] });
    expect(await reasonFor(mine.password.change.mutate({ newPassword }))).toBe("REAUTHENTICATION_REQUIRED");
    expect(await mine.user.me.query()).toMatchObject({ email: ada.email });
  });

  test("the password of somebody else is as wrong as any", async () => {
    const [ada, bob] = [await app.addUser(), await app.addUser({ password: "another horse" })];
    const mine = await app.signedIn(ada);
    expect(await reasonFor(mine.auth.reauthenticate.mutate({ password: bob.password }))).toBe("WRONG_PASSWORD");
  });

  test("a visitor has none to give", async () => {
    for (const ask of Object.values(prompts)) {
      expect(await reasonFor(ask(app.visitor(), "correct horse"))).toBe("NOT_AUTHENTICATED");
    }
  });

  test("a check that was right before a reset opens nothing after it", async () => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await mailedToken(app, ada.email, "/reset-password");
    const { deps } = app.keywright;
    const { verify } = deps.passwords;
    deps.passwords.verify = async (stored, password) => {
      deps.passwords.verify = verify;
      const verdict = await verify(stored, password);
      await app.visitor().password.reset.mutate({ token, newPassword });
      return verdict;
    };
    expect(await reasonFor(mine.auth.reauthenticate.mutate({ password: ada.password }))).toBe("NOT_AUTHENTICATED");
  });
});

describe("guesses at a password", () => {
  test.each(transports)("all my prompts share one budget by %s, that of my logins", async (transport) => {
    const ada = await app.addUser();
    const mine = await limited.signedIn(ada, { transport });
    await app.sql("delete from keywright.rate_limits"); // the login's own try
    for (const ask of Object.values(prompts)) expect(await reasonFor(ask(mine, "wrong horse"))).toBe("WRONG_PASSWORD");
    for (const ask of Object.values(prompts)) {
      const error = await refusal(ask(mine, ada.password));
      expect(reasonOf(error)).toBe("RATE_LIMITED");
      expect(retryAfterOf(error)).toBeGreaterThan(0);
    }
    const again = mine.auth.login.mutate({ email: ada.email, password: ada.password });
    expect(await reasonFor(again)).toBe("RATE_LIMITED");
    expect(await mine.user.me.query()).toMatchObject({ email: ada.email, archived: false });
  });

  test("guesses at my login are counted with my phone's prompts", async () => {
    const ada = await app.addUser();
    const phone = await limited.signedIn(ada, { transport: "bearer" });
    await app.sql("delete from keywright.rate_limits"); // the login's own try
    for (let round = 0; round < 5; round++) {
      const guess = limited.visitor().auth.login.mutate({ email: ada.email, password: "wrong horse" });
      expect(await reasonFor(guess)).toBe("INVALID_CREDENTIALS");
    }
    const prompt = phone.auth.reauthenticate.mutate({ password: ada.password });
    expect(await reasonFor(prompt)).toBe("RATE_LIMITED");
  });

  test("others' guesses do not shut out the browser that I have signed in with", async () => {
    const ada = await app.addUser();
    const laptop = await limited.signedIn(ada);
    for (let round = 0; round < 6; round++) {
      await refusal(limited.visitor().auth.login.mutate({ email: ada.email, password: "wrong horse" }));
    }
    await laptop.auth.reauthenticate.mutate({ password: ada.password });
  });

  test("a right password takes the count back", async () => {
    const ada = await app.addUser();
    const phone = await limited.signedIn(ada, { transport: "bearer" });
    await app.sql("delete from keywright.rate_limits"); // the login's own try
    const guess = () => reasonFor(phone.auth.reauthenticate.mutate({ password: "wrong horse" }));
    for (let round = 0; round < 4; round++) expect(await guess()).toBe("WRONG_PASSWORD");
    await phone.auth.reauthenticate.mutate({ password: ada.password });
    for (let round = 0; round < 5; round++) expect(await guess()).toBe("WRONG_PASSWORD");
    expect(await guess()).toBe("RATE_LIMITED");
  });

  test.each([
    ["auth.reauthenticate", { password: "correct horse" }],
    ["user.archive", { password: "correct horse" }],
    ["user.delete", { password: "correct horse" }],
    ["user.requestEmailChange", { password: "correct horse", email: "elsewhere@example.com" }],
  ])("a guesser cannot send many %s in one request", async (path, input) => {
    const ada = await app.addUser();
    const cookie = await cookieOf(app, ada);
    const refused = await reasonsInBatch(app, { path, input }, { cookie });
    expect(refused).toEqual(["BATCH_NOT_ALLOWED", "BATCH_NOT_ALLOWED"]);
    expect((await app.get("user.me", { cookie })).status).toBe(200);
  });
});
