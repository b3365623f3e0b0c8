/** An address below another one, which may have a path itself; `path` begins with a slash. */
export function addressBelow(base: URL, path: string): URL {
  return new URL(pathOf(base) + path, base);
}

/** The path of an address that others are below, without a slash at its end: empty for a whole host. */
export function pathOf({ pathname }: URL): string {
  return pathname.endsWith("/") ? pathname.slice(0, -1) : pathname;
}
