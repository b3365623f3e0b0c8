import { createHmac, hash, hkdfSync, randomBytes } from "node:crypto";
import { isRandomSecret, isWeakSecret } from "./secret-strength.js";
import { slowKey } from "./slow-key.js";

/** The keys derived from one `KEYWRIGHT_SECRET`, one for each use, so that none can be used in place of another. */
export interface KeySet {
  /** Seed of the Ed25519 key that signs access tokens. */
  accessSeed: Buffer;
  /** Encrypts opaque access tokens. */
  accessSealKey: Buffer;
  /** Derives the successor of a refresh token. */
  refreshKey: Buffer;
  /** Authenticates refresh tokens as ours. */
  refreshMacKey: Buffer;
  /** Derives the secret that an outbox row sends. */
  mailKey: Buffer;
  /** Derives the code that an outbox row sends, and hides it in the database. */
  codeKey: Buffer;
  /** Encrypts the marks of browsers that have signed in before. */
  deviceKey: Buffer;
  /** Encrypts what sign-in providers gave us. */
  providerKey: Buffer;
  /** Hides the names under which guesses and mails are counted. */
  limitKey: Buffer;
}

/** The current secret's keys come first; the previous secret's, if any, still verify. */
export interface Keys {
  current: KeySet;
  all: KeySet[];
}

/**
 * RFC 5869 (HKDF-SHA-256) from 32 random bytes or more. What people have made up is stretched first: the published key of
 * access tokens, and every token, would let others try guesses as fast as they can. Throws an `Error` if a secret is too
 * short, or easy to guess all the same.
 */
export async function deriveKeys(secret: string, previousSecret?: string): Promise<Keys> {
  assertStrong(secret, "`secret` (KEYWRIGHT_SECRET)", `use ${secretAdvice}`);
  const current = keySetOf(await rootOf(secret));
  if (previousSecret === undefined || previousSecret === secret) return { current, all: [current] };
  assertStrong(previousSecret, "`previousSecret` (KEYWRIGHT_SECRET_PREVIOUS)", "leave it out");
  return { current, all: [current, keySetOf(await rootOf(previousSecret))] };
}

/** How to get a good one. */
export const secretAdvice = "32 random bytes or more, as `openssl rand -base64 48` prints them";

/** A cookie's token: 256 random bits after a prefix that secret scanners and people can recognize. */
export function randomSessionToken(): string {
  return `kws_${randomBytes(32).toString("base64url")}`;
}

/** The stored form of a token: its SHA-256, in hex. Tokens are random, so a fast hash is enough. */
export function hashToken(token: string): string {
  return hash("sha256", token, "hex");
}

/** What is stored of a mail, and decides which secret it carries. Neither leaves the database. */
export interface SecretSource {
  /** Random, of the outbox row. */
  seed: string;
  /** Random, of the database; operators replace it after a backup was restored, so that no mail is sent twice. */
  epoch: string | null;
}

/** The only secret that an outbox row can send with these keys: a second attempt sends the same mail as the first. */
export function mailedSecret(source: SecretSource, { mailKey }: KeySet): string {
  return `kwo_${createHmac("sha256", mailKey).update(textOf(source)).digest("base64url")}`;
}

/**
 * The same as a code of eight digits, for a person to type: far too short for a plain hash, and good only together with
 * a session of its account, whose guesses are counted.
 */
export function mailedCode(source: SecretSource, { codeKey }: KeySet): string {
  const digest = createHmac("sha256", codeKey).update(textOf(source)).digest();
  return String(digest.readBigUInt64BE() % 100_000_000n).padStart(8, "0");
}

/** The stored form of a code: nobody can try all codes without the key. */
export function mailedCodeHash(userId: string, code: string, { codeKey }: KeySet): string {
  return createHmac("sha256", codeKey).update(`code of ${userId} ${code}`).digest("hex");
}

/**
 * Public identity of an outbox row's mail, by which a mailbox drops duplicates. It reveals neither the row's id nor its
 * seed, and a change of `KEYWRIGHT_SECRET` does not change it.
 */
export function mailIdentity(seed: string): string {
  return createHmac("sha256", seed).update("keywright message id v1").digest("base64url");
}

function textOf({ seed, epoch }: SecretSource): string {
  return epoch === null ? seed : `${epoch} ${seed}`;
}

function assertStrong(secret: string, setting: string, advice: string): void {
  if (secret.length < 32) throw new Error(`Setting ${setting} must be a text of at least 32 characters.`);
  if (isWeakSecret(secret)) throw new Error(`Setting ${setting} is easy to guess: ${advice}.`);
}

async function rootOf(secret: string): Promise<string | Buffer> {
  return isRandomSecret(secret) ? secret : await slowKey(secret, "keywright secret v2");
}

function keySetOf(root: string | Buffer): KeySet {
  const derive = (use: string) => Buffer.from(hkdfSync("sha256", root, "", `keywright ${use} v1`, 32));
  return {
    accessSeed: derive("access"),
    accessSealKey: derive("access seal"),
    refreshKey: derive("refresh"),
    refreshMacKey: derive("refresh mac"),
    mailKey: derive("mail"),
    codeKey: derive("mail code"),
    deviceKey: derive("device"),
    providerKey: derive("provider"),
    limitKey: derive("limit"),
  };
}
