import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import type { KeySet, Keys } from "../keys.js";
import { deviceDays } from "./cookie-policy.js";

/** The account whose password the browser has given, and the version of its credentials at that time. */
export interface MarkedAccount {
  id: string;
  credentialVersion: number;
}

/**
 * What a browser's mark says: it has signed in to this account before. It grants no access. Guesses from it are counted
 * separately, so that other people's guesses do not lock it out (OWASP, device cookies). Whether the account still has
 * these credentials is checked when a guess is counted.
 */
export interface DeviceMark {
  /** Random; unchanged when the mark is renewed. */
  id: string;
  account: MarkedAccount;
  /** Whether the next sign-in should renew it: it is past half its life, or the secret has changed. */
  isDue: boolean;
}

const dayMs = 86_400_000;
const cipher = "aes-256-gcm";
const idBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;

/** So many accounts a browser stays known to: those that signed in last. */
const maxMarks = 5;
/** Between the marks in a cookie; base64url has no dot. */
const separator = ".";

/** The marks in a cookie, the latest first, without those that are not ours or have expired. */
export function readDeviceMarks(cookie: string, keys: Keys, now: Date): DeviceMark[] {
  return partsOf(cookie, keys, now).map(({ mark }) => mark);
}

/** The cookie once an account has signed in, with the marks of others; null if it needs no change. */
export function withDeviceMark(
  cookie: string,
  { account, at }: { account: MarkedAccount; at: Date },
  keys: Keys,
): string | null {
  const parts = partsOf(cookie, keys, at);
  const known = parts.find(({ mark }) => {
    return mark.account.id === account.id && mark.account.credentialVersion === account.credentialVersion;
  });
  const isDue = known?.mark.isDue ?? true;
  if (!isDue && known === parts[0]) return null;
  // Other credentials get a new id, so that the old ones' count is not held against them.
  const own =
    known && !isDue ? known.text : createDeviceMark({ id: known?.mark.id ?? newDeviceId(), account, at }, keys);
  const others = parts.filter(({ mark }) => mark.account.id !== account.id).map(({ text }) => text);
  return [own, ...others].slice(0, maxMarks).join(separator);
}

function partsOf(cookie: string, keys: Keys, now: Date): { text: string; mark: DeviceMark }[] {
  return cookie.split(separator, maxMarks).flatMap((text) => {
    const mark = readDeviceMark(text, keys, now);
    return mark === null ? [] : [{ text, mark }];
  });
}

/** It is encrypted, so that nobody who sees the cookie learns which account it belongs to. */
function createDeviceMark({ id, account, at }: { id: string; account: MarkedAccount; at: Date }, keys: Keys): string {
  const idPart = Buffer.from(id, "base64url");
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, keyOf(idPart, keys.current), nonce);
  const text = `${account.id} ${account.credentialVersion} ${at.getTime()}`;
  const sealed = Buffer.concat([sealing.update(text, "utf8"), sealing.final()]);
  return Buffer.concat([idPart, nonce, sealed, sealing.getAuthTag()]).toString("base64url");
}

function newDeviceId(): string {
  return randomBytes(idBytes).toString("base64url");
}

function readDeviceMark(mark: string, keys: Keys, now: Date): DeviceMark | null {
  const bytes = Buffer.from(mark, "base64url");
  // Node skips characters that are not base64url: of all spellings of the same bytes, only one is the mark.
  if (bytes.length <= idBytes + nonceBytes + tagBytes || bytes.toString("base64url") !== mark) return null;
  for (const key of keys.all) {
    const [id, version, madeAt] = open(bytes, key)?.split(" ") ?? [];
    if (id === undefined) continue;
    const ageMs = now.getTime() - Number(madeAt);
    if (ageMs > deviceDays * dayMs) return null;
    return {
      id: bytes.subarray(0, idBytes).toString("base64url"),
      account: { id, credentialVersion: Number(version) },
      isDue: key !== keys.current || ageMs > (deviceDays * dayMs) / 2,
    };
  }
  return null;
}

function open(bytes: Buffer, key: KeySet): string | null {
  const nonce = bytes.subarray(idBytes, idBytes + nonceBytes);
  const opening = createDecipheriv(cipher, keyOf(bytes.subarray(0, idBytes), key), nonce, { authTagLength: tagBytes });
  opening.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const sealed = bytes.subarray(idBytes + nonceBytes, -tagBytes);
    return Buffer.concat([opening.update(sealed), opening.final()]).toString("utf8");
  } catch {
    return null;
  }
}

/** A separate key for each mark: random nonces under one key are safe for 2³² messages only (NIST SP 800-38D, 8.3). */
function keyOf(id: Buffer, { deviceKey }: KeySet): Buffer {
  return createHmac("sha256", deviceKey).update(id).digest();
}
