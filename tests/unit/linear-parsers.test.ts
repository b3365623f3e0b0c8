import { describe, expect, test } from "vitest";
import { z } from "zod";
import { clientAddress } from "../../packages/api/src/http/client-address.js";
import { namesOf, valuesOf } from "../../packages/api/src/http/cookie-header.js";
import { assertPlainCall, isStreamed } from "../../packages/api/src/http/guard.js";
import { createOrigins } from "../../packages/api/src/http/origins.js";
import { readCalls } from "../../packages/api/src/http/read-calls.js";
import type { HttpRequest } from "../../packages/api/src/http/request.js";
import { toEmailAddress } from "../../packages/api/src/inputs/email-address.js";
import { emailField, foldName, loginField, nameField, usernameField } from "../../packages/api/src/inputs/fields.js";
import { deriveKeys } from "../../packages/api/src/keys.js";
import { ipKey } from "../../packages/api/src/limits/limits.js";
import { describeDevice } from "../../packages/api/src/mail/device.js";
import { findPasswordErrors } from "../../packages/api/src/passwords/policy.js";
import { idTokenIdentity } from "../../packages/api/src/providers/id-token.js";
import { identityOf, parseClaims } from "../../packages/api/src/providers/oidc-claims.js";
import { allowedAddress } from "../../packages/api/src/services/social/return-to.js";
import { readBearerToken } from "../../packages/api/src/sessions/bearer-header.js";
import { cookiePolicy } from "../../packages/api/src/sessions/cookie-policy.js";
import { readDeviceMarks } from "../../packages/api/src/sessions/device-mark.js";
import { isReturnAddress } from "../../packages/api/src/settings/return-address.js";
import { readRefreshToken } from "../../packages/api/src/tokens/refresh-token.js";
import { fieldsOf } from "../../packages/api/src/trpc/field-errors.js";
import { transformer } from "../../packages/api/src/trpc/transformer.js";
import { growthOf } from "../support/growth.js";
import { appRouter } from "../support/router.js";

/** A quarter of what a request's headers or its body have room for. */
const headerSize = 4_000;
const bodySize = 8_000;

/** Halfway, on the scale of factors, between linear (4) and square (16). */
const maxGrowth = 8;

/** Measured again where something disturbed it: what is really square never passes. */
function expectLinear<T>(made: (size: number) => T, parse: (input: T) => unknown, size: number): void {
  let growth = growthOf(made, parse, size);
  for (let round = 0; round < 4 && growth.fourTimes >= maxGrowth; round++) growth = growthOf(made, parse, size);
  expect(growth.fourTimes).toBeLessThan(maxGrowth);
}

const filled = (part: string) => (size: number) => part.repeat(Math.ceil(size / part.length)).slice(0, size);
const between = (head: string, part: string, tail: string) => (size: number) => head + filled(part)(size) + tail;

const publicUrl = new URL("https://app.example.com");
const policy = cookiePolicy(publicUrl, { cookieDomain: null, sameSite: "lax" });
const keys = await deriveKeys("a secret for tests, long enough to be one");
const now = new Date();
const requestWith = (name: string, value: string): HttpRequest => ({
  method: "POST",
  header: (asked) => (asked === name ? value : null),
  remoteAddress: "127.0.0.1",
  setHeader: () => {},
  vary: () => {},
  addCookie: () => {},
});
const origins = createOrigins(new Set([publicUrl.origin]), { publicUrl, log: () => {} });
const forwarded = { trustedProxyHops: 2, clientAddressHeader: null };
const returnDeps = { appUrl: publicUrl, settings: { social: { returnTo: ["https://other.example.com"] } } };

type Parser = [name: string, size: number, made: ((size: number) => string)[], parse: (text: string) => unknown];

