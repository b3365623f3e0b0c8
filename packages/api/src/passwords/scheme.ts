import { createHmac, randomBytes } from "node:crypto";
import { hash as bcryptHash, verify as bcryptVerify } from "@node-rs/bcrypt";

export interface SchemeOptions {
  /** bcrypt cost, 4 to 16: 12 takes about 180 ms of one core, and each step doubles that. */
  cost: number;
  /** A secret of at least 16 bytes, kept outside the database; without it a stolen table of hashes is useless. */
  pepper?: string | Uint8Array | undefined;
  /** Earlier peppers: hashes made with them still verify, and are replaced at the next login. */
  previousPeppers?: readonly (string | Uint8Array)[] | undefined;
}

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
  /** Hashes with a new salt: one bcrypt. */
  hash(password: string): Promise<string>;
  /** Null for anything that `hash` did not make, a cost out of range, or an unknown pepper. */
  parse(stored: string): ParsedHash | null;
  /** Whether the password matches the hash: always one bcrypt, at the hash's own cost. */
  verify(hash: ParsedHash, password: string): Promise<boolean>;
  /** Whether `hash` would still use the same cost and pepper. */
  isCurrent(hash: ParsedHash): boolean;
}

/** bcrypt over a keyed fast hash (OWASP Password Storage, "pre-hashing"). Throws a plain `Error` on wrong options. */
export function createScheme(options: SchemeOptions, bcrypt: Bcrypt): Scheme {
  const { cost } = options;
  if (!Number.isInteger(cost) || !isComputable(cost)) throw new Error("password cost: must be 4 to 16");
  const pepper = options.pepper === undefined ? noPepper : createPepper(options.pepper);
  const known = [noPepper, pepper, ...(options.previousPeppers ?? []).map(createPepper)];
  const peppers = new Map(known.map((each) => [each.id, each] as const));

  return {
    async hash(password) {
      const salt = randomBytes(16).toString("base64url");
      const hashed = await bcrypt.hash(prehash(password, salt, pepper), { cost });
      return `${pepper.id === null ? "$kw1" : `$kw1p$${pepper.id}`}$${salt}${hashed}`;
    },
    parse(stored) {
      const parsed = parseHash(stored);
      return parsed && peppers.has(parsed.pepperId) ? parsed : null;
    },
    verify(hash, password) {
      return bcrypt.verify(prehash(password, hash.salt, peppers.get(hash.pepperId) ?? noPepper), hash.bcrypt);
    },
    isCurrent(hash) {
      return hash.cost === cost && hash.pepperId === pepper.id;
    },
  };
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
function isComputable(cost: number): boolean {
  return cost >= 4 && cost <= 16;
}

interface Pepper {
  /** Identifies the pepper in a stored hash. */
  id: string | null;
  key: Uint8Array;
}

const noPepper: Pepper = { id: null, key: new Uint8Array(0) };

function createPepper(secret: string | Uint8Array): Pepper {
  const key = typeof secret === "string" ? Buffer.from(secret, "utf8") : secret;
  // The id is a fast hash of the pepper and is stored: a short pepper could be guessed from it.
  if (key.byteLength < 16) throw new Error("password pepper: must have at least 16 bytes");
  const id = createHmac("sha256", key).update("keywright pepper id").digest("base64url").slice(0, 8);
  return { id, key };
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
