import { createFetchHandler } from "@keywright/api";
import { httpLink } from "@trpc/client";
import superjson from "superjson";
import { publicUrl, type TestApp } from "./app.js";
import { createBrowser } from "./browser.js";

export type Router = Parameters<typeof createFetchHandler>[0]["router"];

/** The link of a new browser to a test's own router, served by the real HTTP handler; `own` is in its context. */
export function browserOf(app: TestApp, router: Router, own: object = {}) {
  const handle = createFetchHandler({
    router,
    endpoint: "/trpc",
    createContext: async (input) => ({ ...(await app.keywright.createContext(input)), ...own }),
  });
  const browser = createBrowser((request) => handle(request, "127.0.0.1"));
  return httpLink({
    url: `${publicUrl}/trpc`,
    transformer: superjson,
    fetch: (url, { signal = null, ...init } = {}) =>
      browser.fetch(String(url), { ...init, signal, credentials: "include" }),
  });
}
