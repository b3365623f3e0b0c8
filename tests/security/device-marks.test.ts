import { KeywrightError } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { mailedToken } from "../support/mailed.js";
import { cookieOf } from "../support/raw.js";
import { refusal } from "../support/refusal.js";

const tries = 3;
const limits = { passwordTriesPerAccount: tries };
const dayMs = 86_400_000;
const newPassword = "battery staple";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ limits });
});
afterAll(() => app.close());

/** The mark that an answer gives to its browser, as the browser sends it. */
function markIn(response: Response): string {
  const cookie = response.headers.getSetCookie().find((text) => text.startsWith("__Host-keywright-device="));
  if (!cookie) throw new Error("The answer has no mark.");
  return cookie.split(";")[0] ?? "";
}

function login(input: object, cookie = "", instance = app): Promise<Response> {
  return instance.post("auth.login", input, cookie === "" ? {} : { cookie, origin: publicUrl });
}

/** A browser of its own that has signed in. */
async function markOf({ email, password }: TestUser, instance = app): Promise<string> {
  return markIn(await login({ email, password }, "", instance));
}

async function marksOf(user: TestUser, count: number): Promise<string[]> {
  const marks: string[] = [];
  while (marks.length < count) marks.push(await markOf(user));
  return marks;
}

/** Strangers use up what the name has. */
async function lock(name: { email: string } | { username: string }, instance = app): Promise<void> {
  for (let round = 0; round <= tries; round++) await login({ ...name, password: "wrong horse" }, "", instance);
}

/** How many of forty guesses at once are checked, each from another of these browsers in turn. */
async function checkedOf(name: object, marks: string[]): Promise<number> {
  const guesses = Array.from({ length: 40 }, (_, index) => marks[index % marks.length]);
  const cost = await app.costOf(() =>
    Promise.all(guesses.map((mark) => login({ ...name, password: "wrong horse" }, mark))),
  );
  return cost.verifies;
}

async function reset(email: string): Promise<void> {
  await app.visitor().password.requestReset.mutate({ email });
  const token = await mailedToken(app, email, "/reset-password");
  await app.visitor().password.reset.mutate({ token, newPassword });
}

