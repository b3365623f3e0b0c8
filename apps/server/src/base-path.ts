/** The path of the public address, without a slash at its end: empty for a whole host. */
export function basePath(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/$/, "");
}

/** A request's path as our routes know it. Proxies either pass the base path on or remove it, so both are served. */
export function withoutBase(path: string, base: string): string {
  const rest = base !== "" && path.startsWith(base) ? path.slice(base.length) : null;
  if (rest === null || !/^(?:[/?]|$)/.test(rest)) return path;
  return rest.startsWith("/") ? rest : `/${rest}`;
}
