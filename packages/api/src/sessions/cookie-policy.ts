import { Cookie } from "lucia";
import { isLoopback } from "../settings/loopback.js";

/** The cookies that Keywright sets; everything about them is defined in this file. */
export interface CookiePolicy {
  /** The session. Lasts as long as the session can, or, if it is not remembered, until the browser closes. */
  session: CookieRules;
  /** Where else a browser may have a cookie of the session's name, as after a change of `session.cookieDomain`. */
  strays: CookieRules[];
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
    sameSite: SameSite;
    /** False only if the server is reached over plain http. */
    secure: boolean;
    httpOnly: true;
    /** Only of a session that sister hosts share. */
    domain?: string;
  };
}

export type SameSite = "strict" | "lax" | "none";

/** The part of the settings in `session` that is about cookies. */
export interface CookieSettings {
  /**
   * The domain whose hosts all get the session cookie, such as `example.com` for `app.example.com` and
   * `api.example.com`. Each of them can then also read and replace it, so all must be trusted. Default null: only the
   * host of `publicUrl`.
   */
  cookieDomain: string | null;
  /**
   * When browsers send the cookies along from other sites: `lax` if somebody follows a link, `strict` never, `none`
   * always, for a front end on another site. Default `lax`.
   */
  sameSite: SameSite;
}

/** How long a browser stays known without signing in again. Browsers keep no cookie for more than 400 days. */
export const deviceDays = 180;

/**
 * The names and all attributes of the cookies. `__Host-` prevents other hosts of the site from setting them: it requires
 * `Path=/`, also where the server is below a path, no `Domain`, and `Secure`, hence https. A session for sister hosts has
 * a `Domain`, and therefore only `__Secure-`. `Lax` by default rather than `Strict`: someone who follows a link to the app
 * is signed in there; calls from other sites are refused by origin.
 */
export function cookiePolicy(publicUrl: URL, { cookieDomain, sameSite }: CookieSettings): CookiePolicy {
  // Over plain http, WebKit keeps no `Secure` cookie, not even for this machine.
  const secure = publicUrl.protocol === "https:";
  const prefix = secure ? "__Host-" : "";
  const attributes = { path: "/", sameSite, secure, httpOnly: true } as const;
  const sharedName = `${secure ? "__Secure-" : ""}keywright-session`;
  const shared = (domain: string) => ({ name: sharedName, attributes: { ...attributes, domain } });
  const hostOnly = { name: `${prefix}keywright-session`, attributes };
  const others = cookieDomain === null ? [] : domainsBelow(cookieDomain, publicUrl.hostname).map(shared);
  return {
    session: cookieDomain === null ? hostOnly : shared(cookieDomain),
    strays: cookieDomain === null ? [] : [{ name: sharedName, attributes }, ...others],
    flow(suffix, isCrossSite) {
      const name = `${prefix}keywright-flow-${suffix}`;
      // A provider's redirect is another site's link, which `Strict` cookies do not accompany.
      if (!isCrossSite && sameSite !== "none") return { name, attributes: { ...attributes, sameSite: "lax" } };
      // `None` needs `Secure`, which most browsers keep for this machine.
      return { name, attributes: { ...attributes, sameSite: "none", secure: secure || isLoopback(publicUrl) } };
    },
    device: { name: `${prefix}keywright-device`, attributes },
  };
}

/** The host's own name and each domain above it, up to `domain`, which is left out. */
function domainsBelow(domain: string, host: string): string[] {
  const labels = host.slice(0, -domain.length).split(".").filter(Boolean);
  return labels.map((_label, at) => [...labels.slice(at), domain].join("."));
}

/**
 * A `Set-Cookie` value; with a null `maxAgeSeconds` it lasts until the browser closes. A session's is its own absolute
 * lifetime (`services/start-session.ts`), a device's `deviceDays`.
 */
export function cookieText({ name, attributes }: CookieRules, value: string, maxAgeSeconds: number | null): string {
  const lifetime = maxAgeSeconds === null ? {} : { maxAge: maxAgeSeconds };
  return new Cookie(name, value, { ...attributes, ...lifetime }).serialize();
}

/** A `Set-Cookie` value that removes the cookie: browsers match it by name, path and domain. */
export function removedCookieText(rules: CookieRules): string {
  return cookieText(rules, "", 0);
}
