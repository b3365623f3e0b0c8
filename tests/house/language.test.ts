import { expect, test } from "vitest";
import { bannedComments, bannedSyntax, conditionalTypes } from "./language.js";
import { houseSources, madeUp, testSources } from "./sources.js";

const own = testSources().filter(({ path }) => path.startsWith("tests/house/"));
const path = "packages/api/src/who.ts";

test("the house keeps to its TypeScript", () => {
  expect(bannedSyntax([...houseSources(), ...own])).toEqual([]);
});

test("the house has conditional types in the client only", () => {
  expect(conditionalTypes([...houseSources(), ...own])).toEqual([]);
});

test("the house has no comment that switches a check off or puts work off", () => {
  expect(bannedComments([...houseSources(), ...own])).toEqual([]);
});

test.for([
  "function who(input: any) {}",
  "const rows: Array<any> = [];",
  "const who = input as Visitor;",
  "const who = <Visitor>input;",
  "const who = input as unknown;",
  "const who = found!;",
  "const ip = found!.ip;",
  "let who!: Visitor;",
  "class KeywrightError { ip!: string; }",
  "class Who {}",
  "const Who = class {};",
  "class KeywrightFault extends KeywrightError {}",
  "enum Who { Visitor, Actor }",
  "const enum Who { Visitor }",
  "declare namespace Who { const ip: string; }",
  "export default function who() {}",
  "export default 1;",
  "export { who as default };",
])("%s is found as banned", (text) => {
  expect(bannedSyntax(madeUp({ [path]: `\n${text}` }))).toEqual([expect.stringContaining(`${path}:2 `)]);
});

test("what looks like the banned and is not is left alone", () => {
  const fine = [
    `import * as everything from "x";`,
    "const kinds = { a: 1 } as const satisfies Record<string, number>;",
    "export { who as visitor };",
    "export class KeywrightError extends Error { ip: string | undefined; }",
    `declare module "lucia" { interface Register {} }`,
    "declare global { interface Window {} }",
    "switch (kind) { default: next(!found); }",
    "// any text! as one class or enum",
  ];
  expect(bannedSyntax(madeUp({ [path]: fine.join("\n") }))).toEqual([]);
  expect(bannedSyntax(madeUp({ "packages/db/drizzle.config.ts": "export default {};" }))).toEqual([]);
});

test("a conditional type is found outside of the client", () => {
  const text = "type Output<T> = T extends Promise<infer R> ? R : T;";
  expect(conditionalTypes(madeUp({ [path]: text }))).toEqual([expect.stringContaining(`${path}:1 `)]);
  expect(conditionalTypes(madeUp({ "packages/client/src/safe.ts": text }))).toEqual([]);
});

test.for([
  "// @ts-expect-error later",
  "/* biome-ignore lint: no */",
  "/**\n * TODO: the rest\n */",
  "next(); // FIXME",
])("%s is found as a comment", (text) => {
  expect(bannedComments(madeUp({ [path]: text }))).toEqual([expect.stringContaining(`${path}:1 `)]);
});

test("words of a comment in a string or a name are left alone", () => {
  const text = `const TODO = "// biome-ignore" + '/* TODO */'; // what is to do\nconst url = "https://example.com";`;
  expect(bannedComments(madeUp({ [path]: text }))).toEqual([]);
});
