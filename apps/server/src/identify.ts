import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/**
 * Gives a request the id under which all lines about it are logged: its proxy's, if that is harmless. And a probe of
 * HTTP/1.0 the `Host` that it may leave out (RFC 1945), such as HAProxy's.
 */
export function identify(request: IncomingMessage): void {
  const { headers, rawHeaders, url = "" } = request;
  if (/^\/(?:healthz|readyz)$/.test(url)) headers.host ??= "localhost";
  const given = headers["x-request-id"];
  if (typeof given === "string" && /^[A-Za-z0-9-]{1,64}$/.test(given)) return;
  const id = randomUUID();
  headers["x-request-id"] = id;
  // In pairs of name and value.
  const isGiven = (index: number) => rawHeaders[index - (index % 2)]?.toLowerCase() === "x-request-id";
  const others = given === undefined ? rawHeaders : rawHeaders.filter((_text, index) => !isGiven(index));
  request.rawHeaders = [...others, "x-request-id", id];
}
