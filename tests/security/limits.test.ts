import { reasonOf, retryAfterOf } from "@keywright/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

const limits = {
  passwordTriesPerAccount: 5,
  mailsPerAddressPerHour: 3,
  signInsPerIpPerMinute: 20,
  mailsPerIpPerMinute: 8,
};

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ limits, trustedProxyHops: 1 });
});
beforeEach(() => app.sql("delete from keywright.rate_limits"));
afterAll(() => app.close());

const from = (ip: string) => ({ headers: { "x-forwarded-for": ip } });
const guess = (email: string, ip: string, password = "wrong horse") =>
  refusal(app.visitor(from(ip)).auth.login.mutate({ email, password })).then(reasonOf);

describe("guesses at a password", () => {
  test("of a hundred guesses at once five are checked", async () => {
    const ada = await app.addUser();
    const cost = await app.costOf(() =>
      Promise.all(Array.from({ length: 100 }, (_, index) => guess(ada.email, `203.0.113.${index}`))),
    );
    expect(cost.verifies).toBe(5);
  });

  test("a guesser is told when to come again, and the right password is not tried either", async () => {
    const ada = await app.addUser();
    for (let round = 0; round < 5; round++) await guess(ada.email, `203.0.113.${round}`);
    const login = app.visitor(from("203.0.113.99")).auth.login.mutate({ email: ada.email, password: ada.password });
    const error = await refusal(login);
    expect(reasonOf(error)).toBe("RATE_LIMITED");
    expect(retryAfterOf(error)).toBeGreaterThan(0);
    const headers = { "x-forwarded-for": "203.0.113.98" };
    const response = await app.post("auth.login", { email: ada.email, password: ada.password }, headers);
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("an unknown name is limited as a known one is, in any spelling", async () => {
    const ada = await app.addUser();
    for (const email of [ada.email, "nobody@example.com"]) {
      const reasons: (string | null)[] = [];
      for (let round = 0; round < 7; round++) {
        reasons.push(await guess(round % 2 ? email.toUpperCase() : email, `203.0.113.${round}`));
      }
      expect(reasons).toEqual([...Array(5).fill("INVALID_CREDENTIALS"), "RATE_LIMITED", "RATE_LIMITED"]);
    }
  });

  test("a browser that was signed in before is not shut out by others' guesses", async () => {
    const ada = await app.addUser();
    const own = app.visitor(from("198.51.100.7"));
    await own.auth.login.mutate({ email: ada.email, password: ada.password });
    await own.auth.logout.mutate({});
    for (let round = 0; round < 9; round++) await guess(ada.email, `203.0.113.${round}`);
    expect(await guess(ada.email, "203.0.113.50", ada.password)).toBe("RATE_LIMITED");
    await own.auth.login.mutate({ email: ada.email, password: ada.password });
  });

  test("a browser that was signed in as somebody else has no tries of its own", async () => {
    const ada = await app.addUser();
    const mallory = await app.signedIn(await app.addUser(), from("203.0.113.1"));
    const tries: (string | null)[] = [];
    for (let round = 0; round < 7; round++) {
      const login = mallory.auth.login.mutate({ email: ada.email, password: "wrong horse" });
      tries.push(reasonOf(await refusal(login)));
    }
    expect(tries.slice(5)).toEqual(["RATE_LIMITED", "RATE_LIMITED"]);
  });

  test("a right password takes the count back, for its own name only", async () => {
    const [ada, grace] = [await app.addUser(), await app.addUser()];
    for (let round = 0; round < 4; round++) await guess(ada.email, "203.0.113.1");
    await app.signedIn(grace, from("203.0.113.1"));
    expect(await guess(ada.email, "203.0.113.1")).toBe("INVALID_CREDENTIALS");
    expect(await guess(ada.email, "203.0.113.1")).toBe("RATE_LIMITED");
    for (let round = 0; round < 3; round++) await guess(grace.email, "203.0.113.2");
    await app.signedIn(grace, from("203.0.113.2"));
    expect(await guess(grace.email, "203.0.113.2")).toBe("INVALID_CREDENTIALS");
  });

  test("a reset lifts the lock", async () => {
    const ada = await app.addUser();
    for (let round = 0; round < 9; round++) await guess(ada.email, `203.0.113.${round}`);
    await app.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await app.tokenFromMail(ada.email);
    await app.visitor().password.reset.mutate({ token, newPassword: "battery staple" });
    await app.visitor(from("198.51.100.8")).auth.login.mutate({ email: ada.email, password: "battery staple" });
  });

  test("a lock ends no session", async () => {
    const ada = await app.addUser();
    const laptop = await app.signedIn(ada);
    for (let round = 0; round < 9; round++) await guess(ada.email, `203.0.113.${round}`);
    expect(await laptop.user.me.query()).toMatchObject({ email: ada.email });
  });
});

describe("calls from one address", () => {
  test("a guesser at many accounts is limited by address, an IPv6 subscriber by the /64", async () => {
    const reasons = new Set<string | null>();
    for (let round = 0; round < 22; round++) {
      reasons.add(await guess(`nobody${round}@example.com`, `2001:db8:1:2::${round.toString(16)}`));
    }
    expect(reasons).toContain("RATE_LIMITED");
    expect(await guess("somebody@example.com", "2001:db8:1:3::1")).toBe("INVALID_CREDENTIALS");
  });

  test.each([
    ["a list that the caller began", "192.0.2.1, 203.0.113.5"],
    ["rubbish", "unknown"],
    ["nothing", ""],
    ["commas", ",,"],
    ["a zone", "fe80::1%eth0"],
    ["ten kilobytes", "x".repeat(10_000)],
  ])("a forwarded header with %s is no way around", async (_case, value) => {
    const codes = new Set<string | null>();
    for (let round = 0; round < 22; round++) {
      const forwarded = value.replace("192.0.2.1", `192.0.2.${round}`);
      codes.add(await guess(`nobody${round}@example.com`, forwarded));
    }
    expect(codes).toContain("RATE_LIMITED");
  });
});

describe("mails", () => {
  test("an address gets three an hour, whoever asks and whether it has an account or not", async () => {
    const ada = await app.addUser();
    for (const email of [ada.email, "nobody@example.com"]) {
      const reasons: (string | null)[] = [];
      for (let round = 0; round < 4; round++) {
        const visitor = app.visitor(from(`203.0.113.${round}`));
        reasons.push(await visitor.password.requestReset.mutate({ email }).then(() => null, reasonOf));
      }
      expect(reasons).toEqual([null, null, null, "RATE_LIMITED"]);
    }
  });

  test("an address on the net causes eight a minute, whomever they are for", async () => {
    const reasons: (string | null)[] = [];
    for (let round = 0; round < 9; round++) {
      const visitor = app.visitor(from("203.0.113.77"));
      const ask = visitor.registration.resendVerification.mutate({ email: `nobody${round}@example.com` });
      reasons.push(await ask.then(() => null, reasonOf));
    }
    expect(reasons).toEqual([...Array(8).fill(null), "RATE_LIMITED"]);
  });
});

describe("new usernames", () => {
  test("an account gets ten an hour: guesses are counted by name, and a new one would start afresh", async () => {
    const ada = await app.addUser();
    const laptop = await app.signedIn(ada);
    const reasons: (string | null)[] = [];
    for (let round = 0; round < 11; round++) {
      const rename = laptop.user.update.mutate({ username: `${ada.username}-${round}` });
      reasons.push(await rename.then(() => null, reasonOf));
    }
    expect(reasons).toEqual([...Array(10).fill(null), "RATE_LIMITED"]);
    expect(await laptop.user.update.mutate({ firstName: "Ada" })).toMatchObject({ firstName: "Ada" });
  });
});

describe("when the counts cannot be kept", () => {
  test("nobody guesses, and who is signed in goes on", async () => {
    const ada = await app.addUser();
    const laptop = await app.signedIn(ada);
    await app.sql("alter table keywright.rate_limits rename to rate_limits_away");
    const cost = await app.costOf(() => guess(ada.email, "203.0.113.1", ada.password));
    await app.sql("alter table keywright.rate_limits_away rename to rate_limits");
    expect(cost.verifies).toBe(0);
    expect(await laptop.user.me.query()).toMatchObject({ email: ada.email });
  });
});
