import { expect, test } from "vitest";
import { filesBesideCode, identityChecks, importEffects, otherClocks, strayClocks, strayConsole } from "./purity.js";
import { houseSources, madeUp } from "./sources.js";

const path = "packages/api/src/limits.ts";

test("the house does nothing when it is imported", () => {
  expect(importEffects(houseSources())).toEqual([]);
});

test("the house has one clock", () => {
  expect(strayClocks(houseSources())).toEqual([]);
});

test("the packages do not write to the console", () => {
  expect(strayConsole(houseSources())).toEqual([]);
});

test("H3: the packages read no files beside their code", () => {
  expect(filesBesideCode(houseSources())).toEqual([]);
});

test.for(["new URL('../migrations', import.meta.url);", "join(__dirname, 'list.txt');"])("H3: %s is found", (text) => {
  expect(filesBesideCode(madeUp({ [path]: `const file = ${text}` }))).toEqual([expect.stringContaining(`${path}:1 `)]);
});

test("the house recognises errors by what they are", () => {
  expect(identityChecks(houseSources())).toEqual([]);
  const text = "\nif (error instanceof KeywrightError || error instanceof z.core.$ZodError) throw error;";
  expect(identityChecks(madeUp({ [path]: text }))).toHaveLength(2);
  expect(identityChecks(madeUp({ [path]: "\nif (error instanceof Error) throw error;" }))).toEqual([]);
});

test.for([
  "start();",
  "await start();",
  "let count = 0;",
  "let db; function open() { db = connect(); }",
  "export let db: Database;",
  "export let list; function lists() { list ??= unpack(); }",
  "const db = await connect();",
  "if (isMain) start();",
  "for (const key of keys) seen.add(key);",
])("%s at import is found", (text) => {
  expect(importEffects(madeUp({ [path]: `\n${text}` }))).toEqual([expect.stringContaining(`${path}:2 `)]);
});

test("a memo is left alone", () => {
  const text = "let list: List | undefined;\nfunction lists() { list ??= unpack(); return list; }";
  expect(importEffects(madeUp({ [path]: text }))).toEqual([]);
});

test("a word to bundlers is left alone", () => {
  expect(importEffects(madeUp({ [path]: `"use client";\nexport const client = 1;` }))).toEqual([]);
});

test("the files that need another clock are there", () => {
  expect(houseSources().map((source) => source.path)).toEqual(expect.arrayContaining(Object.keys(otherClocks)));
});

test("declarations and programs are left alone", () => {
  const text = `import "x";\nexport const a = new Map();\nconst b = async () => await a;\nfunction c() { let d = 1; }\ninterface E {}`;
  const program = "await start();";
  expect(
    importEffects(madeUp({ [path]: text, "apps/server/src/main.ts": program, "bench/src/b.ts": program })),
  ).toEqual([]);
});

test.for([
  "const ends = new Date();",
  "const ends = Date.now() + 1000;",
  "const fresh = () => new Date();",
  "const row = timestamp().defaultNow();",
  "const due = sql`expires_at < now()`;",
  "const due = sql<Date>`CURRENT_TIMESTAMP`;",
])("%s is found as a clock", (text) => {
  expect(strayClocks(madeUp({ [path]: text }))).toEqual([expect.stringContaining(`${path}:1 `)]);
});

test("the default of now and dates from elsewhere are left alone", () => {
  const text = [
    "const { now = () => new Date() } = config;",
    "const deps = { now: () => new Date() };",
    "const clock = config.now ?? (() => new Date());",
    "const due = new Date(deps.now().getTime() + 1000);",
    "const knows = sql`lower(email)`;",
  ];
  expect(strayClocks(madeUp({ [path]: text.join("\n"), "packages/client/src/access.ts": "Date.now();" }))).toEqual([]);
});

test("a line on the console is found in a package only", () => {
  const text = "function tell() { console.log(1); }";
  expect(strayConsole(madeUp({ [path]: text }))).toEqual([expect.stringContaining(`${path}:1 `)]);
  expect(strayConsole(madeUp({ "apps/server/src/main.ts": text }))).toEqual([]);
});
