/** What a page of these schemes says about its origin is `null`, or they have none. */
const withoutOrigin = /^(?:javascript|vbscript|data|file|blob|about|filesystem|view-source|ws|wss|ftp|intent):/i;

/** Whether a browser or a web view can send this as `Origin`: no path, and no pattern, which would never match. */
export function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (!url || text.includes("*") || withoutOrigin.test(text)) return false;
  const { host, pathname, search, hash, username, password } = url;
  return host !== "" && pathname.length <= 1 && search + hash + username + password === "";
}

/** An origin in the form in which it is sent; for the schemes of web views, `scheme://host`. */
export function toOrigin(text: string): string {
  const { origin, protocol, host } = new URL(text);
  return origin === "null" ? `${protocol}//${host}` : origin;
}

/** `Forwarded` and `X-Forwarded-For` hold more than an address. */
export function isAddressHeader(name: string): boolean {
  return /^[a-z0-9-]{1,60}$/i.test(name) && !/^(?:x-)?forwarded(?:-for)?$/i.test(name);
}
