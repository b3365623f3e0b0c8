import type { Passwords } from "@keywright/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";

const tries = 5;
const config = { limits: { passwordTriesPerAccount: tries } };
const rounds = 30;

let one: TestApp;
let other: TestApp;
let ada: TestUser;
const marks: string[] = [];
const compared = { count: 0 };
beforeAll(async () => {
  one = await createTestApp(config);
  other = await createTestApp(config, one.database);
  for (const { deps } of [one.keywright, other.keywright]) countComparisons(deps.passwords);
  ada = await one.addUser();
  while (marks.length < 40) marks.push(await newMark());
});
afterAll(async () => {
  await other.close();
  await one.close();
});

function countComparisons(passwords: Passwords): void {
  const { verify } = passwords;
  passwords.verify = (stored, password) => {
    compared.count++;
    return verify(stored, password);
  };
}

async function newMark(): Promise<string> {
  const answer = await one.post("auth.login", { email: ada.email, password: ada.password });
  const cookie = answer.headers.getSetCookie().find((text) => text.startsWith("__Host-keywright-device="));
  return cookie?.split(";")[0] ?? "";
}

/** How many passwords are compared when a hundred guesses arrive at once, in turn at both instances. */
async function comparedOf(guess: (instance: TestApp, index: number) => Promise<Response>): Promise<number> {
  await one.sql("delete from keywright.rate_limits");
  compared.count = 0;
  await Promise.all(Array.from({ length: 100 }, (_, index) => guess(index % 2 ? one : other, index)));
  return compared.count;
}

const password = "wrong horse";
const byEither = (index: number) => (index % 4 < 2 ? { email: ada.email } : { username: ada.username });

describe("a hundred wrong passwords at once at two instances", () => {
  test("a guesser by address has one name's tries, and by both names twice that (A15)", async () => {
    const byAddress = (instance: TestApp) => instance.post("auth.login", { email: ada.email, password });
    const byBoth = (instance: TestApp, index: number) => instance.post("auth.login", { ...byEither(index), password });
    for (let round = 0; round < 5; round++) {
      expect(await comparedOf(byAddress)).toBe(tries);
      expect(await comparedOf(byBoth)).toBe(2 * tries);
    }
  });

  test("a guesser with forty marks has twice one browser's tries beside them, in each of 30 rounds (A3)", async () => {
    expect(new Set(marks).size).toBe(40);
    const guess = (instance: TestApp, index: number) => {
      const cookie = index % 5 < 2 ? "" : (marks[index % marks.length] ?? "");
      return instance.post("auth.login", { ...byEither(index), password }, { cookie, origin: publicUrl });
    };
    for (let round = 0; round < rounds; round++) expect(await comparedOf(guess)).toBe(4 * tries);
  }, 90_000);

  test("a guesser in batches has none at all (A15)", async () => {
    const path = `${Array(10).fill("auth.login").join(",")}?batch=1`;
    const calls = Array.from({ length: 10 }, (_, index) => [index, { json: { ...byEither(index), password } }]);
    const body = JSON.stringify(Object.fromEntries(calls));
    const headers = { "content-type": "application/json" };
    const batch = (instance: TestApp) => {
      return instance.handle(new Request(`${publicUrl}/trpc/${path}`, { method: "POST", headers, body }), "127.0.0.1");
    };
    expect(await comparedOf(batch)).toBe(0);
  });

  test("passwords that are right, but of an account to be verified first, use nothing up (A11)", async () => {
    const mandatory = await createTestApp({ ...config, registration: { verification: "mandatory" } }, one.database);
    countComparisons(mandatory.keywright.deps.passwords);
    const user = { email: "unproved-race@example.com", password: "correct horse" };
    await mandatory.visitor().registration.register.mutate(user);
    const login = (input: object) => mandatory.post("auth.login", input);
    for (let round = 0; round < 3; round++) await Promise.all(Array.from({ length: 30 }, () => login(user)));
    compared.count = 0;
    await Promise.all(Array.from({ length: 30 }, () => login({ ...user, password })));
    expect(compared.count).toBe(tries);
    await mandatory.close();
  });
});
