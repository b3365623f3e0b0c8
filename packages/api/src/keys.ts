import { createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";

/** The keys that one `KEYWRIGHT_SECRET` gives, one for each use, so that none can stand in for another. */
export interface KeySet {
  /** Seed of the Ed25519 key that signs access tokens. */
  accessSeed: Buffer;
  /** Seals opaque access tokens. */
  accessSealKey: Buffer;
  /** Derives the successor of a refresh token. */
  refreshKey: Buffer;
  /** Marks refresh tokens as ours. */
  refreshMacKey: Buffer;
  /** Derives the secret that an outbox row mails. */
  mailKey: Buffer;
  /** Seals the marks of browsers that have signed in before. */
  deviceKey: Buffer;
  /** Hides the names that guesses and mails are counted under. */
  limitKey: Buffer;
}

/** The current secret's keys first; the previous one's, if any, still verify. */
export interface Keys {
  current: KeySet;
  all: KeySet[];
}

/** RFC 5869 (HKDF-SHA-256). Throws when the secret is too short to be one. */
export function deriveKeys(secret: string, previousSecret?: string): Keys {
  const current = keySetOf(secret);
  return { current, all: previousSecret === undefined ? [current] : [current, keySetOf(previousSecret)] };
}

/** The token of a cookie: 256 random bits under a prefix that secret scanners and readers know it by. */
export function randomSessionToken(): string {
  return `kws_${randomBytes(32).toString("base64url")}`;
}

/** What is stored of a token: its SHA-256, in hex. The tokens are random, so a fast hash is enough. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The one secret that an outbox row can mail with these keys: a second attempt sends the same mail as the first. */
export function mailedSecret(seed: string, { mailKey }: KeySet): string {
  return `kwo_${createHmac("sha256", mailKey).update(seed).digest("base64url")}`;
}

/**
 * What an outbox row's mail is known by, in public: a mailbox drops a second copy by it. Neither the row's id nor its
 * seed can be read off, and a change of `KEYWRIGHT_SECRET` does not change it.
 */
export function mailIdentity(seed: string): string {
  return createHmac("sha256", seed).update("keywright message id v1").digest("base64url");
}

function keySetOf(secret: string): KeySet {
  if (secret.length < 32) throw new Error("The secret (KEYWRIGHT_SECRET) must have at least 32 characters.");
  const derive = (use: string) => Buffer.from(hkdfSync("sha256", secret, "", `keywright ${use} v1`, 32));
  return {
    accessSeed: derive("access"),
    accessSealKey: derive("access seal"),
    refreshKey: derive("refresh"),
    refreshMacKey: derive("refresh mac"),
    mailKey: derive("mail"),
    deviceKey: derive("device"),
    limitKey: derive("limit"),
  };
}
