import { expect, test } from "vitest";
import { importCycles } from "./cycles.js";
import { houseSources, madeUp, testSources } from "./sources.js";

test("the house has no import cycle", () => {
  expect(importCycles([...houseSources(), ...testSources()])).toEqual([]);
});

test("two files that import one another are found", () => {
  const circle = madeUp({
    "packages/api/src/a.ts": `import { b } from "./b.js";`,
    "packages/api/src/b.ts": `import { a } from "./a.js";`,
  });
  expect(importCycles(circle)).toEqual([
    expect.stringContaining("a.ts → packages/api/src/b.ts → packages/api/src/a.ts"),
  ]);
});

test("a cycle of types only is found", () => {
  const circle = madeUp({
    "packages/api/src/a.ts": `import type { B } from "./b.js";`,
    "packages/api/src/b.ts": `export type { C } from "./c/c.js";`,
    "packages/api/src/c/c.ts": `type A = import("../a.js").A;`,
  });
  expect(importCycles(circle)).toHaveLength(1);
});

test("a cycle across packages is found", () => {
  const circle = madeUp({
    "packages/api/src/index.ts": `export { who } from "./who.js";`,
    "packages/api/src/who.ts": `import { connect } from "@keywright/db";`,
    "packages/db/src/index.ts": `import type { Who } from "@keywright/api";`,
  });
  expect(importCycles(circle)).toHaveLength(1);
});

test("a cycle through another entry of a package is found", () => {
  const circle = madeUp({
    "packages/api/src/contract/public.ts": `export type { Safe } from "@keywright/client";`,
    "packages/client/src/index.ts": `import type { User } from "@keywright/api/public";`,
  });
  expect(importCycles(circle)).toHaveLength(1);
});

test("two cycles are found beside one another, the shortest way each", () => {
  const circles = madeUp({
    "bench/src/a.ts": `import "./b.js"; import "./long.js";`,
    "bench/src/b.ts": `import "./a.js";`,
    "bench/src/long.ts": `import "./b.js";`,
    "bench/src/self.ts": `import "./self.js";`,
  });
  expect(importCycles(circles)).toEqual([
    expect.stringContaining("cycle bench/src/a.ts → bench/src/b.ts → bench/src/a.ts:"),
    expect.stringContaining("cycle bench/src/long.ts → bench/src/b.ts → bench/src/a.ts → bench/src/long.ts:"),
    expect.stringContaining("cycle bench/src/self.ts → bench/src/self.ts:"),
  ]);
});

test("a diamond of imports is left alone", () => {
  const diamond = madeUp({
    "bench/src/a.ts": `import "./b.js"; import "./c.js";`,
    "bench/src/b.ts": `import "./d.js";`,
    "bench/src/c.ts": `import "./d.js";`,
    "bench/src/d.ts": `import "node:fs"; import "@keywright/api";`,
  });
  expect(importCycles(diamond)).toEqual([]);
});
