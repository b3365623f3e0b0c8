import { randomBytes } from "node:crypto";
import { callHook } from "../hooks.js";
import { summarize } from "../log.js";
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
export async function createOwnPasswords(
  hasher: PasswordHasher,
  { timeoutMs }: { timeoutMs: number },
): Promise<Passwords> {
  const call = <T>(act: keyof PasswordHasher, work: () => T | Promise<T>) => {
    return callHook({ name: `passwordHasher.${act}`, timeoutMs }, work);
  };
  const hash = (password: string) => call("hash", () => hasher.hash(password));
  const dummy = await hash(randomBytes(32).toString("base64")).catch(cannotStart);
  return {
    hash,
    async verify(stored, password) {
      const isMatch = await call("verify", () => hasher.verify(stored ?? dummy, password));
      const isRight = stored !== null && isMatch;
      return {
        isRight,
        needsRehash: isRight && (await call("needsRehash", () => hasher.needsRehash?.(stored) ?? false)),
      };
    },
  };
}

function cannotStart(error: unknown): never {
  throw new Error(`Setting \`passwordHasher\` cannot hash. ${summarize(error).message}`);
}
