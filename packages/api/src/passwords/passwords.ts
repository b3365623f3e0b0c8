import { randomBytes } from "node:crypto";
import { createPeppers, type PepperOptions, type Peppers } from "./peppers.js";
import { createQueue, type QueueLimits } from "./queue.js";
import { atCost, type Bcrypt, createScheme, isHashable, nativeBcrypt, type ParsedHash } from "./scheme.js";

export interface PasswordOptions extends PepperOptions, QueueLimits {
  /** bcrypt cost, 4 to 16: 12 takes about 180 ms of one core, and each step doubles that. */
  cost: number;
  /** The highest cost of the stored hashes, if that may be another. */
  highestCost?: number | undefined;
}

export interface Verdict {
  isRight: boolean;
  /** The password is right, but `hash` would now use another scheme or pepper, or a higher cost. */
  needsRehash: boolean;
}

export interface Passwords {
  /**
   * Hashes a password for storage, never at a lower cost than the hash that it replaces, if any. Throws `UNAVAILABLE`; a
   * plain `Error` if it is ill-formed or over 4096 UTF-16 units.
   */
  hash(password: string, replaced?: string): Promise<string>;
  /**
   * Compares a password with a stored hash. A wrong one always costs one bcrypt of the highest cost in use, however the
   * hash was made; as it does if there is no hash (an unknown login), if the hash is not ours or if the password is
   * ill-formed: then a dummy hash is verified, and the password counts as wrong. Throws `UNAVAILABLE`.
   */
  verify(stored: string | null, password: string): Promise<Verdict>;
}

/** Hashes and verifies passwords, at most `concurrency` at a time. Throws a plain `Error` on wrong options. */
export async function createPasswords(options: PasswordOptions, bcrypt: Bcrypt = nativeBcrypt): Promise<Passwords> {
  return await passwordsWith(await createPeppers(options), options, bcrypt);
}

/** The same with peppers that are already there. */
export async function passwordsWith(
  peppers: Peppers,
  options: Omit<PasswordOptions, keyof PepperOptions>,
  bcrypt: Bcrypt = nativeBcrypt,
): Promise<Passwords> {
  const scheme = createScheme(options.cost, peppers, bcrypt);
  const queue = createQueue(options);
  // Made now: made at the first unknown login, it would double that login's time and give it away.
  const dummy = getParsed(scheme.parse(await hash(randomBytes(32).toString("base64"))));
  let ceiling = Math.max(options.cost, options.highestCost ?? 0);

  return { hash, verify };

  async function hash(password: string, replaced?: string): Promise<string> {
    if (!isHashable(password))
      throw new Error("passwords: text that cannot be hashed should have been refused earlier");
    return queue.run(() => scheme.hash(password, replaced === undefined ? null : scheme.parse(replaced)));
  }

  async function verify(stored: string | null, password: string): Promise<Verdict> {
    const isFit = isHashable(password);
    const own = isFit && stored !== null ? scheme.parse(stored) : null;
    // An instance with a higher cost has hashed it.
    ceiling = Math.max(ceiling, own?.cost ?? 0);
    const isMatch = await queue.run(() => compare(own ?? atCost(dummy, ceiling), isFit ? password : ""));
    const isRight = own !== null && isMatch;
    return { isRight, needsRehash: isRight && !scheme.isCurrent(own) };
  }

  /** 2^n = 2^m + 2^m + 2^(m+1) + … + 2^(n-1), so a hash of a lower cost is not told apart by the time of a guess. */
  async function compare(hash: ParsedHash, password: string): Promise<boolean> {
    const isMatch = await scheme.verify(hash, password);
    for (let cost = hash.cost; !isMatch && cost < ceiling; cost++) await scheme.spend(dummy, cost);
    return isMatch;
  }
}

function getParsed(parsed: ParsedHash | null): ParsedHash {
  if (!parsed) throw new Error("passwords: a new hash cannot be read");
  return parsed;
}
