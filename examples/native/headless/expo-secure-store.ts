import { ask } from "./host";

/** As `expo-secure-store` has them; the keychain is the host's, so that it outlives the app. */
export async function getItemAsync(key: string): Promise<string | null> {
  const value = await ask("keychain.get", valid(key));
  return typeof value === "string" ? value : null;
}

export async function setItemAsync(key: string, value: string): Promise<void> {
  if (typeof value !== "string") throw new Error("Invalid value provided to SecureStore. Values must be strings.");
  await ask("keychain.set", { key: valid(key), value });
}

export async function deleteItemAsync(key: string): Promise<void> {
  await ask("keychain.delete", valid(key));
}

function valid(key: string): string {
  if (/^[\w.-]+$/.test(key)) return key;
  throw new Error("Invalid key provided to SecureStore.");
}
