import { createKeywrightClient, type KeywrightClient, reasonOf } from "@keywright/client";
import { createKeywrightClient as createNativeClient, secureTokens } from "@keywright/client/native";
import * as SecureStore from "expo-secure-store";
import { serve } from "./host";

/** What the host asks a client for; with a cookie, of the client that visitors share. */
interface Made {
  path: string;
  input?: unknown;
  cookie?: string;
}

const url = process.env.EXPO_PUBLIC_KEYWRIGHT_URL ?? "";
let cookie = "";

export const phone = createNativeClient({ url, tokens: secureTokens(SecureStore) });
const shared = createKeywrightClient({ url, headers: () => ({ cookie }) });

/** Without a screen: the host makes calls, all those of a list in one moment, and looks at the session store. */
export function serveClients(): void {
  const changes: string[] = [];
  let stop = () => {};
  serve("make", (list) => Promise.all(Array.isArray(list) ? list.map(make) : []));
  serve("subscribe", () => {
    stop = phone.session.subscribe(() => changes.push(seen()));
  });
  serve("unsubscribe", () => stop());
  serve("seen", seen);
  serve("changes", () => changes.splice(0));
}

/** As somebody sees it: `signedIn ada@example.com`, `loading: Network request failed`. */
function seen(): string {
  const { status, user, error } = phone.session.get();
  return `${status}${user ? ` ${user.email}` : ""}${error ? `: ${error.message}` : ""}`;
}

/** The answer, or why there is none. */
async function make(made: Made): Promise<unknown> {
  cookie = made.cookie ?? "";
  try {
    return { answer: await begin(made.cookie ? shared : phone, made) };
  } catch (error) {
    return { reason: reasonOf(error), message: String(error) };
  }
}

function begin(client: KeywrightClient, { path, input }: Made): unknown {
  if (path === "session.refresh") return client.session.refresh();
  const procedure = path.split(".").reduce<unknown>((at, name) => Reflect.get(Object(at), name), client);
  if (typeof procedure !== "function") throw new Error(`${path} is no procedure.`);
  return procedure(input);
}
