import { createHash, type ScryptOptions, scrypt } from "node:crypto";

/** OWASP, Password Storage: about 0.3 s of a core, and 32 MB. */
const cost: ScryptOptions = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 2 ** 20 };

/** A process that starts several instances with one secret, or one again, need not derive its key again. */
const known = new Map<string, Promise<Buffer>>();
const maxKnown = 8;

/** 32 bytes from a secret that people have made up (RFC 7914, scrypt): whoever guesses pays for each guess. */
export async function slowKey(secret: string | Uint8Array, use: string): Promise<Buffer> {
  const name = createHash("sha256").update(use).update("\0").update(secret).digest("hex");
  const key = known.get(name) ?? derive(secret, use);
  if (known.size >= maxKnown) known.clear();
  known.set(name, key);
  return await key;
}

async function derive(secret: string | Uint8Array, use: string): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    scrypt(secret, use, 32, cost, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
