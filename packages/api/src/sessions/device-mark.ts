import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import type { KeySet, Keys } from "../keys.js";
import { deviceDays } from "./cookie-policy.js";

/** Whose password a mark's browser has shown, and which of the account's credentials that was. */
export interface MarkedAccount {
  id: string;
  credentialVersion: number;
}

/**
 * What a browser's mark says: it has signed in to this account before. It opens nothing. Guesses from it are counted by
 * themselves, so that others' guesses do not shut it out (OWASP, device cookies). Whether the account still has these
 * credentials is for the count to find out.
 */
export interface DeviceMark {
  /** Random; stays the same while the mark is renewed. */
  id: string;
  account: MarkedAccount;
  /** Whether the next sign-in should renew it: it is half over, or the secret has changed. */
  isDue: boolean;
}

const dayMs = 86_400_000;
const cipher = "aes-256-gcm";
const idBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;

/** Makes a mark. It is encrypted: nobody who sees the cookie learns which account it is of. */
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

/** For a browser without a mark, or with one of other credentials. */
export function newDeviceId(): string {
  return randomBytes(idBytes).toString("base64url");
}

/** Null for what we did not make, and for a mark that is over. */
export function readDeviceMark(mark: string, keys: Keys, now: Date): DeviceMark | null {
  const bytes = Buffer.from(mark, "base64url");
  // Node passes over what is not base64url: of the spellings that mean the same bytes only one is the mark.
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

/** A key for each mark: random nonces under one key are safe for 2³² messages only (NIST SP 800-38D, 8.3). */
function keyOf(id: Buffer, { deviceKey }: KeySet): Buffer {
  return createHmac("sha256", deviceKey).update(id).digest();
}
