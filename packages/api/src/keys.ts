import { createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";

/** The keys that one `KEYWRIGHT_SECRET` gives, one for each use, so that none can stand in for another. */
export interface KeySet {
  /** Seed of the Ed25519 key that signs access tokens. */
  accessSeed: Buffer;
  /** Seals opaque access tokens. */
  accessSealKey: Buffer;
  /** Derives the successor of a refresh token. */
  refreshKey: Buffer;
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

/** 256 random bits under a prefix that tells secret scanners and readers what it is. */
export function randomToken(prefix: "kws_" | "kwr_"): string {
  return prefix + randomBytes(32).toString("base64url");
}

/** What is stored of a token: its SHA-256, in hex. The tokens are random, so a fast hash is enough. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The one successor that a refresh token can have: a retry whose answer was lost gets the same again. */
export function successorOf(token: string, { refreshKey }: KeySet): string {
  return `kwr_${createHmac("sha256", refreshKey).update(token).digest("base64url")}`;
}

/** The one secret that an outbox row can mail: a second attempt sends the same mail as the first. */
export function mailedSecret(outboxId: string, { mailKey }: KeySet): string {
  return `kwo_${createHmac("sha256", mailKey).update(outboxId).digest("base64url")}`;
}

function keySetOf(secret: string): KeySet {
  if (secret.length < 32) throw new Error("The secret (KEYWRIGHT_SECRET) must have at least 32 characters.");
  const derive = (use: string) => Buffer.from(hkdfSync("sha256", secret, "", `keywright ${use} v1`, 32));
  return {
    accessSeed: derive("access"),
    accessSealKey: derive("access seal"),
    refreshKey: derive("refresh"),
    mailKey: derive("mail"),
    deviceKey: derive("device"),
    limitKey: derive("limit"),
  };
}
