import type { Log } from "../log.js";
import { isLoopback } from "../settings/loopback.js";

/** Origins whose pages may call with a cookie, or sign in. */
export interface Origins {
  /** A refused origin is reported to the operator, once. */
  allows(origin: string): boolean;
}

/** So that made-up origins fill neither the memory nor the log. */
const maxNoted = 50;

/**
 * The origins of the configuration, compared as a whole. If the server itself is on this machine, so is everything at
 * its `localhost`: development servers of front ends get ports of their own.
 */
export function createOrigins(own: ReadonlySet<string>, { publicUrl, log }: { publicUrl: URL; log: Log }): Origins {
  const isDevelopment = isLoopback(publicUrl);
  const noted = new Set<string>();
  return {
    allows(origin) {
      if (own.has(origin) || (isDevelopment && isLocalOrigin(origin))) return true;
      if (noted.has(origin) || noted.size >= maxNoted || !isReadable(origin)) return false;
      noted.add(origin);
      const message = `Refused a call from a page of ${origin}: if it is yours, add it to \`corsOrigins\` (CORS_ORIGINS).`;
      log({ level: "warn", message });
      return false;
    },
  };
}

function isLocalOrigin(origin: string): boolean {
  return /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/.test(origin);
}

/** Browsers send nothing else; `null` is no origin that could be allowed. */
function isReadable(origin: string): boolean {
  return origin.length <= 200 && /^[a-z][a-z0-9+.-]*:\/\/[\w.:[\]-]+$/i.test(origin);
}
