import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(`${root}docs/seeds.md`, "utf8");

/** Every feature that the documentation of the four systems names; those of social sign-in in full. */
const ids = [
  ...numbered("A", 1, 48),
  "A50",
  "A59",
  ...numbered("P", 1, 5),
  ..."P7 P8 P9 P10 P11 P12 P13 P14 P17 P18 P20 P21 P22 P23 P24 P25 P27 P30 P31 P32 P35 P36".split(" "),
  ...numbered("U", 1, 6),
  ...numbered("U", 8, 20),
  "U22",
  ...numbered("R", 1, 9),
  ..."R14 R16 R18 R20 R21 R22 R23 R24 R25 R26 R27 R28".split(" "),
  ...numbered("S", 1, 24),
  ...numbered("C", 1, 18),
  ..."C22 C23 C24 C27".split(" "),
  ...numbered("E", 1, 11),
];

/** Those without a test. Raise no number here without a reason that the page gives. */
const open = { "not yet": 0, declined: 7 };

/** Folders that `npm test` and CI run. */
const folders = [
  "flows",
  "behaviours",
  "security",
  "budgets",
  "regressions",
  "processes",
  "front-ends",
  "races",
  "unit",
  "docs",
  "house",
  "packages",
];

const rows = [...page.matchAll(/^\| ([A-Z]\d+) +\| (.+?) +\| (.*?)\| (.+?) +\|$/gm)].map((match) => {
  const [, id = "", , here = "", proof = ""] = match;
  return { id, here: here.trim(), proof, kind: /^(?:not yet|declined)/.exec(proof)?.[0] ?? "proved" };
});

/** File and full name of every test that the page names. */
const named = [...page.matchAll(/`(tests\/[^`]+?\.test\.ts) › ([^`]+)`/g)].map(([, file = "", name = ""]) => ({
  file,
  name,
}));

describe("the page of features", () => {
  test("has every feature once, and says how it is had or why not", () => {
    expect(rows.map(({ id }) => id)).toEqual(ids);
    expect(rows.filter(({ here, kind }) => here === "" && kind !== "not yet")).toEqual([]);
  });

  test("leaves no more features open than are known to be", () => {
    const counts = Object.keys(open).map((kind) => [kind, rows.filter((row) => row.kind === kind).length]);
    expect(Object.fromEntries(counts)).toEqual(open);
    const unproved = rows.filter(({ kind, proof }) => kind === "proved" && !/^`tests\//.test(proof));
    expect(unproved).toEqual([]);
  });

  test("names tests that are there, and that run", () => {
    expect(named.length).toBeGreaterThan(100);
    const missing = named.filter(({ file, name }) => !fullNames(file).includes(name));
    expect(missing).toEqual([]);
    expect(named.filter(({ file }) => !folders.includes(file.split("/")[1] ?? ""))).toEqual([]);
  });

  test("would tell of a test that was renamed, and of a file that is gone", () => {
    const own = "tests/docs/seeds.test.ts";
    expect(fullNames(own)).toContain("the page of features › names tests that are there, and that run");
    expect(fullNames(own)).not.toContain("the page of features › names tests");
    expect(fullNames("tests/flows/nothing.test.ts")).toEqual([]);
  });
});

/** Names as they are reported: of the suites around a test, and its own. */
function fullNames(file: string): string[] {
  if (!existsSync(root + file)) return [];
  const source = ts.createSourceFile(file, readFileSync(root + file, "utf8"), ts.ScriptTarget.Latest, true);
  return namesBelow(source, []);
}

function namesBelow(node: ts.Node, suites: string[]): string[] {
  const names: string[] = [];
  ts.forEachChild(node, (child) => {
    const title = ts.isCallExpression(child) ? child.arguments[0] : undefined;
    const callee = ts.isCallExpression(child)
      ? /^(?:test|describe)\b/.exec(child.expression.getText())?.[0]
      : undefined;
    const path = callee && title && ts.isStringLiteralLike(title) ? [...suites, title.text] : suites;
    if (callee === "test" && path !== suites) names.push(path.join(" › "));
    names.push(...namesBelow(child, path));
  });
  return names;
}

function numbered(letter: string, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${letter}${first + index}`);
}
