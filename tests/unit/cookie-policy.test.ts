import { describe, expect, test } from "vitest";
import { type CookieSettings, cookiePolicy, cookieText } from "../../packages/api/src/sessions/cookie-policy.js";
import { cookieFaults } from "../../packages/api/src/settings/cookie-faults.js";

const usual: CookieSettings = { cookieDomain: null, sameSite: "lax" };

function cookiesFor(publicUrl: string, settings: Partial<CookieSettings> = {}): string[] {
  const { session, device, flow } = cookiePolicy(new URL(publicUrl), { ...usual, ...settings });
  return [session, device, flow("s", false), flow("s", true)].map((rules) => cookieText(rules, "v", null));
}

describe("the cookies", () => {
  test("are bound to their host over https, below a path too", () => {
    const expected = [
      "__Host-keywright-session=v; HttpOnly; Path=/; SameSite=Lax; Secure",
      "__Host-keywright-device=v; HttpOnly; Path=/; SameSite=Lax; Secure",
      "__Host-keywright-flow-s=v; HttpOnly; Path=/; SameSite=Lax; Secure",
      "__Host-keywright-flow-s=v; HttpOnly; Path=/; SameSite=None; Secure",
    ];
    expect(cookiesFor("https://api.example.com")).toEqual(expected);
    expect(cookiesFor("https://example.com/accounts")).toEqual(expected);
  });

  test.each(["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"])(
    "H15: have neither prefix nor Secure at %s, where WebKit keeps no such cookie",
    (publicUrl) => {
      expect(cookiesFor(publicUrl)).toEqual([
        "keywright-session=v; HttpOnly; Path=/; SameSite=Lax",
        "keywright-device=v; HttpOnly; Path=/; SameSite=Lax",
        "keywright-flow-s=v; HttpOnly; Path=/; SameSite=Lax",
        // A form from a provider brings no other cookie along.
        "keywright-flow-s=v; HttpOnly; Path=/; SameSite=None; Secure",
      ]);
    },
  );

  test("H17: the session alone is shared with sister hosts", () => {
    expect(cookiesFor("https://api.example.com", { cookieDomain: "example.com" })).toEqual([
      "__Secure-keywright-session=v; Domain=example.com; HttpOnly; Path=/; SameSite=Lax; Secure",
      "__Host-keywright-device=v; HttpOnly; Path=/; SameSite=Lax; Secure",
      "__Host-keywright-flow-s=v; HttpOnly; Path=/; SameSite=Lax; Secure",
      "__Host-keywright-flow-s=v; HttpOnly; Path=/; SameSite=None; Secure",
    ]);
    expect(cookiesFor("http://api.lvh.me", { cookieDomain: "lvh.me" })[0]).toBe(
      "keywright-session=v; Domain=lvh.me; HttpOnly; Path=/; SameSite=Lax",
    );
  });

  test.each([
    ["strict", ["Strict", "Strict", "Lax", "None"]],
    ["none", ["None", "None", "None", "None"]],
  ] as const)("with sameSite %s, round trips to providers still come back", (sameSite, expected) => {
    const cookies = cookiesFor("https://api.example.com", { sameSite });
    expect(cookies.map((text) => /SameSite=(\w+)/.exec(text)?.[1])).toEqual(expected);
  });
});

test.each<[publicUrl: string, settings: Partial<CookieSettings>, named: string]>([
  ["https://api.example.com", { cookieDomain: "example.org" }, "session.cookieDomain"],
  ["https://api.example.com", { cookieDomain: "xample.com" }, "session.cookieDomain"],
  ["https://example.com", { cookieDomain: "api.example.com" }, "session.cookieDomain"],
  ["https://shop.co.uk", { cookieDomain: "co.uk" }, "session.cookieDomain"],
  ["https://shop.com.au", { cookieDomain: "com.au" }, "session.cookieDomain"],
  ["https://shop.vercel.app", { cookieDomain: "vercel.app" }, "session.cookieDomain"],
  ["https://203.0.113.7", { cookieDomain: "203.0.113.7" }, "session.cookieDomain"],
  ["http://localhost:3000", { sameSite: "none" }, "session.sameSite"],
])("H17: at %s, %j is refused in one sentence", (publicUrl, settings, named) => {
  const faults = cookieFaults({ ...usual, ...settings }, new URL(publicUrl));
  expect(faults).toEqual([expect.stringMatching(`^Setting \`${named}`)]);
});

test.each(["https://api.example.com", "https://example.com", "https://a.b.example.com/accounts"])(
  "H17: %s can share its session with the hosts of example.com",
  (publicUrl) => {
    expect(cookieFaults({ cookieDomain: "example.com", sameSite: "none" }, new URL(publicUrl))).toEqual([]);
  },
);
