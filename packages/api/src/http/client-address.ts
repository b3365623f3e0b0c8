import { isIP } from "node:net";
import type { HttpRequest } from "./request.js";

export interface AddressSettings {
  /** How many of our own proxies add to `X-Forwarded-For`. */
  trustedProxyHops: number;
  /** Another header, with the address alone; null if there is none. */
  clientAddressHeader: string | null;
}

type Addressed = Pick<HttpRequest, "header" | "remoteAddress">;

/**
 * The caller's address: the socket's, or what our own proxies wrote into the one header that is configured. No other
 * header is read: anybody can send it. Null if the host does not know it.
 */
export function clientAddress(request: Addressed, settings: AddressSettings): string | null {
  return plain(forwarded(request, settings)) ?? plain(request.remoteAddress ?? "");
}

/** In `X-Forwarded-For`, anything to the left of what the outermost of our proxies wrote can be forged. */
function forwarded(request: Addressed, { trustedProxyHops, clientAddressHeader }: AddressSettings): string {
  if (clientAddressHeader !== null) return request.header(clientAddressHeader) ?? "";
  if (trustedProxyHops === 0) return "";
  return (request.header("x-forwarded-for") ?? "").split(",").at(-trustedProxyHops) ?? "";
}

/** More than an address with brackets, zone and port has. */
const longest = 100;

/** An address as proxies and sockets write it, without port and zone, and in its shortest form; null for anything else. */
function plain(text: string): string | null {
  if (isIP(text) === 4) return text;
  const trimmed = text.length > longest ? "" : text.trim();
  const bare = trimmed.replace(/^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/, "$1").replace(/^\[([^\]]*)\](?::\d{1,5})?$/, "$1");
  const [address = ""] = bare.split("%", 1);
  const version = isIP(address);
  if (version === 4) return address;
  return version === 6 ? unmapped(new URL(`http://[${address}]`).hostname.slice(1, -1)) : null;
}

/** IPv4 within IPv6 (RFC 4291, 2.5.5.2) is the same caller. */
function unmapped(address: string): string {
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const bytes = [high, low].map((group) => Number.parseInt(group, 16)).flatMap((group) => [group >> 8, group & 255]);
  return bytes.join(".");
}
