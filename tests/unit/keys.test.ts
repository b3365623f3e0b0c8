import { hkdfSync, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { deriveKeys } from "../../packages/api/src/keys.js";
import { isRandomSecret, isWeakSecret } from "../../packages/api/src/secret-strength.js";

const strong = "Jx4vQ9mLr2TsWc7hNy0KpZ6dBg3aUeRf8oVi1nSwE5t=";
const phrase = "a phrase that somebody has made up, and that is long";

describe("a secret (K5)", () => {
  test.each([
    "a".repeat(32),
    "only for development: set your own",
    "replace-this-by-a-secret-of-your-own",
    "companyname-production-secret-2026",
    "0123456789abcdef0123456789abcdef",
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "SecretSecretSecretSecretSecretSecretSecretSecret",
    "my-32-character-ultra-secure-and-ultra-long-password",
  ])("that is in a guide or easy to guess is refused, now or as the previous one: %s", async (weak) => {
    await expect(deriveKeys(weak)).rejects.toThrow(/^Setting `secret` \(KEYWRIGHT_SECRET\) is easy to guess: .*\.$/);
    await expect(deriveKeys(strong, weak)).rejects.toThrow(
      /^Setting `previousSecret` \(KEYWRIGHT_SECRET_PREVIOUS\) is /,
    );
    await expect(deriveKeys(weak)).rejects.not.toThrow(weak);
  });

  test("of 32 random bytes has the keys that it has always had", async () => {
    const { current } = await deriveKeys(strong);
    expect(current.accessSeed).toEqual(Buffer.from(hkdfSync("sha256", strong, "", "keywright access v1", 32)));
    expect(current.mailKey).toEqual(Buffer.from(hkdfSync("sha256", strong, "", "keywright mail v1", 32)));
  });

  test("that somebody has made up costs whoever guesses it a slow derivation for each guess", async () => {
    const startedAt = performance.now();
    const { current } = await deriveKeys(phrase);
    expect(performance.now() - startedAt).toBeGreaterThan(50);
    expect(current.accessSeed).not.toEqual(Buffer.from(hkdfSync("sha256", phrase, "", "keywright access v1", 32)));
    expect((await deriveKeys(phrase)).current).toEqual(current);
  });

  test("has a key of its own for each use", async () => {
    const { current } = await deriveKeys(strong);
    const keys = Object.values(current).map((key: Buffer) => key.toString("hex"));
    expect(keys.length).toBeGreaterThanOrEqual(9);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("that is its own predecessor counts once (K21)", async () => {
    expect((await deriveKeys(strong, strong)).all).toHaveLength(1);
    expect((await deriveKeys(strong, phrase)).all).toHaveLength(2);
  });

  test("names its own variable if it is empty (K21)", async () => {
    await expect(deriveKeys(strong, "")).rejects.toThrow(
      /^Setting `previousSecret` \(KEYWRIGHT_SECRET_PREVIOUS\) must /,
    );
    await expect(deriveKeys("")).rejects.toThrow(/^Setting `secret` \(KEYWRIGHT_SECRET\) must /);
  });
});

test("random bytes are never refused, and words never pass for random (K5)", () => {
  for (let round = 0; round < 500; round++) {
    const bytes = randomBytes(48);
    for (const text of [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex")]) {
      expect([text, isWeakSecret(text), isRandomSecret(text)]).toEqual([text, false, true]);
    }
  }
  for (const words of [
    "CompanyName-Production-Auth-Secret-For-2026-And-On",
    phrase,
    phrase.replaceAll(/[^a-z]/g, "_"),
  ]) {
    expect([words, isRandomSecret(words)]).toEqual([words, false]);
  }
});
