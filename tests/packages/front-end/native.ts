import { createKeywrightClient, type SecureStore, secureTokens } from "@keywright/client/native";

/** As the module `expo-secure-store` is. */
const keychain = new Map<string, string>();
const secureStore: SecureStore = {
  getItemAsync: async (key) => keychain.get(key) ?? null,
  setItemAsync: async (key, value) => void keychain.set(key, value),
  deleteItemAsync: async (key) => void keychain.delete(key),
};

export const client = createKeywrightClient({
  url: "https://api.example.com",
  tokens: secureTokens(secureStore, { key: "example.session" }),
});

export async function signIn(email: string, password: string): Promise<string | undefined> {
  const { user, tokens } = await client.auth.login.mutate({ email, password, deviceName: "Ada's phone" });
  return tokens ? user.firstName : undefined;
}
