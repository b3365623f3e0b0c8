import type { Carrier } from "../context.js";
import { type CookiePolicy, cookieText, removedCookieText } from "../sessions/cookie-policy.js";
import { namesOf, valuesOf } from "./cookie-header.js";
import type { HttpRequest } from "./request.js";

/** How many round trips one browser can have under way: abandoned ones must not fill up its requests' headers. */
const maxFlows = 5;

type FlowCookies = Pick<Carrier, "flowCookie" | "bindFlow" | "endFlow">;

/** The cookies that bind round trips to this browser, one for each. */
export function createFlowCookies(policy: CookiePolicy, request: HttpRequest): FlowCookies {
  const header = request.header("cookie") ?? "";
  const end = (suffix: string) => request.addCookie(removedCookieText(policy.flow(suffix, false)));
  return {
    flowCookie(suffix) {
      const [token, another] = valuesOf(header, policy.flow(suffix, false).name);
      return token === undefined || token === "" || another !== undefined ? null : token;
    },
    bindFlow({ suffix, token, isCrossSite, seconds }) {
      const own = policy.flow(suffix, isCrossSite);
      const prefix = policy.flow("", false).name;
      const others = namesOf(header, prefix).filter((name) => name !== own.name);
      // Browsers send the oldest first (RFC 6265, 5.4).
      for (const name of others.slice(0, Math.max(0, others.length + 1 - maxFlows))) end(name.slice(prefix.length));
      request.addCookie(cookieText(own, token, seconds));
    },
    endFlow: end,
  };
}
