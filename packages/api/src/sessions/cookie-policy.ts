import type { CookiePolicy } from "../deps.js";

/** `__Host-` cookies need https, or an address of this machine, which browsers trust as they do https. */
export function cookiePolicy({ protocol, hostname }: URL): CookiePolicy {
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  const isSecure = protocol === "https:" || isLocal;
  const prefix = isSecure ? "__Host-" : "";
  return { sessionName: `${prefix}keywright-session`, deviceName: `${prefix}keywright-device`, isSecure };
}
