import { expect, test } from "vitest";
import { dataModules, deepFunctions, longFiles, longFunctions, longSignatures } from "./sizes.js";
import { houseSources, madeUp, type Source, testSources } from "./sources.js";

const own = testSources().filter(({ path }) => path.startsWith("tests/house/"));
const all = [...houseSources(), ...own];
const path = "packages/api/src/services/auth/login.ts";

function written(...lines: string[]): Source[] {
  return madeUp({ [path]: lines.join("\n") });
}

function blank(count: number): string {
  return Array.from({ length: count }, () => "  next();").join("\n");
}

test("the house has no file of more than 200 lines", () => {
  expect(longFiles(all)).toEqual([]);
});

test("the web example is small enough to be read at once", () => {
  const sources = houseSources().filter(({ path }) => path.startsWith("examples/web/"));
  const lines = sources.flatMap(({ text }) => text.trimEnd().split("\n")).length;
  expect(lines).toBeGreaterThan(100);
  expect(lines).toBeLessThanOrEqual(480);
});

test("the data modules that may be long are there", () => {
  expect(all.map((source) => source.path)).toEqual(expect.arrayContaining(Object.keys(dataModules)));
});

test("the house has no function of more than 40 lines", () => {
  expect(longFunctions(all)).toEqual([]);
});

test("the house has no function of more than three parameters", () => {
  expect(longSignatures(all)).toEqual([]);
});

test("the house nests two levels at most", () => {
  expect(deepFunctions(all)).toEqual([]);
});

test("a file of 201 lines is found, and one of 200 is not", () => {
  expect(longFiles(written(`${blank(201)}\n`))).toEqual([expect.stringContaining(`${path}:201 201 lines`)]);
  expect(longFiles(written(`${blank(200)}\n`))).toEqual([]);
});

test.for([
  ["function login() {", "}"],
  ["const login = async () => {", "};"],
  ["const login = function () {", "};"],
  ["const login = { login() {", "} };"],
  ["const login = { login: () => {", "} };"],
  ["const service = { get login() {", "} };"],
  ["class KeywrightError { login() {", "} }"],
])("%s … is found with 41 lines, and not with 40", ([open = "", close = ""]) => {
  expect(longFunctions(written(open, blank(39), close))).toEqual([expect.stringContaining("login has 41 lines")]);
  expect(longFunctions(written(open, blank(38), close))).toEqual([]);
});

test("a long function in a long function is found twice", () => {
  const nested = written("function outer() {", "  function inner() {", blank(40), "  }", "}");
  expect(longFunctions(nested)).toEqual([expect.stringContaining(":1 outer"), expect.stringContaining(":2 inner")]);
});

test("a doc comment and a long record of procedures are not counted", () => {
  const doc = `/**\n${" * A line.\n".repeat(50)} */`;
  const record = `export const authRouter = {\n${"  a: () => 1,\n".repeat(60)}};`;
  expect(longFunctions(written(doc, "export function login() {}", record))).toEqual([]);
});

test.for([
  "function login(a: A, b: B, c: C, d: D) {}",
  "const login = (a: A, b: B, c: C, ...d: D[]) => a;",
  "type Login = (a: A, b: B, c: C, d: D) => void;",
  "interface Logins { login(a: A, b: B, c: C, d: D): void }",
  "function login<A, B, C>(a: A, b: B, c: C) {}",
  "interface Login<A, B, C> { a: A; b: B; c: C }",
])("%s is found to take too much", (text) => {
  expect(longSignatures(written(text))).toEqual([expect.stringContaining(`${path}:1 `)]);
});

test("three parameters and two type parameters are left alone", () => {
  const text = "function login<A, B>(this: Window, deps: A, who: B, { c, d, e, f }: C) {}";
  expect(longSignatures(written(text))).toEqual([]);
});

test.for([
  "function login() { for (const a of b) { if (a) { while (c) next(); } } }",
  "function login() { for (const a of b) { if (a) { try { next(); } catch { if (c) end(); } } } }",
  "const login = () => { if (a) next(); else if (b) { switch (c) { default: do { next(); } while (d); } } };",
])("%s is found to nest too deep", (text) => {
  expect(deepFunctions(written(text))).toEqual([expect.stringContaining("login nests 3 deep")]);
});

test("two levels, an else if, a try and a function within are left alone", () => {
  const text =
    "function login() { if (a) { try { if (b) next(); } finally { end(); } } else if (c) { if (d) e(() => { if (f) next(); }); } }";
  expect(deepFunctions(written(text))).toEqual([]);
});
