import { createHmac, randomBytes } from "node:crypto";
import { hash as bcryptHash, verify as bcryptVerify } from "@node-rs/bcrypt";
import type { Pepper, Peppers } from "./peppers.js";

/** The two functions of `@node-rs/bcrypt` that we use, so that a test can count the calls. */
export interface Bcrypt {
  hash(password: string, options: { cost: number }): Promise<string>;
  verify(password: string, hash: string): Promise<boolean>;
}

export const nativeBcrypt: Bcrypt = { hash: bcryptHash, verify: bcryptVerify };

/** `$kw1$<salt>$2b$<cost>$…`, or with a pepper `$kw1p$<pepper id>$<salt>$2b$<cost>$…`. */
export interface ParsedHash {
  pepperId: string | null;
  salt: string;
  cost: number;
  bcrypt: string;
}

export interface Scheme {
  /** Hashes with a new salt: one bcrypt, at the configured cost, or at the one that is replaced if that is higher. */
  hash(password: string, replaced: ParsedHash | null): Promise<string>;
  /** Null for anything that `hash` did not make, a cost out of range, or an unknown pepper. */
  parse(stored: string): ParsedHash | null;
  /** Whether the password matches the hash: always one bcrypt, at the hash's own cost. */
  verify(hash: ParsedHash, password: string): Promise<boolean>;
  /** As much work as verifying a hash of this cost, and nothing else. */
  spend(like: ParsedHash, cost: number): Promise<void>;
  /** Whether `hash` would use the same pepper, and no higher cost. */
  isCurrent(hash: ParsedHash): boolean;
}

/** bcrypt over a keyed fast hash (OWASP Password Storage, "pre-hashing"). Throws a plain `Error` on a wrong cost. */
export function createScheme(cost: number, peppers: Peppers, bcrypt: Bcrypt): Scheme {
  if (!Number.isInteger(cost) || !isComputable(cost)) throw new Error("password cost: must be 4 to 16");
  const { id, key } = peppers.current;

  return {
    async hash(password, replaced) {
      const salt = randomBytes(16).toString("base64url");
      const prehashed = prehash(password, salt, peppers.current);
      const hashed = await bcrypt.hash(prehashed, { cost: Math.max(cost, replaced?.cost ?? cost) });
      return `${id === null ? "$kw1" : `$kw1p$${id}`}$${salt}${hashed}`;
    },
    parse(stored) {
      const parsed = parseHash(stored);
      return parsed && peppers.find(parsed.pepperId) ? parsed : null;
    },
    verify(hash, password) {
      return bcrypt.verify(prehash(password, hash.salt, peppers.find(hash.pepperId) ?? { id, key }), hash.bcrypt);
    },
    async spend(like, cost) {
      await bcrypt.verify("", atCost(like, cost).bcrypt);
    },
    isCurrent(hash) {
      return hash.cost >= cost && hash.pepperId === id;
    },
  };
}

/** A hash of nobody's password that takes the work of another cost. */
export function atCost(hash: ParsedHash, cost: number): ParsedHash {
  return { ...hash, cost, bcrypt: `$2b$${String(cost).padStart(2, "0")}${hash.bcrypt.slice(6)}` };
}

/**
 * Whether a password can be hashed. bcrypt sees every lone surrogate as U+FFFD, which would make such passwords
 * interchangeable; and `normalize` is quadratic in a run of combining marks (16,000 of them: 0.2 s), hence the limit of
 * 4096 UTF-16 units: 1024 code points, however decomposed.
 */
export function isHashable(password: string): boolean {
  return password.length <= 4096 && !/\p{Surrogate}/u.test(password);
}

/** A cost of 31 in one stored hash would keep a core busy for a day. */
export function isComputable(cost: number): boolean {
  return cost >= 4 && cost <= 16;
}

/**
 * Turns any password into 64 characters, since bcrypt reads only 72 bytes. Keyed with this hash's own salt: with a
 * plain fast hash, leaked lists of such hashes could be tried without knowing the passwords ("shucking").
 */
function prehash(password: string, salt: string, pepper: Pepper): string {
  const key = Buffer.concat([Buffer.from(salt, "base64url"), pepper.key]);
  return createHmac("sha384", key).update(password.normalize("NFC"), "utf8").digest("base64");
}

// Strict down to the unused bits of each base64: bcrypt rejects a hash that it cannot read at once, without the work.
const pepperPart = String.raw`(?:p\$(?<pepperId>[\w-]{8}))?`;
const bcryptPart = String.raw`\$2b\$(?<cost>\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]`;
const storedHash = new RegExp(String.raw`^\$kw1${pepperPart}\$(?<salt>[\w-]{21}[AQgw])(?<bcrypt>${bcryptPart})$`);

function parseHash(stored: string): ParsedHash | null {
  const { pepperId = null, salt, bcrypt, cost } = storedHash.exec(stored)?.groups ?? {};
  if (!salt || !bcrypt || !isComputable(Number(cost))) return null;
  return { pepperId, salt, cost: Number(cost), bcrypt };
}
