import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { exportedNames } from "./exports.js";
import { houseSources, madeUp } from "./sources.js";

// A name that is exported is a promise: adding one is a decision, and removing one is a major version.
// After such a decision, copy the names of the failure into exports.json.
const client = ["index", "router", "native", "react", "social", "messages", "offline"].map(
  (name) => `packages/client/src/${name}.ts`,
);
const doors = [
  "packages/api/src/index.ts",
  "packages/api/src/contract/public.ts",
  "packages/api/src/operator/index.ts",
  "packages/db/src/schema/public.ts",
  ...client,
];

test.for(doors)("%s exports what exports.json lists", (door) => {
  const listed: Record<string, string[]> = JSON.parse(readFileSync(new URL("exports.json", import.meta.url), "utf8"));
  const names = exportedNames(door, houseSources());
  expect(names).not.toEqual([]);
  expect({ [door]: names }).toEqual({ [door]: listed[door] });
});

test("every way to export a name is seen", () => {
  const text = `
    export const a = 1, { b, c: [d] } = e;
    export function f() {}
    export class G {}
    export type H = 1;
    export interface I {}
    const hidden = 1;
    export { hidden as j };
    export { k } from "./k.js";
    export type { L } from "library";
    export * as m from "./k.js";
    export * from "./n.js";
    export * from "elsewhere";
    export default a;`;
  const sources = madeUp({ "bench/src/index.ts": text, "bench/src/n.ts": "export const n = 1, a = 2;" });
  const names = ["* from elsewhere", "G", "H", "I", "L", "a", "b", "d", "default", "f", "j", "k", "m", "n"];
  expect(exportedNames("bench/src/index.ts", sources)).toEqual(names);
});
