import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";

const cipher = "aes-256-gcm";
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encrypts and authenticates a text with AES-256-GCM. `context` is not stored, but must be the same to open it: it binds
 * the text to its place. A separate key for each text: random nonces under one key are safe for 2³² messages only (NIST
 * SP 800-38D, 8.3).
 */
export function seal(key: Buffer, text: string, context = ""): Uint8Array {
  const salt = randomBytes(saltBytes);
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, keyOf(key, salt), nonce).setAAD(Buffer.from(context, "utf8"));
  const sealed = Buffer.concat([sealing.update(text, "utf8"), sealing.final()]);
  return Buffer.concat([salt, nonce, sealed, sealing.getAuthTag()]);
}

/** Null if it was sealed with another key or for another context, or is not ours. */
export function unseal(key: Buffer, sealed: Uint8Array, context = ""): string | null {
  const bytes = Buffer.from(sealed);
  if (bytes.length < saltBytes + nonceBytes + tagBytes) return null;
  const salt = bytes.subarray(0, saltBytes);
  const nonce = bytes.subarray(saltBytes, saltBytes + nonceBytes);
  const opening = createDecipheriv(cipher, keyOf(key, salt), nonce, { authTagLength: tagBytes });
  opening.setAAD(Buffer.from(context, "utf8")).setAuthTag(bytes.subarray(-tagBytes));
  try {
    const text = bytes.subarray(saltBytes + nonceBytes, -tagBytes);
    return Buffer.concat([opening.update(text), opening.final()]).toString("utf8");
  } catch {
    return null;
  }
}

function keyOf(key: Buffer, salt: Buffer): Buffer {
  return createHmac("sha256", key).update(salt).digest();
}
