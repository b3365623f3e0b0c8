import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";
import { refusal } from "../support/refusal.js";

const tries = 3;
const limits = { passwordTriesPerAccount: tries };
const minuteMs = 60_000;
const newPassword = "battery staple";
const wrong = "wrong horse";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ limits });
});
afterAll(() => app.close());

type Name = { email: string } | { username: string };

async function reasonFor(name: Name, password: string, instance = app): Promise<string | null> {
  const login = instance.visitor().auth.login.mutate({ ...name, password });
  return await login.then(
    () => null,
    (error: unknown) => reasonOf(error),
  );
}

/** Strangers use up what the name has. */
async function exhaust(name: Name, instance = app): Promise<void> {
  for (let round = 0; round < tries; round++) {
    expect(await reasonFor(name, wrong, instance)).toBe("INVALID_CREDENTIALS");
  }
  expect(await reasonFor(name, wrong, instance)).toBe("RATE_LIMITED");
}

/** Uses up the account's total under its username and a new one; its address has all of its own tries left. */
async function exhaustAccount(ada: TestUser): Promise<void> {
  const laptop = await app.signedIn(ada);
  await exhaust({ username: ada.username });
  await laptop.user.update.mutate({ username: `${ada.username}-2` });
  await exhaust({ username: `${ada.username}-2` });
}

const guessNotices = async (address: string) => {
  return (await subjectsTo(app, address)).filter((subject) => /wrong passwords/i.test(subject)).length;
};

describe("an account's total", () => {
  test("a refusal is of the typed name only, whether or not two names are one account's (A15)", async () => {
    const ada = await app.addUser();
    await exhaust({ email: ada.email });
    expect(await reasonFor({ username: ada.username }, wrong)).toBe("INVALID_CREDENTIALS");
    await exhaust({ email: "nobody-15@example.com" });
    expect(await reasonFor({ username: "nobody-15" }, wrong)).toBe("INVALID_CREDENTIALS");
  });

  test("beyond it the right password is answered as a wrong one, at its cost, by any name and prompt (A15)", async () => {
    const ada = await app.addUser();
    const phone = await app.signedIn(ada, { transport: "bearer" });
    await exhaustAccount(ada);
    const login = (email: string, password: string) => async () => {
      const response = await app.post("auth.login", { email, password });
      expect([response.status, await response.text()]).toEqual([401, expect.stringContaining("INVALID_CREDENTIALS")]);
    };
    const right = await app.costOf(login(ada.email, ada.password));
    expect(await app.costOf(login("nobody-16@example.com", wrong))).toEqual(right);
    expect(right).toMatchObject({ verifies: 1 });
    const prompt = phone.auth.reauthenticate.mutate({ password: ada.password });
    expect(reasonOf(await refusal(prompt))).toBe("WRONG_PASSWORD");
    const change = phone.password.change.mutate({ currentPassword: ada.password, newPassword });
    expect(reasonOf(await refusal(change))).toBe("WRONG_PASSWORD");
  });

  test("beyond it a browser that was signed in before gets in (A15)", async () => {
    const ada = await app.addUser();
    const browser = await app.signedIn(ada);
    await exhaustAccount(ada);
    expect(await reasonFor({ email: ada.email }, ada.password)).toBe("INVALID_CREDENTIALS");
    await browser.auth.login.mutate({ email: ada.email, password: ada.password });
  });

  test("a reset lifts it, and every name's lock, under another secret as well (A5)", async () => {
    const ada = await app.addUser();
    await exhaustAccount(ada);
    await exhaust({ email: ada.email });
    const secret = "another secret for tests, long enough to be one";
    const later = await createTestApp({ limits, secret, previousSecret: app.secret }, app.database);
    await later.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await mailedToken(later, ada.email, "/reset-password");
    await later.visitor().password.reset.mutate({ token, newPassword });
    for (const instance of [app, later]) {
      for (const name of [{ email: ada.email }, { username: `${ada.username}-2` }]) {
        expect(await reasonFor(name, newPassword, instance)).toBeNull();
      }
    }
    await later.close();
  });

  test("what ends in neither right nor wrong leaves it as it was (A11)", async () => {
    const options = { limits, registration: { verification: "mandatory" as const } };
    const mandatory = await createTestApp(options, app.database);
    const user = { email: "unproved-total@example.com", username: "unproved-total", password: "correct horse" };
    await mandatory.visitor().registration.register.mutate(user);
    const { verify } = mandatory.keywright.deps.passwords;
    for (let round = 0; round < 3 * tries; round++) {
      expect(await reasonFor({ email: user.email }, user.password, mandatory)).toBe("EMAIL_NOT_VERIFIED");
    }
    mandatory.keywright.deps.passwords.verify = () => {
      throw Object.assign(new Error("lost"), { code: "57P01" });
    };
    for (let round = 0; round < 3 * tries; round++) {
      expect(await reasonFor({ username: user.username }, user.password, mandatory)).toBe("UNAVAILABLE");
    }
    mandatory.keywright.deps.passwords.verify = verify;
    await exhaust({ email: user.email }, mandatory);
    await exhaust({ username: user.username }, mandatory);
    await mandatory.close();
  });

  test("a right password is no guess, however often it is given (A11)", async () => {
    const ada = await app.addUser();
    await app.signedIn(ada, { transport: "bearer" });
    await exhaust({ email: ada.email });
  });
});

