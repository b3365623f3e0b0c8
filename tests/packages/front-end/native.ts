import { safe } from "@keywright/client";
import { createKeywrightClient, type SecureStore, secureTokens, startSocial } from "@keywright/client/native";

/** As the module `expo-secure-store` is. */
const keychain = new Map<string, string>();
const secureStore: SecureStore = {
  getItemAsync: async (key) => keychain.get(key) ?? null,
  setItemAsync: async (key, value) => void keychain.set(key, value),
  deleteItemAsync: async (key) => void keychain.delete(key),
};

/** As the module `expo-crypto` is: its functions take less than any string. */
type Algorithm = "SHA-256" | "SHA-512";
type Encoding = "hex" | "base64";
const expoCrypto = {
  getRandomBytesAsync: async (byteCount: number): Promise<Uint8Array> => new Uint8Array(byteCount),
  digestStringAsync: async (algorithm: Algorithm, data: string, options?: { encoding: Encoding }): Promise<string> =>
    algorithm + data + options?.encoding,
};

/** As the function of the module `expo-web-browser` is. */
type AuthSessionResult = { type: "success"; url: string } | { type: "cancel" | "dismiss" };
const openAuthSession = async (
  url: string,
  redirectUrl?: string | null,
  _options?: object,
): Promise<AuthSessionResult> => (redirectUrl ? { type: "success", url } : { type: "cancel" });

export const client = createKeywrightClient({
  url: "https://api.example.com",
  tokens: secureTokens(secureStore, { key: "example.session" }),
});

export async function signIn(email: string, password: string): Promise<string | undefined> {
  const { user, tokens } = await client.auth.login.mutate({ email, password, deviceName: "Ada's phone" });
  return tokens ? user.firstName : undefined;
}

const roundTrip = { provider: "google", returnTo: "com.example.app://auth", openAuthSession, crypto: expoCrypto };

export async function signInWithGoogle(): Promise<string | undefined> {
  const [answer, error] = await safe(startSocial(client, roundTrip));
  if (error) return error.data?.reason;
  if (answer?.status === "registration_incomplete") return answer.missing.join();
  return answer?.status === "signed_in" ? `${answer.user.firstName} ${answer.created}` : answer?.status;
}

export async function connectGoogle(): Promise<Date | undefined> {
  await startSocial(client, { ...roundTrip, purpose: "reauthenticate" });
  return (await startSocial(client, { ...roundTrip, purpose: "connect" }))?.connectedAt;
}
