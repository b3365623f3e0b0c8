import { Cookie } from "lucia";

/** The cookies that Keywright sets: all that is said about them is said in this file. */
export interface CookiePolicy {
  /** The session. Lasts as long as the session can, or until the browser closes where it is not to be remembered. */
  session: CookieRules;
  /** The mark of a browser that has signed in before. Lasts for `deviceDays`. */
  device: CookieRules;
}

interface CookieRules {
  name: string;
  attributes: {
    path: "/";
    sameSite: "lax";
    /** False only where the server is reached over plain http on an address that browsers do not trust. */
    secure: boolean;
    httpOnly: true;
  };
}

/** How long a browser is known that does not sign in again. Browsers keep no cookie for more than 400 days. */
export const deviceDays = 180;

/**
 * The name and every attribute of both cookies. `__Host-` keeps other hosts of the site from setting them: it needs
 * `Path=/`, no `Domain`, and `Secure`, so https, or an address of this machine, which browsers trust as they do https.
 * `Lax` rather than `Strict`: who follows a link to the app is signed in there; other sites' calls are refused by origin.
 */
export function cookiePolicy({ protocol, hostname }: URL): CookiePolicy {
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  const secure = protocol === "https:" || isLocal;
  const prefix = secure ? "__Host-" : "";
  const attributes = { path: "/", sameSite: "lax", secure, httpOnly: true } as const;
  return {
    session: { name: `${prefix}keywright-session`, attributes },
    device: { name: `${prefix}keywright-device`, attributes },
  };
}

/** `Set-Cookie`; `maxAgeSeconds` null makes it last until the browser closes. */
export function cookieText({ name, attributes }: CookieRules, value: string, maxAgeSeconds: number | null): string {
  const lifetime = maxAgeSeconds === null ? {} : { maxAge: maxAgeSeconds };
  return new Cookie(name, value, { ...attributes, ...lifetime }).serialize();
}

/** `Set-Cookie` that removes the cookie: browsers match it by name and path. */
export function removedCookieText(rules: CookieRules): string {
  return cookieText(rules, "", 0);
}
