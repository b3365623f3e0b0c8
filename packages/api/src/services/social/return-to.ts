import { fieldError, KeywrightError } from "../../contract/reasons.js";
import type { Deps } from "../../deps.js";

/**
 * Where a browser may be sent after a round trip: the front end, or an address that `social.returnTo` allows, compared
 * by scheme and host. A path is one of the front end's. Throws `VALIDATION`.
 */
export function parseReturnTo(deps: Deps, returnTo: string | undefined): URL {
  if (returnTo === undefined) return deps.appUrl;
  const url = allowedAddress(deps, returnTo);
  if (!url) throw new KeywrightError("VALIDATION", { fields: fieldError("returnTo", "INVALID") });
  return url;
}

/** Null if the address is not, or no longer, allowed. */
export function allowedAddress({ appUrl, settings }: Deps, text: string): URL | null {
  // Browsers drop or replace some of these, so that they would read another address than we do.
  if (/[\p{Cc}\s\\]/u.test(text)) return null;
  const url = URL.parse(text, text.startsWith("/") ? appUrl.href : undefined);
  if (url?.username !== "" || url.password !== "") return null;
  return [appUrl.href, ...settings.social.returnTo].some((allowed) => isSameHome(url, allowed)) ? url : null;
}

/** `origin` is "null" for an app's own scheme. */
function isSameHome(url: URL, allowed: string): boolean {
  const home = URL.parse(allowed);
  return home !== null && home.host !== "" && home.protocol === url.protocol && home.host === url.host;
}
