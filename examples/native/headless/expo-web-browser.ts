import { ask } from "./host";

type Result = { type: "success"; url: string } | { type: "cancel" };

/** As `expo-web-browser` has it: opens a page in the host's browser, until that is sent to the app's address or closed. */
export async function openAuthSessionAsync(url: string, redirectUrl?: string | null): Promise<Result> {
  const place = await ask("browser.open", { url, returnTo: redirectUrl ?? "" });
  return typeof place === "string" ? { type: "success", url: place } : { type: "cancel" };
}
