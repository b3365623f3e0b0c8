import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { clientAddress } from "../../packages/api/src/http/client-address.js";
import { fetchRequest, readRequest } from "../../packages/api/src/http/request.js";

const proxy = "10.0.0.9";

/** The address of a request that came through our proxy, as the settings say to read it. */
function addressOf(
  headers: Record<string, string>,
  settings: { hops?: number; header?: string; socket?: string | undefined } = {},
): string | null {
  const { hops = 0, header = null, socket = proxy } = settings;
  const req = new Request("https://api.example.com", { headers });
  const request = fetchRequest({ req, resHeaders: new Headers(), remoteAddress: socket || undefined });
  return clientAddress(request, { trustedProxyHops: hops, clientAddressHeader: header });
}

describe("H9: the caller's address", () => {
  test("is in the header of the configured name, however that is written, also where Node has read it", () => {
    const settings = { trustedProxyHops: 0, clientAddressHeader: "CF-Connecting-IP" };
    const req = Object.assign(new IncomingMessage(new Socket()), { headers: { "cf-connecting-ip": "203.0.113.7" } });
    const res = new ServerResponse(req);
    const info = { calls: [], accept: null };
    const onFastify = { req: { raw: req }, res: { raw: res, header: () => {} }, info };
    expect(clientAddress(readRequest({ req, res, info }), settings)).toBe("203.0.113.7");
    expect(clientAddress(readRequest(onFastify), settings)).toBe("203.0.113.7");
  });

  test.each([
    ["203.0.113.7", "203.0.113.7"],
    ["203.0.113.7:51234", "203.0.113.7"],
    ["  203.0.113.7\t", "203.0.113.7"],
    ["[2001:db8::17]:443", "2001:db8::17"],
    ["[2001:db8::17]", "2001:db8::17"],
    ["2001:DB8:0:0::17", "2001:db8::17"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7"],
    ["::FFFF:CB00:7107", "203.0.113.7"],
    ["0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"],
    ["0000:0000:0000:0000:0000:ffff:cb00:7107", "203.0.113.7"],
    ["[::ffff:203.0.113.7]:51234", "203.0.113.7"],
    ["::ffff:0:1", "0.0.0.1"],
    ["fe80::1%eth0", "fe80::1"],
  ])("%j is %s, in a header and at the socket", (written, expected) => {
    expect(addressOf({ "x-forwarded-for": `6.6.6.6, ${written}` }, { hops: 1 })).toBe(expected);
    expect(addressOf({ "cf-connecting-ip": written }, { header: "CF-Connecting-IP" })).toBe(expected);
    expect(addressOf({}, { socket: written })).toBe(expected);
  });

  test.each([
    "",
    "unknown",
    "_hidden",
    "203.0.113.7:",
    "203.0.113.7:123456",
    "[203.0.113.7",
    "1.2.3.4.5",
    "a".repeat(9),
  ])("%j is none, so the socket's counts", (written) => {
    expect(addressOf({ "x-forwarded-for": written }, { hops: 1 })).toBe(proxy);
  });

  test("is what the outermost of our proxies wrote, however much was there before", () => {
    const headers = { "x-forwarded-for": `${"6.6.6.6,".repeat(1000)} 203.0.113.7, 10.0.0.1` };
    expect(addressOf(headers, { hops: 2 })).toBe("203.0.113.7");
    expect(addressOf(headers, { hops: 1 })).toBe("10.0.0.1");
    expect(addressOf(headers)).toBe(proxy);
    expect(addressOf({ "x-forwarded-for": "203.0.113.7" }, { hops: 2 })).toBe(proxy);
  });

  test("is read from one header, and never from another", () => {
    const headers = { "x-forwarded-for": "6.6.6.6", "x-real-ip": "7.7.7.7", forwarded: "for=8.8.8.8" };
    expect(addressOf(headers, { header: "Fly-Client-IP" })).toBe(proxy);
    expect(addressOf(headers, { header: "X-Real-IP" })).toBe("7.7.7.7");
    expect(addressOf(headers)).toBe(proxy);
    expect(addressOf({ "x-real-ip": "7.7.7.7, 6.6.6.6" }, { header: "X-Real-IP" })).toBe(proxy);
  });

  test("is unknown if neither the host nor a header says it", () => {
    expect(addressOf({ "x-forwarded-for": "6.6.6.6" }, { socket: "" })).toBeNull();
  });

  test("takes no time, however long the header is", () => {
    const startedAt = performance.now();
    for (const piece of ["[", ":", "1.", "::ffff:", ",", " "]) {
      addressOf({ "x-forwarded-for": `6.6.6.6${piece.repeat(100_000)}` }, { hops: 10 });
    }
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