describe("guesses from browsers that have signed in before", () => {
  test("A3: a guesser with a dozen marks has twice what one browser has, in all", async () => {
    const ada = await app.addUser();
    const marks = await marksOf(ada, 12);
    expect(new Set(marks).size).toBe(12);
    expect(await checkedOf({ email: ada.email }, marks)).toBe(2 * tries);
  });

  test("A3: a guesser with one mark has what any browser has, and leaves the others theirs", async () => {
    const ada = await app.addUser();
    const [stolen = "", own = ""] = await marksOf(ada, 2);
    expect(await checkedOf({ email: ada.email }, [stolen])).toBe(tries);
    expect((await login({ email: ada.email, password: ada.password }, stolen)).status).toBe(429);
    expect((await login({ email: ada.email, password: ada.password }, own)).status).toBe(200);
  });

  test("A3: a squatter's marks are worth nothing after the owner's reset", async () => {
    const email = "squatted@example.com";
    const squatter = { email, password: "correct horse" };
    await app.visitor().registration.register.mutate(squatter);
    const marks = await marksOf({ ...squatter, username: "" }, 5);
    const token = await mailedToken(app, email, "/verify-email");
    await app.visitor().registration.verifyEmail.mutate({ token });
    await reset(email);
    expect(await checkedOf({ email }, marks)).toBe(tries);
  });

  test("A3: the marks of a username's owner before are worth nothing for the next", async () => {
    const [mallory, ada] = [await app.addUser(), await app.addUser()];
    const { username } = mallory;
    const marks = await marksOf(mallory, 2);
    const rename = (user: TestUser, name: string) =>
      app.signedIn(user).then((device) => device.user.update.mutate({ username: name }));
    await rename(mallory, `${username}-before`);
    await rename(ada, username);
    expect(await checkedOf({ username }, marks)).toBe(tries);
    // Nor for somebody else's name at any time.
    expect(await checkedOf({ email: (await app.addUser()).email }, marks)).toBe(tries);
  });

  test("A3: a mark is over after 180 days", async () => {
    const traveller = await createTestApp({ limits }, app.database);
    const [ada, grace] = [await app.addUser(), await app.addUser()];
    const right = ({ email, password }: TestUser) => ({ email, password });
    const marks = [await markOf(ada, traveller), await markOf(grace, traveller)];
    traveller.travel(179 * dayMs);
    await lock({ email: ada.email }, traveller);
    expect((await login(right(ada), marks[0], traveller)).status).toBe(200);
    traveller.travel(2 * dayMs);
    await lock({ email: grace.email }, traveller);
    expect((await login(right(grace), marks[1], traveller)).status).toBe(429);
    await traveller.close();
  });

  test.each([
    [
      "a password change",
      async (ada: TestUser) => {
        const laptop = await app.signedIn(ada);
        await laptop.password.change.mutate({ currentPassword: ada.password, newPassword });
        return { email: ada.email, password: newPassword };
      },
    ],
    [
      "a new address",
      async (ada: TestUser) => {
        const email = `new-${ada.email}`;
        const laptop = await app.signedIn(ada);
        await laptop.user.requestEmailChange.mutate({ email, password: ada.password });
        await laptop.user.confirmEmailChange.mutate({ token: await mailedToken(app, email, "/confirm-email") });
        return { email, password: ada.password };
      },
    ],
    [
      "an archiving",
      async ({ email, password }: TestUser) => {
        await (await app.signedIn({ email, password, username: "" })).user.archive.mutate({ password });
        return { email, password };
      },
    ],
  ])("A3: %s ends the marks from before", async (_name, change) => {
    const ada = await app.addUser();
    const mark = await markOf(ada);
    const input = await change(ada);
    await lock({ email: input.email });
    expect((await login(input, mark)).status).toBe(429);
  });

  test("A3: a mark says to nobody whose it is, and cannot be altered", async () => {
    const ada = await app.addUser();
    const mark = await markOf(ada);
    const [row] = await app.sql(`select id from keywright.users where email_key = '${ada.email}'`);
    const id = String(row?.id);
    const value = mark.slice(mark.indexOf("=") + 1);
    const bytes = Buffer.from(value, "base64url");
    for (const told of [id, ada.email, ada.username]) expect(bytes.toString("latin1")).not.toContain(told);
    expect(bytes.toString("hex")).not.toContain(id.replaceAll("-", ""));
    await lock({ email: ada.email });
    for (let at = 0; at < bytes.length; at += 7) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 1;
      const cookie = mark.replace(value, altered.toString("base64url"));
      expect((await login({ email: ada.email, password: ada.password }, cookie)).status).toBe(429);
    }
    for (const odd of [`${value}=`, ` ${value}`.repeat(2), value.slice(1), "", "x".repeat(4_000)]) {
      const cookie = mark.replace(value, odd);
      expect((await login({ email: ada.email, password: ada.password }, cookie)).status).toBe(429);
    }
    expect((await login({ email: ada.email, password: ada.password }, mark)).status).toBe(200);
  });

  test("A3: a browser with a mark learns nothing of other names, and costs what any costs", async () => {
    const [mallory, ada] = [await app.addUser(), await app.addUser()];
    const mark = await markOf(mallory);
    const guess = (email: string) => () => login({ email, password: "wrong horse" }, mark);
    const [known, unknown] = [ada.email, "nobody-at-all@example.com"];
    expect(await app.costOf(guess(known))).toEqual(await app.costOf(guess(unknown)));
    expect(await app.limitStatementsOf(guess(known))).toBe(1);
    expect(await app.limitStatementsOf(guess(unknown))).toBe(1);
    expect(await app.limitStatementsOf(guess(mallory.email))).toBe(1);
    for (const status of [401, 429]) {
      expect([await guess(known)(), await guess(unknown)()]).toMatchObject([{ status }, { status }]);
    }
  });

  test("A3: a mark outlives a change of the secret, and is renewed under the new one", async () => {
    const ada = await app.addUser();
    const mark = await markOf(ada);
    const secret = "another secret for tests, long enough to be one";
    const changed = await createTestApp({ limits, secret, previousSecret: app.secret }, app.database);
    const later = await createTestApp({ limits, secret }, app.database);
    const input = { email: ada.email, password: ada.password };
    await lock({ email: ada.email }, changed);
    const renewed = markIn(await login(input, mark, changed));
    expect((await login(input, mark, later)).status).toBe(429);
    expect((await login(input, renewed, later)).status).toBe(200);
    await later.close();
    await changed.close();
  });
});

describe("a browser under all names of its account", () => {
  test("A12: one that has signed in by username is not shut out at any prompt", async () => {
    const ada = await app.addUser();
    const browser = app.visitor();
    await browser.auth.login.mutate({ username: ada.username, password: ada.password });
    for (const name of [{ email: ada.email }, { username: ada.username }]) await lock(name);
    await browser.auth.reauthenticate.mutate({ password: ada.password });
    for (const name of [{ email: ada.email }, { username: ada.username }, { login: ada.email.toUpperCase() }]) {
      await browser.auth.login.mutate({ ...name, password: ada.password });
    }
  });

  test("A12: it has the same tries whatever asks, and under whatever name", async () => {
    const ada = await app.addUser();
    const browser = await app.signedIn(ada);
    const password = "wrong horse";
    const asks = [
      () => browser.auth.reauthenticate.mutate({ password }),
      () => browser.auth.login.mutate({ email: ada.email, password }),
      () => browser.auth.login.mutate({ username: ada.username, password }),
      () => browser.auth.login.mutate({ login: ada.email, password }),
    ];
    const reasons: (string | null)[] = [];
    for (const ask of asks) reasons.push(reasonOf(await refusal(ask())));
    // One of the three is the login that made the mark: it came without, and was counted by name.
    expect(reasons).toEqual(["WRONG_PASSWORD", "INVALID_CREDENTIALS", "INVALID_CREDENTIALS", "RATE_LIMITED"]);
  });

  test("A12: one that registered, changed its password or confirmed it is known from then on", async () => {
    const user = { email: "marked@example.com", username: "marked", password: "correct horse" };
    const browser = app.visitor();
    await browser.registration.register.mutate(user);
    await lock({ email: user.email });
    await browser.auth.reauthenticate.mutate({ password: user.password });
    const token = await mailedToken(app, user.email, "/verify-email");
    await browser.registration.verifyEmail.mutate({ token });
    await browser.password.change.mutate({ currentPassword: user.password, newPassword });
    await browser.auth.login.mutate({ email: user.email, password: newPassword });
    const session = await cookieOf(app, { ...user, password: newPassword }).catch(() => null);
    expect(session).toBeNull(); // a stranger's browser is still locked out
  });
});

