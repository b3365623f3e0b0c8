import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { secretPurposes } from "../../packages/api/src/contract/lists.js";
import { parseSettings } from "../../packages/api/src/settings/parse-settings.js";
import { pageOf } from "../support/samples.js";

const page = pageOf("docs/security.md");
const [, table = ""] = page.split(/^## /m);
const source = new URL("../../packages/api/src/", import.meta.url).pathname;
const code = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(join(source, name), "utf8"))
  .join("\n");

test("the table of secrets has every prefix of a token that the code makes, and no other", () => {
  const inCode = new Set([...code.matchAll(/["`](kw[a-z]_)/g)].map(([, prefix]) => prefix));
  const inTable = new Set([...table.matchAll(/`(kw[a-z]_)`/g)].map(([, prefix]) => prefix));
  expect([...inTable].sort()).toEqual([...inCode].sort());
  expect(inCode.size).toBeGreaterThanOrEqual(6);
});

test("it has every purpose of a mailed secret, and no other", () => {
  const named = [...table.matchAll(/^\| (?:Link|Code).*?\(`(\w+)`\)/gm)].map(([, purpose]) => purpose);
  expect(named.sort()).toEqual([...secretPurposes, "step_up"].sort());
});

test("it has a value in each of its six columns", () => {
  const rows = table
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2);
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows)
    expect([
      row,
      row
        .split("|")
        .slice(1, -1)
        .filter((cell) => cell.trim() !== "").length,
    ]).toEqual([row, 6]);
});

test("the settings and commands that it names exist", () => {
  const settings = Object.entries(parseSettings({})).flatMap(([group, all]) =>
    Object.keys(all).map((name) => `${group}.${name}`),
  );
  const named = [...page.matchAll(/`((?:session|tokens|registration|password)\.\w+)`/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => name && !settings.includes(name))).toEqual([]);
});
