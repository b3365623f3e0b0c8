const malformed = "DATABASE_URL is not a valid postgres:// URL";
const advice = "write / as %2F, ? as %3F, # as %23, @ as %40 and % as %25";

/**
 * The parts of a `postgres://` URL by libpq's names: `host` and `port` (lists), `user`, `password`, `dbname`, and its
 * parameters, which win over the rest. Not by `URL`, which knows neither several hosts nor a socket as the host.
 */
export function takeApart(url: string): Map<string, string> {
  const [, authority = "", path = "", query = ""] =
    /^\w+:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(url.trim()) ?? [];
  // Before anything is named: what stands there may be the rest of a password.
  if (/[/@]/.test(path) || query.includes("@"))
    throw new Error(
      `${malformed}: special characters in its user, password or database must be percent-encoded (${advice}).`,
    );
  const at = authority.lastIndexOf("@");
  const parts = new Map<string, string>();
  const { user, password } = takeUserApart(authority.slice(0, Math.max(at, 0)));
  const hosts = takeHostsApart(authority.slice(at + 1));
  parts.set("host", hosts.map(({ name }) => decoded(name, "its host")).join(","));
  parts.set("port", hosts.map(({ port }) => port).join(","));
  parts.set("user", decoded(user, "its user"));
  parts.set("password", decoded(password, "its password"));
  parts.set("dbname", decoded(path, "the name of its database"));
  for (const [name, value] of takeQueryApart(query)) parts.set(name, value);
  // One port for all hosts is written once.
  if (/^,*$/.test(parts.get("port") ?? "")) parts.set("port", "");
  return parts;
}

function takeUserApart(text: string): { user: string; password: string } {
  const colon = text.indexOf(":");
  return colon === -1 ? { user: text, password: "" } : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function takeHostsApart(text: string): { name: string; port: string }[] {
  return text.split(",").map((host) => {
    if (/^[^[]*:.*:/.test(host)) throw new Error(`${malformed}: write an IPv6 address in brackets, as in [::1]:5432.`);
    const [, bracketed, plain = "", port = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(host) ?? [];
    return { name: bracketed ?? plain, port };
  });
}

function takeQueryApart(query: string): [name: string, value: string][] {
  const pairs = query.split("&").filter((pair) => pair !== "");
  return pairs.map((pair) => {
    const equals = pair.indexOf("=");
    const name = equals === -1 ? pair : pair.slice(0, equals);
    if (!/^\w{1,40}$/.test(name)) throw new Error(`${malformed}: it has a parameter without a name.`);
    if (equals === -1) throw new Error(`The parameter ${name} of DATABASE_URL has no value: write ${name}=VALUE.`);
    return [name, decoded(pair.slice(equals + 1), `its parameter ${name}`)];
  });
}

function decoded(text: string, part: string): string {
  const whole = decodedOrNull(text);
  if (whole !== null && !whole.includes("\0")) return whole;
  throw new Error(
    `${malformed}: a % in ${part} is not followed by the two hexadecimal digits of a character (${advice}).`,
  );
}

function decodedOrNull(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