describe("a reset by mail", () => {
  test("A5: lifts the lock of the browser that made it, and of those that were known before", async () => {
    const ada = await app.addUser();
    const [own = "", other = ""] = await marksOf(ada, 2);
    for (const mark of [own, other]) await checkedOf({ email: ada.email }, [mark]);
    await lock({ email: ada.email });
    await lock({ username: ada.username });
    await reset(ada.email);
    for (const name of [{ email: ada.email }, { username: ada.username }]) {
      for (const mark of [own, other, ""]) {
        expect((await login({ ...name, password: newPassword }, mark)).status).toBe(200);
      }
    }
  });

  test("A5: lets its browser in while strangers go on guessing", async () => {
    const ada = await app.addUser();
    await lock({ email: ada.email });
    const browser = app.visitor();
    await browser.password.requestReset.mutate({ email: ada.email });
    const token = await mailedToken(app, ada.email, "/reset-password");
    await browser.password.reset.mutate({ token, newPassword });
    await lock({ email: ada.email });
    await browser.auth.login.mutate({ email: ada.email, password: newPassword });
  });
});

describe("what is no wrong password", () => {
  test("A11: the right one of an account that must verify its address first costs no try", async () => {
    const mandatory = await createTestApp({ limits, registration: { verification: "mandatory" } }, app.database);
    const input = { email: "unproved-a11@example.com", password: "correct horse" };
    await mandatory.visitor().registration.register.mutate(input);
    const reasonFor = async (password: string) => {
      return reasonOf(await refusal(mandatory.visitor().auth.login.mutate({ ...input, password })));
    };
    for (let round = 0; round < 10; round++) expect(await reasonFor(input.password)).toBe("EMAIL_NOT_VERIFIED");
    for (let round = 0; round < tries; round++) expect(await reasonFor("wrong horse")).toBe("INVALID_CREDENTIALS");
    expect(await reasonFor(input.password)).toBe("RATE_LIMITED");
    await mandatory.close();
  });

  test("A11: a login that was not checked costs no try, whatever stopped the check", async () => {
    const outcome: { current: "away" | "broken" | "wrong" } = { current: "away" };
    const directory = await createTestApp(
      {
        limits,
        authenticate: async () => {
          if (outcome.current === "away") throw new KeywrightError("UNAVAILABLE", { retryAfter: 1 });
          if (outcome.current === "broken") throw new Error("The directory speaks in riddles.");
          return null;
        },
      },
      app.database,
    );
    const input = { email: "in-a-directory@example.com", password: "correct horse" };
    const ask = async () => reasonOf(await refusal(directory.visitor().auth.login.mutate(input)));
    for (let round = 0; round < 10; round++) expect(await ask()).toBe("UNAVAILABLE");
    outcome.current = "wrong";
    expect(await ask()).toBe("INVALID_CREDENTIALS");
    outcome.current = "broken";
    for (let round = 0; round < 10; round++) expect(await ask()).toBe("UNAVAILABLE");
    outcome.current = "wrong";
    expect([await ask(), await ask(), await ask()]).toEqual([
      "INVALID_CREDENTIALS",
      "INVALID_CREDENTIALS",
      "RATE_LIMITED",
    ]);
    await directory.close();
  });

  test("A11: a right password before a new one that is refused costs no try, by cookie and by token", async () => {
    for (const transport of ["cookie", "bearer"] as const) {
      const ada = await app.addUser();
      const device = await app.signedIn(ada, { transport });
      const change = async (next: string) => {
        const input = { currentPassword: ada.password, newPassword: next };
        return reasonOf(await refusal(device.password.change.mutate(input)));
      };
      for (let round = 0; round < 5; round++) {
        expect(await change("x")).toBe("VALIDATION");
        expect(await change(ada.password)).toBe("PASSWORD_UNCHANGED");
      }
    }
  });
});

test("K11: what is kept of a typed name is worth nothing without the secret", async () => {
  const other = await createTestApp({ limits, secret: "yet another secret, long enough to be one" }, app.database);
  await app.sql("delete from keywright.rate_limits");
  const typed = "a password in the wrong field";
  for (const instance of [app, other]) await login({ login: typed, password: "wrong horse" }, "", instance);
  const rows = await app.sql("select key from keywright.rate_limits where key like 'password:%'");
  // By name, in its total and among its wrong guesses, under each secret.
  expect(rows).toHaveLength(6);
  for (const { key } of rows) expect(String(key)).not.toContain("a password");
  await other.close();
});
