import { createKeywrightClient, secureTokens } from "@keywright/client/native";
import * as SecureStore from "expo-secure-store";

/** Expo puts variables of this name into the bundle. A device does not find a `localhost` of yours: give its address. */
const url = process.env.EXPO_PUBLIC_KEYWRIGHT_URL ?? "http://localhost:3000";

export const client = createKeywrightClient({ url, tokens: secureTokens(SecureStore) });
