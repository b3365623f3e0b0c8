import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { hashToken, type KeySet, type Keys } from "../keys.js";

/** What a refresh token contains, for a holder of the key. */
export interface RefreshToken {
  sessionId: string;
  /** How many tokens of its chain came before it. */
  generation: number;
  text: string;
  /** What is stored of the token. */
  hash: string;
  /** Whether its MAC is valid under one of our keys. */
  isOurs: boolean;
}

const prefix = "kwr_";
const sessionBytes = 16;
const generationBytes = 4;
const randomness = 32;
const macBytes = 16;
const length = sessionBytes + generationBytes + randomness + macBytes;

/** The first token of a chain: session, generation, 256 random bits, and a MAC over them. */
export function firstRefreshToken(sessionId: string, key: KeySet): string {
  return tokenOf({ sessionId, generation: 0 }, randomBytes(randomness), key);
}

/**
 * The only successor of a token with this key and salt, so that a retry gets the same one again. It takes all three:
 * the salt is only in the database, the key only in the configuration, and of the token the database has only a hash.
 */
export function successorOf({ sessionId, generation, text }: RefreshToken, salt: string, key: KeySet): string {
  const derived = createHmac("sha256", key.refreshKey).update(`${salt}\n${text}`).digest();
  return tokenOf({ sessionId, generation: generation + 1 }, derived, key);
}

/** Null if it does not have the form; whether to require a valid MAC is up to the caller. */
export function readRefreshToken(text: string, keys: Keys): RefreshToken | null {
  if (!text.startsWith(prefix)) return null;
  const encoded = text.slice(prefix.length);
  const bytes = Buffer.from(encoded, "base64url");
  // Node skips characters that are not base64url: of all spellings of the same bytes, only one is the token.
  if (bytes.length !== length || bytes.toString("base64url") !== encoded) return null;
  const [body, mac] = [bytes.subarray(0, -macBytes), bytes.subarray(-macBytes)];
  const generation = body.readUInt32BE(sessionBytes);
  const isOurs = keys.all.some((key) => timingSafeEqual(mac, macOf(body, key)));
  return { sessionId: toUuid(body.subarray(0, sessionBytes)), generation, text, hash: hashToken(text), isOurs };
}

function tokenOf(place: { sessionId: string; generation: number }, unguessable: Buffer, key: KeySet): string {
  const head = Buffer.alloc(sessionBytes + generationBytes);
  head.write(place.sessionId.replaceAll("-", ""), "hex");
  head.writeUInt32BE(place.generation, sessionBytes);
  const body = Buffer.concat([head, unguessable]);
  return prefix + Buffer.concat([body, macOf(body, key)]).toString("base64url");
}

function macOf(body: Buffer, { refreshMacKey }: KeySet): Buffer {
  return createHmac("sha256", refreshMacKey).update(body).digest().subarray(0, macBytes);
}

function toUuid(bytes: Buffer): string {
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
