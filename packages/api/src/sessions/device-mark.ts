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

/** Makes a mark. It is encrypted, so that nobody who sees the cookie learns which account it belongs to. */
export function createDeviceMark(
  { id, account, at }: { id: string; account: MarkedAccount; at: Date },
  keys: Keys,
): string {
  const idPart = Buffer.from(id, "base64url");
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, keyOf(idPart, keys.current), nonce);
  const text = `${account.id} ${account.credentialVersion} ${at.getTime()}`;
  const sealed = Buffer.concat([sealing.update(text, "utf8"), sealing.final()]);
  return Buffer.concat([idPart, nonce, sealed, sealing.getAuthTag()]).toString("base64url");
}

/** For a browser without a mark, or with a mark for other credentials. */
export function newDeviceId(): string {
  return randomBytes(idBytes).toString("base64url");
}

/** Null for a mark that is not ours or has expired. */
export function readDeviceMark(mark: string, keys: Keys, now: Date): DeviceMark | null {
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
