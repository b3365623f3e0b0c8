import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createPasswords } from "../../packages/api/src/passwords/passwords.js";
import { nativeBcrypt } from "../../packages/api/src/passwords/scheme.js";

const cost = 4;
const right = { isRight: true, needsRehash: false };
const wrong = { isRight: false, needsRehash: false };
const pepper = "Yk3vQ8mZr1TfWc6hNs9LxKp2JdBg5aUeRt7oVi4nSwE=";

describe("a person with a password", () => {
  test("gets in with it, and with no other", async () => {
    const passwords = await createPasswords({ cost });
    const stored = await passwords.hash("correct horse battery staple");
    expect(await passwords.verify(stored, "correct horse battery staple")).toEqual(right);
    expect(await passwords.verify(stored, "Correct horse battery staple")).toEqual(wrong);
    expect(await passwords.verify(stored, "correct horse battery staple ")).toEqual(wrong);
    expect(await passwords.verify(stored, "")).toEqual(wrong);
  });

  test.each([
    ["after 72 bytes", "x".repeat(72), "A", "B"],
    ["after 18 emoji, which are 72 bytes", "🦊".repeat(18), "A", "B"],
    ["in an emoji of a long password", "🦊".repeat(30), "🦊", "🦝"],
    ["after 64 CJK characters", "密".repeat(64), "碼", "码"],
    ["after a NUL", "secret\0", "A", "B"],
  ])("cannot get in with one that differs only %s", async (_, shared, own, other) => {
    const passwords = await createPasswords({ cost });
    const stored = await passwords.hash(shared + own);
    expect(await passwords.verify(stored, shared + own)).toEqual(right);
    expect(await passwords.verify(stored, shared + other)).toEqual(wrong);
    expect(await passwords.verify(stored, shared)).toEqual(wrong);
  });

  test("cannot get in with it repeated around a NUL, as with plain bcrypt", async () => {
    const passwords = await createPasswords({ cost });
    expect(await passwords.verify(await passwords.hash("x"), "x\0x")).toEqual(wrong);
    expect(await passwords.verify(await passwords.hash(""), "\0")).toEqual(wrong);
  });

  test("gets in from a keyboard that composes accents and from one that does not, but not with a look-alike", async () => {
    const passwords = await createPasswords({ cost });
    const stored = await passwords.hash("caf\u00e9 fin de siècle");
    expect(await passwords.verify(stored, "cafe\u0301 fin de sie\u0300cle")).toEqual(right);
    expect(await passwords.verify(stored, "caf\u00e9 ﬁn de siècle")).toEqual(wrong);
  });
});

describe("a caller who sends half a character", () => {
  test("never gets in, though bcrypt takes every lone surrogate for U+FFFD", async () => {
    const passwords = await createPasswords({ cost });
    const stored = await passwords.hash("fox \uFFFD");
    expect(await passwords.verify(stored, "fox \uFFFD")).toEqual(right);
    expect(await passwords.verify(stored, "fox \uD83E")).toEqual(wrong);
    expect(await passwords.verify(stored, "fox \uDD8A")).toEqual(wrong);
  });

  test("cannot have it hashed, and does not read it in the error", async () => {
    const passwords = await createPasswords({ cost });
    const error = await passwords.hash("sesame \uD83E").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toHaveProperty("reason");
    expect(String(error)).not.toContain("sesame");
  });
});

test("a caller who sends 100,000 combining marks does not hold up the others", async () => {
  const passwords = await createPasswords({ cost });
  const marks = `a${"\u0301\u0316".repeat(50_000)}`;
  const startedAt = performance.now();
  expect(await passwords.verify(null, marks)).toEqual(wrong);
  await expect(passwords.hash(marks)).rejects.toThrow("cannot be hashed");
  expect(performance.now() - startedAt).toBeLessThan(1000); // normalising them takes several seconds
});

describe("a thief of hashes", () => {
  test("cannot see that two people, or one at two times, have the same password", async () => {
    const passwords = await createPasswords({ cost, pepper });
    const [one, two] = await Promise.all([passwords.hash("same password"), passwords.hash("same password")]);
    expect(one).not.toBe(two);
    expect(one.split("$")[3]).not.toBe(two.split("$")[3]);
  });

  test("cannot try fast hashes that leaked elsewhere against the bcrypt part", async () => {
    const passwords = await createPasswords({ cost });
    const stored = await passwords.hash("leaked elsewhere");
    const inner = stored.slice(stored.indexOf("$2b$"));
    const names = ["md5", "sha1", "sha256", "sha384", "sha512"];
    const fast = names.flatMap((name) => [createHash(name), createHmac(name, "")]);
    const digests = fast.map((hash) => hash.update("leaked elsewhere").digest());
    for (const digest of digests) {
      expect(await nativeBcrypt.verify(digest.toString("hex"), inner)).toBe(false);
      expect(await nativeBcrypt.verify(digest.toString("base64"), inner)).toBe(false);
    }
    expect(await nativeBcrypt.verify("leaked elsewhere", inner)).toBe(false);
  });

  test("cannot try passwords without the pepper, and finds no pepper in the table", async () => {
    const peppered = await createPasswords({ cost, pepper });
    const stored = await peppered.hash("correct horse");
    const plain = await createPasswords({ cost });
    expect(stored).not.toContain(pepper);
    expect(await plain.verify(stored, "correct horse")).toEqual(wrong);
    expect(await plain.verify(stored.replace(/^\$kw1p\$[^$]+/, "$kw1"), "correct horse")).toEqual(wrong);
  });
});
