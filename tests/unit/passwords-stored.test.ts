import { createHash, createHmac, randomBytes } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { createPasswords, type PasswordOptions, type Passwords } from "../../packages/api/src/passwords/passwords.js";
import { nativeBcrypt } from "../../packages/api/src/passwords/scheme.js";

const cost = 4;
const right = { isRight: true, needsRehash: false };
const outdated = { isRight: true, needsRehash: true };
const wrong = { isRight: false, needsRehash: false };
const pepper = "Yk3vQ8mZr1TfWc6hNs9LxKp2JdBg5aUeRt7oVi4nSwE=";
const [later, latest] = [randomBytes(32).toString("base64url"), randomBytes(32).toString("hex")];

function countedBcrypt() {
  return { hash: vi.fn(nativeBcrypt.hash), verify: vi.fn(nativeBcrypt.verify) };
}

/** The rounds of all verifications since it was last asked. */
function workOf({ verify }: ReturnType<typeof countedBcrypt>): number {
  const rounds = verify.mock.calls.map(([, hash]) => 2 ** Number(hash.slice(4, 6)));
  verify.mockClear();
  return rounds.reduce((sum, each) => sum + each, 0);
}

describe("a person whose hash is from earlier settings", () => {
  const password = "correct horse";
  const older = "an older pepper, of enough bytes";
  const oldest = "the very first pepper of all";
  const asBytes = (text: string) => new TextEncoder().encode(text);

  test.each<[string, PasswordOptions, PasswordOptions, object]>([
    ["with a lower cost gets in and is hashed anew", { cost: 4 }, { cost: 5 }, outdated],
    ["with a higher cost gets in (K10)", { cost: 5 }, { cost: 4 }, right],
    ["without a pepper gets in and is hashed anew", { cost }, { cost, pepper }, outdated],
    ["with the pepper gets in", { cost, pepper }, { cost, pepper }, right],
    ["with the pepper as bytes gets in", { cost, pepper }, { cost, pepper: asBytes(pepper) }, right],
    [
      "with a previous pepper gets in and is hashed anew",
      { cost, pepper: older },
      { cost, pepper, previousPeppers: [older] },
      outdated,
    ],
    [
      "with the first of several previous peppers (A6) gets in and is hashed anew",
      { cost, pepper: oldest },
      { cost, pepper, previousPeppers: [older, oldest] },
      outdated,
    ],
    [
      "with a pepper given up gets in and is hashed anew",
      { cost, pepper: older },
      { cost, previousPeppers: [older] },
      outdated,
    ],
    ["with a pepper that is lost does not get in", { cost, pepper: older }, { cost, pepper }, wrong],
  ])("a person whose hash was made %s", async (_, before, now, verdict) => {
    const stored = await (await createPasswords(before)).hash(password);
    const bcrypt = countedBcrypt();
    const passwords = await createPasswords(now, bcrypt);
    expect(await passwords.verify(stored, password)).toEqual(verdict);
    expect(await passwords.verify(stored, "wrong horse")).toEqual(wrong);
    expect(workOf(bcrypt)).toBe(
      2 * 2 ** Math.max(before.cost, now.cost) - (verdict === outdated ? 2 ** now.cost - 2 ** before.cost : 0),
    );
    expect(await passwords.verify(await passwords.hash(password), password)).toEqual(right);
  });
});

describe("a caller with a login that nobody has", () => {
  test("costs one verification of the current cost from the first call on, and no hash", async () => {
    const bcrypt = countedBcrypt();
    const passwords = await createPasswords({ cost: 5 }, bcrypt);
    expect(bcrypt.hash).toHaveBeenCalledTimes(1);
    expect(await passwords.verify(null, "correct horse")).toEqual(wrong);
    expect(bcrypt.hash).toHaveBeenCalledTimes(1);
    expect(bcrypt.verify).toHaveBeenCalledExactlyOnceWith(
      expect.any(String),
      expect.stringMatching(/^\$2b\$05\$.{53}$/),
    );
  });

  test("costs as much with text that cannot be hashed, and nobody has that as a password", async () => {
    const bcrypt = countedBcrypt();
    const passwords = await createPasswords({ cost: 5 }, bcrypt);
    const stored = await passwords.hash("");
    for (const account of [null, stored]) {
      expect(await passwords.verify(account, "half a fox \uD83E")).toEqual(wrong);
      expect(await passwords.verify(account, "long".repeat(2000))).toEqual(wrong);
    }
    expect(bcrypt.verify).toHaveBeenCalledTimes(4);
  });

  test("does not get in even by guessing the dummy's password", async () => {
    const bcrypt = { ...nativeBcrypt, verify: async () => true };
    const passwords = await createPasswords({ cost }, bcrypt);
    expect(await passwords.verify(null, "correct horse")).toEqual(wrong);
    expect(await passwords.verify("unreadable", "correct horse")).toEqual(wrong);
  });

  test("does not get in with an empty password either", async () => {
    const passwords = await createPasswords({ cost });
    expect(await passwords.verify(null, "")).toEqual(wrong);
  });
});

