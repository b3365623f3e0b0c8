import type { Headers } from "./load.js";

/** A request as a stranger sends it, without a session. */
export interface Attack {
  name: string;
  method: "GET" | "POST";
  /** Below `/trpc`. */
  path: string;
  headers: Headers;
  body: string | null;
}

const largestBody = 32_000;
const largestHeader = 12_000;
const json = { "content-type": "application/json" };

/**
 * What costs most to read, check or answer, as far as we know, each as large as the server takes it: nesting,
 * annotations, long texts for every pattern, headers, addresses of queries, batches, and passwords to hash.
 */
export function worstRequests(): Attack[] {
  return [...bodies(), ...headers(), ...queries(), ...batches(), ...hashes()];
}

function bodies(): Attack[] {
  const steps = (count: number, last: number) => `${Array(count).fill("0").join(".")}.${last}`;
  const deep = [0, 1, 2].map((last) => `"${steps(3_999, last)}":["undefined"]`).join(",");
  const fields = filled(largestBody / 3, (index) => `"k${index}":null`);
  const marks = filled(largestBody / 3, (index) => `"k${index}":["undefined"]`);
  return [
    login("annotations that are deep", `{"json":${nested(4_000)},"meta":{"values":{${deep}}}}`),
    login("an annotation for each field", `{"json":{${fields}},"meta":{"values":{${marks}}}}`),
    login("arrays in arrays", `{"json":${nested(15_900)}}`),
    login("a field in arrays", `{"json":{"email":${nested(15_000)},"password":"x"}}`),
    login("thousands of fields", `{"json":{${filled(largestBody, (index) => `"f${index}":1`)}}}`),
    login("a long name", named("a".repeat(largestBody - 100))),
    login("an address of many labels", named(`a@${"a.".repeat(15_000)}aa`)),
    login("an address of many dots", named(`${".".repeat(largestBody - 200)}@example.com`)),
    login("blanks", named(`a${" ".repeat(largestBody - 200)}b`)),
    login("characters that are combined", named(`a${"\u0301".repeat(largestBody / 2 - 100)}`)),
    login("escapes", `{"json":{"email":"${"\\u0061".repeat(5_000)}","password":"x"}}`),
    login("no JSON", `{"json":${"[{".repeat(15_000)}`),
    post("a long refresh token", "auth.refreshToken", { refreshToken: `kwr_${"A".repeat(largestBody - 200)}` }),
    post("a token of many parts", "auth.verifyToken", { token: "a.".repeat(largestBody / 2 - 100) }),
    post("a long token from a mail", "password.reset", { token: "A".repeat(largestBody - 400), newPassword: "x" }),
    post("a long name of a person", "registration.register", { firstName: "\u200d".repeat(10_000) }),
  ];
}

function headers(): Attack[] {
  const many = (text: string) => text.repeat(Math.floor(largestHeader / text.length));
  const sent: [string, Headers][] = [
    ["many cookies", { cookie: many("__Host-keywright-sessio=a; ") }],
    ["one cookie many times", { cookie: many("__Host-keywright-session=a; ") }],
    ["separators of cookies", { cookie: many(";") }],
    ["a long access token", { authorization: `Bearer ${many("a.")}` }],
    ["blanks before an access token", { authorization: `Bearer${many(" \t")}x` }],
    ["forwarded addresses", { "x-forwarded-for": many("1.1.1.1, ") }],
    ["a long user agent", { "user-agent": many("(a;b) ") }],
    ["a long origin", { origin: `https://${many("a.")}example.com` }],
    ["accepted types", { accept: many("text/event-strea, ") }],
  ];
  return sent.map(([name, extra]) => ({
    ...post(name, "auth.logout", {}),
    headers: { ...json, ...extra },
  }));
}

function queries(): Attack[] {
  const get = (name: string, path: string): Attack => ({ name, method: "GET", path, headers: {}, body: null });
  return [
    get("a long address", `user.me?batch=1&input=${"%7B".repeat(3_500)}`),
    get("many parameters", `auth.session?${"a&".repeat(5_000)}`),
    get("a path of many names", `${"auth.session,".repeat(800)}auth.session?batch=1`),
    get("an address of blanks", `auth.session?input=${"+".repeat(11_000)}`),
  ];
}

function batches(): Attack[] {
  const paths = Array(10).fill("auth.session").join();
  const inputs = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [index, { json: null }]));
  const names = Array(10).fill("user.update").join();
  return [
    { ...post("a batch of mutations", `${names}?batch=1`, null), body: filledBatch(3_000) },
    {
      name: "a batch of queries",
      method: "GET",
      path: `${paths}?batch=1&input=${encodeURIComponent(JSON.stringify(inputs))}`,
      headers: {},
      body: null,
    },
  ];
}

/** Each costs a hash, as for everybody: a stranger may wait for no more than anybody else. */
function hashes(): Attack[] {
  const password = "\u{1f511}".repeat(256);
  return [
    post("a long password", "auth.login", { email: "person7@example.com", password }),
    post("a long password of nobody", "auth.login", { email: "nobody@example.com", password }),
    post("a password of a new account", "registration.register", { email: "person8@example.com", password }),
  ];
}

function login(name: string, body: string): Attack {
  return { name, method: "POST", path: "auth.login", headers: json, body };
}

function post(name: string, path: string, input: unknown): Attack {
  return { name, method: "POST", path, headers: json, body: JSON.stringify({ json: input }) };
}

function named(email: string): string {
  return JSON.stringify({ json: { email, password: "x" } });
}

function nested(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

function filledBatch(length: number): string {
  const entry = { json: { firstName: "x".repeat(length) } };
  return JSON.stringify(Object.fromEntries(Array.from({ length: 10 }, (_, index) => [index, entry])));
}

/** As many of `part` as fit, with commas between them. */
function filled(length: number, part: (index: number) => string): string {
  const parts: string[] = [];
  for (let size = 0; size < length; size += (parts.at(-1)?.length ?? 0) + 1) parts.push(part(parts.length));
  return parts.join(",");
}