describe("an owner", () => {
  test("is told of 130 wrong guesses over days, once (A14)", async () => {
    const slow = await createTestApp({ limits: { passwordTriesPerAccount: 10 } }, app.database);
    const ada = await slow.addUser();
    for (let day = 0; day < 13; day++) {
      for (let round = 0; round < 10; round++) await reasonFor({ email: ada.email }, wrong, slow);
      slow.travel(60 * minuteMs);
    }
    await slow.deliverMail();
    expect(await guessNotices(ada.email)).toBe(1);
    await slow.signedIn(ada);
    for (let round = 0; round < 20; round++) {
      await reasonFor(round < 10 ? { email: ada.email } : { username: ada.username }, wrong, slow);
    }
    await slow.deliverMail();
    expect(await guessNotices(ada.email)).toBe(2);
    await slow.close();
  });

  test("is told of guesses at a prompt, and nobody is told of an unproved address (A14)", async () => {
    const ada = await app.addUser();
    const laptop = await app.signedIn(ada);
    for (let round = 0; round < 2 * tries; round++) {
      await refusal(laptop.auth.reauthenticate.mutate({ password: wrong }));
      if (round === tries - 1) app.travel(16 * minuteMs);
    }
    expect(await guessNotices(ada.email)).toBe(1);
    const unproved = { email: "unproved-14@example.com", username: "unproved-14", password: "correct horse" };
    await app.visitor().registration.register.mutate(unproved);
    await exhaust({ email: unproved.email });
    await exhaust({ username: unproved.username });
    expect(await guessNotices(unproved.email)).toBe(0);
  });

  test("a guesser cannot see whether somebody is told (A14)", async () => {
    const ada = await app.addUser();
    const costs = async (email: string) => {
      const all: unknown[] = [];
      for (let round = 0; round < 2 * tries; round++) {
        all.push(await app.costOf(() => app.post("auth.login", { email, password: wrong })));
        if (round === tries - 1) app.travel(16 * minuteMs);
      }
      return all;
    };
    const known = await costs(ada.email);
    expect(await costs("nobody-14@example.com")).toEqual(known);
    expect(JSON.stringify(known.at(-1))).toContain('"outbox\\"');
  });
});

describe("a browser of several accounts", () => {
  test("is shut out of none of them (A12)", async () => {
    const [ada, grace] = [await app.addUser(), await app.addUser()];
    const browser = app.visitor();
    for (const { username, password } of [ada, grace]) await browser.auth.login.mutate({ username, password });
    for (const { email } of [ada, grace]) await exhaust({ email });
    for (const { email, password } of [ada, grace, ada]) await browser.auth.login.mutate({ email, password });
  });

  test("keeps the marks of the last five, in one cookie (A12)", async () => {
    const users: TestUser[] = [];
    for (let index = 0; index < 6; index++) users.push(await app.addUser());
    let cookie = "";
    for (const { email, password } of users) {
      const response = await app.post("auth.login", { email, password }, cookie ? { cookie, origin: publicUrl } : {});
      const marks = response.headers.getSetCookie().find((text) => text.startsWith("__Host-keywright-device="));
      cookie = marks?.split(";")[0] ?? "";
    }
    expect(cookie.split(".")).toHaveLength(5);
    expect(cookie.length).toBeLessThan(1_000);
    for (const { email } of users) await exhaust({ email });
    const statuses: number[] = [];
    for (const { email, password } of users) {
      statuses.push((await app.post("auth.login", { email, password }, { cookie, origin: publicUrl })).status);
    }
    expect(statuses).toEqual([429, 200, 200, 200, 200, 200]);
  });
});
