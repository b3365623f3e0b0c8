import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { hashToken, type KeySet, type Keys } from "../keys.js";

/** What a refresh token says of itself, to whoever has the key. */
export interface RefreshToken {
  sessionId: string;
  /** How many tokens of its chain came before it. */
  generation: number;
  text: string;
  /** What is stored of it. */
  hash: string;
  /** Whether its MAC is right under one of our keys. */
  isOurs: boolean;
}

const prefix = "kwr_";
const sessionBytes = 16;
const generationBytes = 4;
const randomness = 32;
const macBytes = 16;
const length = sessionBytes + generationBytes + randomness + macBytes;

/** The first of a chain: session, generation, 256 random bits, and a MAC over them. */
export function firstRefreshToken(sessionId: string, key: KeySet): string {
  return tokenOf({ sessionId, generation: 0 }, randomBytes(randomness), key);
}

/**
 * The one successor that a token has by this key and salt, so that a retry gets the same again. It takes all three: the
 * salt is in the database only, the key in the configuration only, and of the token the database has a hash.
 */
export function successorOf({ sessionId, generation, text }: RefreshToken, salt: string, key: KeySet): string {
  const derived = createHmac("sha256", key.refreshKey).update(`${salt}\n${text}`).digest();
  return tokenOf({ sessionId, generation: generation + 1 }, derived, key);
}

/** Null for what does not have the form; the MAC is left to the caller to judge. */
export function readRefreshToken(text: string, keys: Keys): RefreshToken | null {
  if (!text.startsWith(prefix)) return null;
  const encoded = text.slice(prefix.length);
  const bytes = Buffer.from(encoded, "base64url");
  // Node passes over what is not base64url: of the spellings that mean the same bytes only one is the token.
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
