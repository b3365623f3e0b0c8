import { createHash, randomBytes } from "node:crypto";
import { createFetchHandler } from "@keywright/api";
import { createKeywrightClient, memoryTokens } from "@keywright/client";
import { publicUrl, type TestApp } from "./app.js";
import { createBrowser } from "./browser.js";
import type { IdentityProvider } from "./identity-provider.js";
import { appRouter } from "./router.js";

/** Where each provider sends browsers back to. */
export function callbackOf(id: string): string {
  return `${publicUrl}/oauth/${id}/callback`;
}

/** A browser at our app: its client, and the addresses that it is sent to. */
export function visitorOf(app: TestApp, { transport = "cookie" }: { transport?: "cookie" | "bearer" } = {}) {
  const handle = createFetchHandler({
    router: appRouter,
    endpoint: "/trpc",
    createContext: app.keywright.createContext,
  });
  const browser = createBrowser((request) => {
    return new URL(request.url).pathname.startsWith("/oauth/")
      ? app.keywright.oauthCallback(request, "127.0.0.1")
      : handle(request, "127.0.0.1");
  });
  const client = createKeywrightClient({
    url: publicUrl,
    fetch: browser.fetch,
    ...(transport === "bearer" ? { tokens: memoryTokens() } : {}),
  });

  /** Opens the address that a provider sent the browser back to; returns where it is sent then. */
  async function comeBack(callback: URL | string): Promise<URL> {
    const response = await browser.fetch(callback, { redirect: "manual" });
    const location = response.headers.get("location");
    if (response.status !== 303 || location === null) throw new Error(`The callback answered ${response.status}.`);
    return new URL(location);
  }

  /** The whole way: start, sign in at the provider, come back. */
  async function signInAt(
    provider: IdentityProvider,
    name: string,
    start: Partial<Parameters<typeof client.social.start.mutate>[0]> & { provider: string },
  ): Promise<URL> {
    const { authorizationUrl } = await client.social.start.mutate(start);
    return await comeBack(await provider.signIn(authorizationUrl, name));
  }

  return { client, browser, comeBack, signInAt };
}

export type SocialVisitor = ReturnType<typeof visitorOf>;

/** RFC 7636: what an app keeps, and what it sends. */
export function newVerifier(): { codeVerifier: string; codeChallenge: string } {
  const codeVerifier = randomBytes(32).toString("base64url");
  return { codeVerifier, codeChallenge: createHash("sha256").update(codeVerifier).digest("base64url") };
}

/** The part of `expo-crypto` that our client uses. */
export const phoneCrypto = {
  getRandomBytesAsync: async (count: number): Promise<Uint8Array> => randomBytes(count),
  digestStringAsync: async (_algorithm: string, text: string): Promise<string> =>
    createHash("sha256").update(text).digest("base64"),
};
