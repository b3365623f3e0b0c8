import { randomBytes } from "node:crypto";
import { createQueue, type QueueLimits } from "./queue.js";
import { createScheme, isHashable, nativeBcrypt, type ParsedHash, type SchemeOptions } from "./scheme.js";

export interface PasswordOptions extends SchemeOptions, QueueLimits {}

export interface Verdict {
  isRight: boolean;
  /** The password is right, but `hash` would now use another scheme, cost or pepper. */
  needsRehash: boolean;
}

export interface Passwords {
  /**
   * Hashes a password for storage. Throws `UNAVAILABLE`; a plain `Error` if it is ill-formed or over 4096 UTF-16 units.
   */
  hash(password: string): Promise<string>;
  /**
   * Compares a password with a stored hash, always at the cost of one bcrypt. If there is no hash (an unknown login),
   * if the hash is not ours or if the password is ill-formed, a dummy hash is verified and the password counts as
   * wrong. Throws `UNAVAILABLE`.
   */
  verify(stored: string | null, password: string): Promise<Verdict>;
}

/** Hashes and verifies passwords, at most `concurrency` at a time. Throws a plain `Error` on wrong options. */
export async function createPasswords(options: PasswordOptions, bcrypt = nativeBcrypt): Promise<Passwords> {
  const scheme = createScheme(options, bcrypt);
  const queue = createQueue(options);
  // Made now: made at the first unknown login, it would double that login's time and give it away.
  const dummy = getParsed(scheme.parse(await hash(randomBytes(32).toString("base64"))));

  return { hash, verify };

  async function hash(password: string): Promise<string> {
    if (!isHashable(password))
      throw new Error("passwords: text that cannot be hashed should have been refused earlier");
    return queue.run(() => scheme.hash(password));
  }

  async function verify(stored: string | null, password: string): Promise<Verdict> {
    const isFit = isHashable(password);
    const own = isFit && stored !== null ? scheme.parse(stored) : null;
    const isMatch = await queue.run(() => scheme.verify(own ?? dummy, isFit ? password : ""));
    const isRight = own !== null && isMatch;
    return { isRight, needsRehash: isRight && !scheme.isCurrent(own) };
  }
}

function getParsed(parsed: ParsedHash | null): ParsedHash {
  if (!parsed) throw new Error("passwords: a new hash cannot be read");
  return parsed;
}
