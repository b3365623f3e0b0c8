import { createKeywrightClient, secureTokens } from "@keywright/client/native";
import * as SecureStore from "expo-secure-store";

/**
 * Expo puts variables with this prefix into the bundle. A device cannot reach your `localhost`: use your machine's
 * address.
 */
const url = process.env.EXPO_PUBLIC_KEYWRIGHT_URL ?? "http://localhost:3000";

export const client = createKeywrightClient({ url, tokens: secureTokens(SecureStore) });
