import {
  createFetchHandler,
  errorFormatter,
  type KeywrightContext,
  mountAuth,
  profileRouters,
  transformer,
} from "@keywright/api";
import { initTRPC } from "@trpc/server";
import { parse, stringify } from "devalue";
import superjson from "superjson";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { cookieOf } from "../support/raw.js";
import { appRouter } from "../support/router.js";

let app: TestApp;
let cookie: string;
beforeAll(async () => {
  app = await createTestApp();
  cookie = await cookieOf(app, await app.addUser());
});
afterAll(() => app.close());

const bytes = 32_000;
const nested = (levels: number, open = "[", close = "]") => open.repeat(levels) + close.repeat(levels);
const objects = (levels: number) => nested(levels, '{"a":', "}").replace('"a":}', '"a":0}');
const path = (steps: number) => Array(steps).fill("0").join(".");
/** As many of `part` as a body has room for. */
const filled = (part: (index: number) => string, size = bytes) => {
  const parts: string[] = [];
  for (let length = 0; length < size; length += (parts.at(-1)?.length ?? 0) + 1) parts.push(part(parts.length));
  return parts.join(",");
};

const plain = `{"json":{"email":"${"x".repeat(bytes)}"}}`;
const deepAnnotations = [0, 1, 2].map((last) => `"${path(3_999)}.${last}":["undefined"]`).join(",");
const hostile: [string, string][] = [
  ["three annotations, 4,000 steps deep", `{"json":${nested(4_000)},"meta":{"values":{${deepAnnotations}}}}`],
  ["one annotation, 15,000 steps deep", `{"json":{},"meta":{"values":{"${path(15_000)}":["Date"]}}}`],
  ["a path of nothing but escapes", `{"json":{},"meta":{"values":{"${"\\\\.".repeat(10_000)}":["Date"]}}}`],
  ["an annotation within annotations", `{"json":{"a":1},"meta":{"values":{"a":${nested(15_000)}}}}`],
  [
    "an annotation on each of many fields",
    `{"json":{${filled((index) => `"k${index}":null`, bytes / 3)}},"meta":{"values":{${filled((index) => `"k${index}":["undefined"]`, bytes / 3)}}}}`,
  ],
  [
    "many annotations ten steps deep",
    `{"json":${`{"a":`.repeat(9)}{${filled((index) => `"${index}":null`, bytes / 5)}}${"}".repeat(9)},` +
      `"meta":{"values":{${filled((index) => `"${"a.".repeat(9)}${index}":["undefined"]`, bytes / 2)}}}}`,
  ],
  [
    "many dates",
    `{"json":{${filled((index) => `"k${index}":"2026-01-01T00:00:00.000Z"`, bytes / 2)}},"meta":{"values":{${filled((index) => `"k${index}":["Date"]`, bytes / 4)}}}}`,
  ],
  ["arrays 16,000 deep", `{"json":${nested(15_900)}}`],
  ["objects 5,000 deep", `{"json":${objects(5_000)}}`],
  ["a field that is 15,000 deep", `{"json":{"email":${nested(15_000)},"password":${nested(900)}}}`],
  ["thousands of unknown fields", `{"json":{${filled((index) => `"f${index}":1`)}}}`],
  ["one field with an endless name", `{"json":{"${"n".repeat(bytes)}":1}}`],
];

const send = (at: string, init: RequestInit = {}, own = app.handle) => {
  const headers = { "content-type": "application/json", origin: publicUrl, cookie };
  return own(new Request(`${publicUrl}/trpc/${at}`, { headers, ...init }), "127.0.0.1");
};
const post = (at: string, body: string, own = app.handle) => send(at, { method: "POST", body }, own);

function mutationPaths(): string[] {
  const all: [string, unknown][] = Object.entries(appRouter._def.procedures);
  const kindOf = (procedure: unknown) => Reflect.get(Object(Reflect.get(Object(procedure), "_def")), "type");
  return all.filter(([, procedure]) => kindOf(procedure) === "mutation").map(([at]) => at);
}

/** Microseconds of this process, at the best of some tries: others use the machine as well. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const tries: number[] = [];
  for (let attempt = 0; attempt < 4; attempt++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    tries.push(user + system);
  }
  return Math.min(...tries);
}

/** Linear work stays well below it, also on a busy machine; work that grows with the square is hundreds of times above. */
const maxTimes = 25;

/** How many times what `base` costs `work` costs. A round that something else disturbed is measured again. */
async function timesOf(base: () => Promise<unknown>, work: () => Promise<unknown>): Promise<number> {
  await base();
  let times = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4 && times >= maxTimes; round++) {
    times = Math.min(times, (await cpuOf(work)) / (await cpuOf(base)));
  }
  return times;
}

