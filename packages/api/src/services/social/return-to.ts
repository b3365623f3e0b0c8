import type { SocialStartInput } from "../../contract/input-types.js";
import { type FieldError, fieldError, KeywrightError } from "../../contract/reasons.js";
import type { Deps } from "../../deps.js";

/**
 * Where a browser may be sent after a round trip: the front end, or an address that `social.returnTo` allows, compared
 * by scheme and host. A path is one of the front end's. With a challenge, only an address of the list: there an app reads
 * the hand-off code; everywhere else the flow's cookie binds the round trip to its browser. Throws `VALIDATION`.
 */
export function parseReturnTo(
  deps: Deps,
  { returnTo, codeChallenge }: Pick<SocialStartInput, "returnTo" | "codeChallenge">,
): URL {
  const url = returnTo === undefined ? deps.appUrl : allowedAddress(deps, returnTo);
  if (!url) throw new KeywrightError("VALIDATION", { fields: fieldError("returnTo", "INVALID") });
  if (codeChallenge !== undefined && !isListed(deps, returnTo ?? "")) {
    throw new KeywrightError("VALIDATION", { fields: { codeChallenge: [challengeFault] } });
  }
  return url;
}

const challengeFault: FieldError = {
  reason: "INVALID",
  message: "A challenge needs a `returnTo` that `social.returnTo` lists, in full; the front end needs none.",
};

/** Whether an address that is allowed is one of the list's, not a path of the front end's. */
export function isListed({ settings }: Deps, address: string): boolean {
  const url = URL.parse(address);
  return url !== null && settings.social.returnTo.some((listed) => isSameHome(url, listed));
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
