import { randomBytes } from "node:crypto";
import type { Passwords } from "./passwords.js";

/** An app's own password hashing: another function, or one that can also read the hashes of an older system. */
export interface PasswordHasher {
  /** The string to store. */
  hash(password: string): Promise<string>;
  /** Whether the password matches the stored string; false for a string that it cannot read. */
  verify(stored: string, password: string): Promise<boolean>;
  /** Whether to replace the string by a new hash at the next login. Default: never. */
  needsRehash?(stored: string): boolean;
}

/** Passwords on top of an app's own hasher. An unknown login costs one verification here, too. */
export async function createOwnPasswords(hasher: PasswordHasher): Promise<Passwords> {
  const dummy = await hasher.hash(randomBytes(32).toString("base64"));
  return {
    hash: (password) => hasher.hash(password),
    async verify(stored, password) {
      const isMatch = await hasher.verify(stored ?? dummy, password);
      const isRight = stored !== null && isMatch;
      return { isRight, needsRehash: isRight && (hasher.needsRehash?.(stored) ?? false) };
    },
  };
}
