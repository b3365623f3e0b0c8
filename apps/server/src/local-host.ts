import { createMiddleware } from "hono/factory";
import type { App } from "./in-process.js";

/** Another site's page can point its own name at this machine, and is then of the same origin: DNS rebinding. */
export const onlyByLocalName = createMiddleware<App>(async (c, next) => {
  if (isLocalHost(c.req.header("host") ?? "")) return await next();
  return c.json({ error: "FORBIDDEN", message: "Open this page on the server's own machine, as localhost." }, 403);
});

/** Whether a `Host` header names this machine's loopback. */
export function isLocalHost(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host);
}
