import { createKeywrightClient, type KeywrightClientOptions, memoryTokens } from "@keywright/client";
import { expect, test } from "vitest";

/** Where a call goes, and with which headers; it is answered that nobody is signed in. */
async function requestOf(options: Omit<KeywrightClientOptions, "fetch">) {
  const requests: { url: string; headers: Headers }[] = [];
  const fetch = async (url: string, { headers = {} }: RequestInit = {}) => {
    requests.push({ url, headers: new Headers(headers) });
    return Response.json([{ result: { data: { json: null } } }]);
  };
  await createKeywrightClient({ ...options, fetch }).auth.session.query();
  return requests[0];
}

test.each([
  ["http://localhost:3000", "http://localhost:3000/trpc/auth.session"],
  ["http://localhost:3000/", "http://localhost:3000/trpc/auth.session"],
  ["https://api.example.com", "https://api.example.com/trpc/auth.session"],
  ["http://[::1]:3000", "http://[::1]:3000/trpc/auth.session"],
  ["https://api.example.com/trpc", "https://api.example.com/trpc/auth.session"],
  ["https://example.com/api/trpc/", "https://example.com/api/trpc/auth.session"],
  ["/api", "/api/auth.session"],
  ["/", "/trpc/auth.session"],
  ["", "/trpc/auth.session"],
  [" https://api.example.com\n", "https://api.example.com/trpc/auth.session"],
  [new URL("https://api.example.com"), "https://api.example.com/trpc/auth.session"],
  [new URL("https://example.com/api/trpc"), "https://example.com/api/trpc/auth.session"],
  ["localhost:3000", "http://localhost:3000/trpc/auth.session"],
  ["192.168.1.20:3000/api/trpc", "http://192.168.1.20:3000/api/trpc/auth.session"],
])("the address %j leads to %s (C23)", async (url, expected) => {
  expect((await requestOf({ url }))?.url.split("?")[0]).toBe(expected);
});

test.each(["example.com", "trpc", "?x", undefined])("%j is no address, which a sentence says at once (C23)", (url) => {
  expect(() => Reflect.apply(createKeywrightClient, null, [{ url }])).toThrow(
    `The client's \`url\` is "${url}": write "https://api.example.com", or "/trpc" for this page's own.`,
  );
});

test("headers of one's own are sent, whether they are fixed or made for each request", async () => {
  const url = "http://localhost:3000";
  expect((await requestOf({ url, headers: { cookie: "a=1" } }))?.headers.get("cookie")).toBe("a=1");
  const made = await requestOf({ url, headers: async () => ({ cookie: "a=2" }), tokens: memoryTokens() });
  expect(made?.headers.get("cookie")).toBe("a=2");
  expect(made?.headers.get("keywright-transport")).toBe("bearer");
});