describe("a hostile body costs about what a plain one of its length does", () => {
  test.each(hostile)("A1: a caller who sends %s", async (_name, body) => {
    expect(body.length).toBeLessThanOrEqual(32_768);
    const answer = await post("auth.login", body);
    expect([answer.status, (await answer.text()).length < 4_000]).toEqual([400, true]);
    const times = await timesOf(
      () => post("auth.login", plain),
      () => post("auth.login", body),
    );
    expect(times).toBeLessThan(maxTimes);
  });

  test("A1: a caller of any mutation", async () => {
    for (const at of mutationPaths()) {
      const times = await timesOf(
        () => post(at, plain),
        () => post(at, hostile[0]?.[1] ?? ""),
      );
      expect(times, at).toBeLessThan(maxTimes);
    }
  });

  test("A1: a caller with a batch of ten", async () => {
    const at = `${Array(10).fill("user.update").join(",")}?batch=1`;
    const ten = (part: string) => `{${Array.from({ length: 10 }, (_, index) => `"${index}":${part}`).join(",")}}`;
    const times = await timesOf(
      () => post(at, ten(`{"json":{"x":"${"x".repeat(2_500)}"}}`)),
      () => post(at, ten(`{"json":${nested(400)},"meta":{"values":{"${path(1_000)}":["undefined"]}}}`)),
    );
    expect(times).toBeLessThan(maxTimes);
  });

  test("A1: a caller with the input in the address, alone and in a batch", async () => {
    const inputs = [hostile[0]?.[1] ?? "", hostile[4]?.[1] ?? ""];
    const address = (body: string) => `user.events?input=${encodeURIComponent(body)}`;
    for (const body of inputs) {
      const times = await timesOf(
        () => send(address(plain)),
        () => send(address(body)),
      );
      expect(times).toBeLessThan(maxTimes);
      const answer = await send(`user.events,user.me?batch=1&input=${encodeURIComponent(`{"0":${body}}`)}`);
      expect(await answer.text()).toContain("VALIDATION");
    }
  });

  test("A1: a caller with ten thousand paths in the address, or ten thousand parameters", async () => {
    const base = () => send(`user.me?${"x".repeat(14_000)}=1`);
    for (const address of [
      `${"user.me,".repeat(1_700)}?batch=1`,
      `user.me${"%2C".repeat(4_600)}?batch=1`,
      `user.me${"/.".repeat(7_000)}`,
      `user.me?${"a&".repeat(7_000)}`,
      `user.events?input=${encodeURIComponent(JSON.stringify({ json: { after: "1.".repeat(6_000) } }))}`,
    ]) {
      const answer = await send(address);
      expect([answer.status < 500, (await answer.text()).length < 4_000]).toEqual([true, true]);
      expect(await timesOf(base, () => send(address)), address.slice(0, 30)).toBeLessThan(maxTimes);
    }
  });

  test("A1: a caller who fills the fields of an app's own", async () => {
    const profile = profileRouters(z.strictObject({ any: z.json(), list: z.array(z.string()) }));
    const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
    const router = t.router({ ...mountAuth(t), ...profile });
    const own = createFetchHandler({ router, endpoint: "/trpc", createContext: app.keywright.createContext });
    const wrapped = (any: string) => `{"json":{"profile":${any}}}`;
    const base = () => post("user.update", wrapped(`{"list":["${"x".repeat(bytes)}"],"any":5}`), own);
    for (const any of [nested(40), nested(400), nested(1_000), nested(15_000), objects(400), objects(5_000)]) {
      const body = `{"any":${any}}`;
      expect((await post("user.update", wrapped(body), own)).status).toBe(400);
      expect(await timesOf(base, () => post("user.update", wrapped(body), own))).toBeLessThan(maxTimes);
    }
  });
});

