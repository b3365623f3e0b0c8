import type { Carrier } from "../context.js";
import { type CookiePolicy, cookieText, removedCookieText } from "../sessions/cookie-policy.js";
import { namesOf, valuesOf } from "./cookie-header.js";
import type { HttpRequest } from "./request.js";

/** How many round trips one browser can have under way: abandoned ones must not fill up its requests' headers. */
const maxFlows = 5;
const flowSeconds = 600;

type FlowCookies = Pick<Carrier, "flowCookie" | "bindFlow" | "endFlow">;

/** The cookies that bind round trips to this browser, one for each. */
export function createFlowCookies(policy: CookiePolicy, request: HttpRequest): FlowCookies {
  const header = request.header("cookie") ?? "";
  return {
    flowCookie(suffix) {
      const [token, another] = valuesOf(header, policy.flow(suffix, false).name);
      return token === undefined || token === "" || another !== undefined ? null : token;
    },
    bindFlow({ suffix, token, isCrossSite }) {
      const prefix = policy.flow("", false).name;
      for (const name of namesOf(header, prefix).slice(maxFlows - 1)) {
        request.addCookie(removedCookieText(policy.flow(name.slice(prefix.length), false)));
      }
      request.addCookie(cookieText(policy.flow(suffix, isCrossSite), token, flowSeconds));
    },
    endFlow({ suffix, isCrossSite }) {
      request.addCookie(removedCookieText(policy.flow(suffix, isCrossSite)));
    },
  };
}
