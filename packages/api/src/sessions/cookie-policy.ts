import { Cookie } from "lucia";

/** The cookies that Keywright sets; everything about them is defined in this file. */
export interface CookiePolicy {
  /** The session. Lasts as long as the session can, or, if it is not remembered, until the browser closes. */
  session: CookieRules;
  /**
   * Binds a round trip to a provider to this browser, for ten minutes. `isCrossSite`: the response is another site's POST,
   * which `SameSite=Lax` cookies do not accompany.
   */
  flow(suffix: string, isCrossSite: boolean): CookieRules;
  /** The mark of a browser that has signed in before. Lasts for `deviceDays`. */
  device: CookieRules;
}

export interface CookieRules {
  name: string;
  attributes: {
    path: "/";
    sameSite: "lax" | "none";
    /** False only if the server is reached over plain http at an address that browsers do not trust. */
    secure: boolean;
    httpOnly: true;
  };
}

/** How long a browser stays known without signing in again. Browsers keep no cookie for more than 400 days. */
export const deviceDays = 180;

/**
 * The name and all attributes of both cookies. `__Host-` prevents other hosts of the site from setting them: it
 * requires `Path=/`, no `Domain`, and `Secure`, hence https, or an address of this machine, which browsers trust like
 * https. `Lax` rather than `Strict`: someone who follows a link to the app is signed in there; calls from other sites
 * are refused by origin.
 */
export function cookiePolicy({ protocol, hostname }: URL): CookiePolicy {
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  const secure = protocol === "https:" || isLocal;
  const prefix = secure ? "__Host-" : "";
  const attributes = { path: "/", sameSite: "lax", secure, httpOnly: true } as const;
  return {
    session: { name: `${prefix}keywright-session`, attributes },
    flow(suffix, isCrossSite) {
      const sameSite = isCrossSite ? "none" : "lax";
      return { name: `${prefix}keywright-flow-${suffix}`, attributes: { ...attributes, sameSite } };
    },
    device: { name: `${prefix}keywright-device`, attributes },
  };
}

/**
 * A `Set-Cookie` value; with a null `maxAgeSeconds` it lasts until the browser closes. A session's is its own absolute
 * lifetime (`services/start-session.ts`), a device's `deviceDays`.
 */
export function cookieText({ name, attributes }: CookieRules, value: string, maxAgeSeconds: number | null): string {
  const lifetime = maxAgeSeconds === null ? {} : { maxAge: maxAgeSeconds };
  return new Cookie(name, value, { ...attributes, ...lifetime }).serialize();
}

/** A `Set-Cookie` value that removes the cookie: browsers match it by name and path. */
export function removedCookieText(rules: CookieRules): string {
  return cookieText(rules, "", 0);
}