const parsers: Parser[] = [
  [
    "cookies",
    headerSize,
    [
      filled("a=1; "),
      filled(" \t"),
      between("a=", " ", "x"),
      filled(";"),
      filled("__Host-keywright-session=x;"),
      filled("="),
    ],
    (text) => [valuesOf(text, policy.session.name), namesOf(text, policy.flow("", false).name)],
  ],
  [
    "device marks",
    headerSize,
    [filled("A"), filled("."), filled("AAAA."), filled("-_")],
    (text) => readDeviceMarks(text, keys, now),
  ],
  [
    "forwarded addresses",
    headerSize,
    [
      filled("1.2.3.4,"),
      filled(","),
      filled(" "),
      filled("::"),
      filled("1."),
      between("[", ":", "]:1"),
      filled("::ffff:1,"),
    ],
    (text) => clientAddress(requestWith("x-forwarded-for", text), forwarded),
  ],
  ["addresses that are counted", headerSize, [filled(":"), filled("1:"), filled("::ffff:")], ipKey],
  [
    "an Origin",
    headerSize,
    [between("https://", "a", ""), between("https://", "a.", ":1"), filled("a:"), filled("[")],
    (text) => origins.allows(text),
  ],
  [
    "a content type",
    headerSize,
    [between("application/json", " ", "x"), between("application/json;", " ", "charset"), filled("application/json;")],
    (text) => assertPlainCall(requestWith("content-type", text)),
  ],
  [
    "an Accept header",
    headerSize,
    [filled("application/json,"), filled("text/event-"), filled(",")],
    (text) => isStreamed(requestWith("accept", text), { accept: null, type: "query", calls: [] }),
  ],
  [
    "an Authorization header",
    headerSize,
    [between("Bearer ", "A", ""), between("", " ", "bearer x"), filled("Bearer "), between("Bearer", " ", "x")],
    (text) => readBearerToken(text),
  ],
  [
    "refresh tokens",
    bodySize,
    [between("kwr_", "A", ""), between("kwr_", "-", "="), filled("kwr_")],
    (text) => readRefreshToken(text, keys),
  ],
  ["ID tokens", bodySize, [filled("a."), filled("."), between("e30.", "A", ".x")], idTokenIdentity],
  [
    "e-mail addresses",
    bodySize,
    [
      filled("a"),
      filled("@"),
      filled(" "),
      between("", "a.", "@x.org"),
      between("a@", "a.", "org"),
      between("a@", "a-", ""),
      between("a@", "xn--", ".org"),
      between("a@", "ü.", "org"),
      between("a@", "\u0301", ".org"),
    ],
    (text) => [toEmailAddress(text), emailField.safeParse(text), loginField.safeParse(text)],
  ],
  [
    "names",
    bodySize,
    [
      filled("a"),
      filled("\u200D"),
      filled("क्\u200D"),
      filled("👩\u200D"),
      filled("🏴\u{E0067}"),
      between("a", " ", "b"),
      filled("\uFE0F"),
    ],
    (text) => [nameField.safeParse(text), usernameField.safeParse(text), foldName(text)],
  ],
  [
    "passwords, against a name",
    250,
    [filled("a"), filled("ab1-"), filled("1"), filled("e\u0301"), filled("a-")],
    (text) => findPasswordErrors(text, { maxLength: 1024 }, [text, filled("a-")(150), "ada@example.com"]),
  ],
  ["user agents", headerSize, [filled("Mozilla "), filled("Chrome"), filled("Mac OS "), filled("(")], describeDevice],
  [
    "return addresses",
    headerSize,
    [
      between("https://app.example.com/", "../", ""),
      between("/", "a/", ""),
      filled("\\"),
      between("https://", "a.", "com"),
      between("https://", "@", "app.example.com"),
      between("/?", "a=b&", ""),
      between("/", "%2e/", ""),
    ],
    (text) => [isReturnAddress(text, publicUrl), allowedAddress(Object.assign(Object.create(null), returnDeps), text)],
  ],
  [
    "a provider's names",
    bodySize,
    [filled("a "), filled(" "), filled("\u2003a")],
    (text) => {
      const claims = parseClaims({ sub: "1", name: text, email: text, preferred_username: text });
      const identity = identityOf(claims, { issuer: "x", vouches: () => true }, null);
      return [nameField.safeParse(identity.firstName), emailField.safeParse(identity.email)];
    },
  ],
  [
    "the address of a query",
    headerSize,
    [
      between("auth.session", "/", ""),
      filled("auth.session,"),
      filled("%2C"),
      between("auth.session?", "batch=1&", ""),
      between("auth.session?input=", "%7B", ""),
      between("auth.session?", "a&", ""),
    ],
    (text) => readCalls(appRouter, "/trpc/", { method: "GET", header: () => null, target: `/trpc/${text}` }),
  ],
];

describe("a stranger's text costs no more than its length", () => {
  test.each(parsers)("as %s (A1)", (_name, size, made, parse) => {
    for (const make of made) expectLinear(make, parse, size);
  });

  const annotated = (pathOf: (index: number) => string, mark: unknown) => (size: number) => {
    const paths = Array.from({ length: size / 20 }, (_, index) => pathOf(index));
    return { json: {}, meta: { values: Object.fromEntries(paths.map((path) => [path, mark])) } };
  };
  const one = (path: string) => ({ json: {}, meta: { values: { [path]: ["Date"] } } });

  test.each([
    ["many annotations", annotated((index) => `k${index}`, ["undefined"])],
    ["many annotations ten steps deep", annotated((index) => `${"a.".repeat(9)}k${index}`, ["undefined"])],
    ["one annotation of endless depth", (size: number) => one("a.".repeat(size / 2))],
    ["one annotation of escapes", (size: number) => one("\\\\.".repeat(size / 3))],
    ["one annotation with an endless key", (size: number) => one("a".repeat(size))],
  ])("in an input with %s (A1)", (_name, made) => {
    expectLinear(made, (wire) => transformer.input.deserialize(wire), bodySize);
  });

  test("in a refusal of many fields (A1)", () => {
    const schema = z.strictObject({ list: z.array(z.string()) });
    const made = (size: number) => {
      const keys = Object.fromEntries(Array.from({ length: size / 10 }, (_, index) => [`f${index}`, 1]));
      return schema.safeParse({ ...keys, list: Array(size / 10).fill(1) }).error;
    };
    expectLinear(made, fieldsOf, bodySize);
  });

  test("a parser that looks at everything again for each character is found (A1)", () => {
    const trailing = (text: string) => text.replace(/[ \t]+$/, "");
    expect(growthOf(between("a", " ", "x"), trailing, 2_000).fourTimes).toBeGreaterThan(maxGrowth);
  });
});
