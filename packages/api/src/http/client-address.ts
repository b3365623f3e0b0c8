import { isIP } from "node:net";
import type { HttpRequest } from "./request.js";

/**
 * The caller's address: the socket's, or what the outermost of our `trustedHops` proxies wrote into `X-Forwarded-For`.
 * Anything to the left of that in the header can be forged.
 */
export function clientAddress(request: HttpRequest, trustedHops: number): string | null {
  const socket = plain(request.remoteAddress ?? "");
  if (trustedHops === 0) return socket;
  const hops = (request.header("x-forwarded-for") ?? "").split(",");
  const forwarded = plain(hops.at(-trustedHops)?.trim() ?? "");
  return forwarded ?? socket;
}

function plain(address: string): string | null {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  return isIP(mapped) === 0 || mapped.includes("%") ? null : mapped;
}