describe("a hostile text costs about what a plain one of its length does", () => {
  const full = (part: string) => part.repeat(Math.floor(30_000 / Buffer.byteLength(part)));

  test.each([
    ["dots before the @", `${full("a.")}@example.org`],
    ["labels", `a@${full("a.")}org`],
    ["hyphens", `a@${full("-")}.org`],
    ["@", full("@")],
    ["letters outside ASCII", `a@${full("ü")}.org`],
    ["A-labels", `a@${full("xn--mnchen-3ya.")}org`],
    ["blanks before it", `${full(" ")}a`],
    ["blanks inside", `a${full(" ")}a`],
    ["joiners", full("ක්\u200D")],
    ["joiners without letters", full("\u200D")],
    ["families", full("👩\u200D")],
    ["flags that do not end", full("🏴\u{E0067}\u{E0062}")],
    ["selectors", full("\uFE0F")],
  ])("A1, A26, A27: a caller who sends %s", async (_what, text) => {
    const hostile = (typed: string) =>
      [
        ["registration.register", { email: typed }],
        ["registration.register", { email: "a@example.org", firstName: typed }],
        ["auth.login", { login: typed, password: "" }],
      ] as const;
    const plain = hostile("x".repeat(30_000));
    for (const [index, [at, json]] of hostile(text).entries()) {
      const body = JSON.stringify({ json });
      expect((await post(at, body)).status).toBe(400);
      const base = JSON.stringify({ json: plain[index]?.[1] });
      expect(
        await timesOf(
          () => post(at, base),
          () => post(at, body),
        ),
      ).toBeLessThan(maxTimes);
    }
  });
});

describe("T9: on a root with another transformer", () => {
  const context = initTRPC.context<KeywrightContext>();
  const plainRoot = context.create({ errorFormatter, isDev: false });
  const devalueRoot = context.create({
    errorFormatter,
    isDev: false,
    transformer: { serialize: stringify, deserialize: parse },
  });
  const fields = z.strictObject({ any: z.json() });
  const routers = {
    plain: plainRoot.router({ ...mountAuth(plainRoot), ...profileRouters(fields) }),
    devalue: devalueRoot.router({ ...mountAuth(devalueRoot), ...profileRouters(fields) }),
  };
  /** Each value is the one after it, twice: two to the power of their number, as a tree. */
  const doubled = Array.from({ length: 26 }, (_, index) => `[${index + 4},${index + 4}]`).join(",");
  const tower = (head: string) => JSON.stringify(`[${head},${doubled},"x"]`);

  test.each<[string, keyof typeof routers, string, string]>([
    [
      "annotations of gigabytes",
      "plain",
      "auth.login",
      '{"json":4e9,"meta":{"values":[["typed-array","Uint8Array"]]}}',
    ],
    ["arrays 16,000 deep", "plain", "auth.login", nested(15_900)],
    ["unknown fields", "plain", "user.update", `{${filled((index) => `"f${index}":1`)}}`],
    ["arrays of an endless length", "devalue", "auth.login", JSON.stringify("[[-7,4294967295,0,1],1]")],
    ["a value that is shared again and again", "devalue", "auth.login", tower('{"email":3,"password":3},0,0')],
    ["fields that are shared again and again", "devalue", "user.update", tower('{"profile":1},{"any":3},0')],
    ["a field that holds itself", "devalue", "user.update", JSON.stringify('[{"profile":1},{"any":0}]')],
  ])("a caller who sends %s to %s is refused at once", async (_name, root, at, body) => {
    const { createContext } = app.keywright;
    const own = createFetchHandler({ router: routers[root], endpoint: "/trpc", createContext });
    const before = process.memoryUsage().rss;
    const answer = await post(at, body, own);
    expect([answer.status, (await answer.text()).length < 4_000]).toEqual([400, true]);
    expect(process.memoryUsage().rss - before).toBeLessThan(500_000_000);
    const base = () =>
      post(at, JSON.stringify(body.startsWith('"') ? `["${"x".repeat(bytes)}"]` : "x".repeat(bytes)), own);
    expect(await timesOf(base, () => post(at, body, own))).toBeLessThan(maxTimes);
  });
});

describe("annotations", () => {
  const { deserialize } = transformer.input;
  const at = new Date("2026-01-01T00:00:00.000Z");

  test("A1: a date ten steps down is read, one eleven steps down is refused", async () => {
    const nest = (levels: number): unknown => (levels === 0 ? at : { a: nest(levels - 1) });
    expect(deserialize(superjson.serialize(nest(10)))).toEqual(nest(10));
    expect(() => deserialize(superjson.serialize(nest(11)))).toThrow();
    expect((await post("auth.login", JSON.stringify(superjson.serialize(nest(11))))).status).toBe(400);
  });

  test("T11: names with dots and backslashes in them arrive as they were sent", () => {
    const input = { "a.b": at, "c\\d": { "\\.": at, "": at }, list: [{ "e..f": at }], plain: { "x.y": undefined } };
    expect(deserialize(superjson.serialize(input))).toEqual({ ...input, plain: {} });
    expect(() => deserialize({ json: { a: 1 }, meta: { values: { "\\a": ["Date"] } } })).toThrow();
  });
});
