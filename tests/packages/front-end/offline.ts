import { memoryTokens } from "@keywright/client";
import { createKeywrightClient } from "@keywright/client/native";
import { lastKnownUser } from "@keywright/client/offline";

/** As `AsyncStorage` is: its functions take a callback, too. */
const items = new Map<string, string>();
const storage = {
  getItem: async (key: string, _callback?: (error?: Error | null, result?: string | null) => void) =>
    items.get(key) ?? null,
  setItem: async (key: string, value: string, _callback?: (error?: Error | null) => void) => void items.set(key, value),
  removeItem: async (key: string, _callback?: (error?: Error | null) => void) => void items.delete(key),
};

const lastKnown = lastKnownUser(storage, { key: "example.user" });
export const client = createKeywrightClient({ url: "https://api.example.com", tokens: memoryTokens(), lastKnown });

export function greeting(): string {
  const state = client.session.get();
  if (state.status === "offline") return `${state.user.firstName}, offline until ${state.session.expiresAt.getTime()}`;
  return state.status === "signedIn" ? state.user.firstName : "";
}

/** As in browsers. */
declare const localStorage: {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
};
export const ofPage = lastKnownUser(localStorage);