describe("somebody who measures how long a wrong password takes", () => {
  const stranger =
    (passwords: Passwords, bcrypt: ReturnType<typeof countedBcrypt>) => async (stored: string | null) => {
      bcrypt.verify.mockClear();
      expect(await passwords.verify(stored, "wrong horse")).toEqual(wrong);
      return workOf(bcrypt);
    };

  test("sees no difference between unknown names and hashes of lower costs (K10)", async () => {
    const older = await Promise.all(
      [4, 5, 6].map(async (cost) => (await createPasswords({ cost })).hash("a password")),
    );
    const bcrypt = countedBcrypt();
    const passwords = await createPasswords({ cost: 7 }, bcrypt);
    const workFor = stranger(passwords, bcrypt);
    for (const stored of [null, "not a hash", ...older, await passwords.hash("a password")]) {
      expect(await workFor(stored)).toBe(2 ** 7);
    }
  });

  test("nor of higher costs, which are never lowered, be they known at the start or met later (K10)", async () => {
    const higher = await (await createPasswords({ cost: 7 })).hash("a password");
    const bcrypt = countedBcrypt();
    const told = await createPasswords({ cost: 5, highestCost: 7 }, bcrypt);
    expect(await stranger(told, bcrypt)(null)).toBe(2 ** 7);
    const untold = await createPasswords({ cost: 5 }, bcrypt);
    const own = await untold.hash("a password");
    for (const stored of [higher, null, own]) expect(await stranger(untold, bcrypt)(stored)).toBe(2 ** 7);
    expect(await untold.verify(higher, "a password")).toEqual(right);
    const repeppered = await createPasswords({ cost: 5, pepper });
    expect(await repeppered.verify(higher, "a password")).toEqual(outdated);
    expect(await repeppered.hash("a password", higher)).toContain("$2b$07$");
  });
});

describe("a thief of hashes who guesses the pepper", () => {
  const idOf = async (text: string) => (await (await createPasswords({ cost, pepper: text })).hash("x")).split("$")[2];

  test("pays for each guess of one that people have made up, since its id is derived slowly (K12)", async () => {
    const weak = "hunter2 for ever";
    const startedAt = performance.now();
    const id = await idOf(weak);
    expect(performance.now() - startedAt).toBeGreaterThan(50);
    const fast = ["md5", "sha1", "sha256", "sha384", "sha512"].flatMap((name) => [
      createHash(name).update(weak),
      createHmac(name, weak).update("keywright pepper id"),
    ]);
    for (const hash of fast) expect(hash.digest("base64url").slice(0, 8)).not.toBe(id);
    expect(await idOf(weak)).toBe(id);
  });

  test.each([later, latest, pepper])(
    "cannot guess 32 random bytes, whose id costs nothing (K12): %#",
    async (random) => {
      expect(await idOf(random)).toBe(
        createHmac("sha256", random).update("keywright pepper id").digest("base64url").slice(0, 8),
      );
    },
  );
});

const salt = "A".repeat(22);
const body = ".".repeat(53);
const unreadable = [
  "",
  "x",
  "$kw1$",
  "$kw2$",
  `$2b$04$${body}`,
  "5f4dcc3b5aa765d61d8327deb882cf99",
  "pbkdf2_sha256$600000$a$b=",
  "!".repeat(100_000),
];
const damaged = [
  `$2b$31$${body}`,
  `$2b$17$${body}`,
  `$2b$03$${body}`,
  `$2b$+4$${body}`,
  "$2b$12$garbage",
  `$2b$04$${"a".repeat(53)}`,
  `$2b$04$${body}\0x`,
  `$2b$04$${body}\n`,
  `$2b$04$${body.slice(1)}/`,
];

test.each([...unreadable, ...damaged.map((rest) => `$kw1$${salt}${rest}`)])(
  "a person whose stored hash is %j does not get in, in the time of one verification",
  async (stored) => {
    const bcrypt = countedBcrypt();
    const passwords = await createPasswords({ cost: 5 }, bcrypt);
    expect(await passwords.verify(stored, "correct horse")).toEqual(wrong);
    expect(bcrypt.verify).toHaveBeenCalledExactlyOnceWith(
      expect.any(String),
      expect.stringMatching(/^\$2b\$05\$.{53}$/),
    );
  },
);

test("a person whose hash names a pepper that is not known does not get in, though it is made without", async () => {
  const passwords = await createPasswords({ cost });
  const stored = await passwords.hash("correct horse");
  expect(await passwords.verify(stored.replace("$kw1$", "$kw1p$AAAAAAAA$"), "correct horse")).toEqual(wrong);
});

test("a person whose hash was made by the first release gets in for ever", async () => {
  const passwords = await createPasswords({ cost, pepper: "a pepper of 32 bytes, more or so" });
  expect(
    await passwords.verify(
      "$kw1$UbzkmOyhC1dFlhLmL27Few$2b$04$hqZIRf0pXRRLEAMnUQMHzORViEkt.Y1ghFsWX1JzjvOsOvOSStDbm",
      "pässword of 2026",
    ),
  ).toEqual(outdated);
  expect(
    await passwords.verify(
      "$kw1p$eZiSg7-k$sfmavL3KNLKXY3ZmxHzITQ$2b$04$SO.FEzmd1p./6DnNHyuBDe7rp8SKSwmx7QGIuSZO.TWcwoNmcITE6",
      "pässword of 2026",
    ),
  ).toEqual(outdated);
});

test("a person whose stored hash was cut or lengthened does not get in", async () => {
  const passwords = await createPasswords({ cost });
  const stored = await passwords.hash("correct horse");
  for (const changed of [
    stored.slice(0, -1),
    `${stored}\0x`,
    `${stored} `,
    ` ${stored}`,
    stored.replace("$kw1$", "$kw1p$"),
  ]) {
    expect(await passwords.verify(changed, "correct horse")).toEqual(wrong);
  }
});

test.each<[string, PasswordOptions]>([
  ["a cost of 3", { cost: 3 }],
  ["a cost of 17", { cost: 17 }],
  ["half a cost", { cost: 4.5 }],
  ["a short pepper", { cost, pepper: "salt" }],
  ["a short previous pepper", { cost, previousPeppers: [""] }],
  ["no concurrency", { cost, concurrency: 0 }],
])("an operator who sets %s is told at start, without the value", async (_, options) => {
  const error = await createPasswords(options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).toMatch(/^Error: password \w+: /);
  expect(String(error)).not.toContain("salt");
});
