import { ask } from "./host";

type Algorithm = "SHA-1" | "SHA-256" | "SHA-512";

/** As `expo-crypto` has them; the random numbers and the hash are the host's. */
export async function getRandomBytesAsync(byteCount: number): Promise<Uint8Array> {
  const bytes = await ask("crypto.random", byteCount);
  if (!Array.isArray(bytes)) throw new Error("The host has no random numbers.");
  return Uint8Array.from(bytes);
}

export async function digestStringAsync(
  algorithm: Algorithm,
  data: string,
  options?: { encoding: "hex" | "base64" },
): Promise<string> {
  return String(await ask("crypto.digest", { algorithm, data, encoding: options?.encoding ?? "hex" }));
}
