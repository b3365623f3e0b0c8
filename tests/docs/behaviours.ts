import ts from "typescript";
import type { Source } from "../house/sources.js";
import { broken, nodesOf } from "../house/syntax.js";

interface Row {
  path: string;
  line: number;
  number: number;
  /** What the row points to: `tests/… › the name`. */
  tests: { file: string; name: string }[];
  /** Why the behaviour is not provided. */
  reason: string | null;
}

interface Group {
  path: string;
  line: number;
  title: string;
  first: number;
  last: number;
  rows: Row[];
}

const page = /^docs\/behaviours(?:-\d+)?\.md$/;

/** The tables of docs/behaviours*.md, by their headings: `## Login (1–51)`. */
export function behaviourGroups(files: readonly Source[]): Group[] {
  return files.filter(({ path }) => page.test(path)).flatMap(groupsOf);
}

/** Behaviours that a test proves. */
export function standing(groups: readonly Group[]): number {
  return groups.flatMap(({ rows }) => rows).filter(({ tests }) => tests.length > 0).length;
}

/** Numbers that are missing, out of order or there twice; rows that say neither which test nor why not. */
export function poorRows(groups: readonly Group[]): string[] {
  const seen = new Set<number>();
  return groups.flatMap((group) => {
    const numbers = group.rows.map(({ number }) => number).join();
    const wanted = Array.from({ length: group.last - group.first + 1 }, (_, index) => group.first + index);
    const faults = numbers === wanted.join() ? [] : [broken(group, `${group.title} has not each of its numbers once`)];
    for (const row of group.rows) {
      if (seen.has(row.number)) faults.push(broken(row, `${row.number} is there twice`));
      if (row.tests.length > 0 === (row.reason !== null))
        faults.push(broken(row, `${row.number} needs either tests, or a dash and the reason`));
      seen.add(row.number);
    }
    return faults;
  });
}

/** Named tests that are not there, or do not run on both engines. `folders` are those that do. */
export function missingTests(groups: readonly Group[], files: readonly Source[], folders: readonly string[]): string[] {
  const names = new Map(files.map((source) => [source.path, source]));
  return groups
    .flatMap(({ rows }) => rows)
    .flatMap((row) => {
      return row.tests.flatMap(({ file, name }) => {
        if (!folders.some((folder) => file.startsWith(`tests/${folder}/`)))
          return [broken(row, `${file} does not run on both engines`)];
        const source = names.get(file);
        return source && testNames(source).includes(name) ? [] : [broken(row, `${file} has no test "${name}"`)];
      });
    });
}

/** The folders of tests that run on both engines, as vitest's configuration lists them. */
export function foldersOnBothEngines(files: readonly Source[]): string[] {
  const text = files.find(({ path }) => path === "tests/vitest.config.ts")?.text ?? "";
  const [, list = ""] = /const bothEngines = \[([^\]]*)\]/.exec(text) ?? [];
  return [...list.matchAll(/"([\w-]+)"/g)].map(([, folder = ""]) => folder);
}

/** Names as they are written, with their placeholders. */
function testNames(source: Source): string[] {
  const calls = nodesOf(source).filter(ts.isCallExpression);
  return calls.flatMap(({ expression, arguments: [name] }) => {
    return name && ts.isStringLiteralLike(name) && /^(?:test|it)\b/.test(expression.getText()) ? [name.text] : [];
  });
}

function groupsOf({ path, text }: Source): Group[] {
  const groups: Group[] = [];
  for (const [index, content] of text.split("\n").entries()) {
    const place = { path, line: index + 1 };
    const [, title, first, last] = /^## (.+) \((\d+)–(\d+)\)$/.exec(content) ?? [];
    if (title) groups.push({ ...place, title, first: Number(first), last: Number(last), rows: [] });
    const [, number, cell] = /^\| *(\d+) *\|.*\|([^|]*)\|$/.exec(content) ?? [];
    if (number) groups.at(-1)?.rows.push({ ...place, number: Number(number), ...saidIn(cell?.trim() ?? "") });
  }
  return groups;
}

function saidIn(cell: string): Pick<Row, "tests" | "reason"> {
  const [, reason = null] = /^— (.+\.)$/.exec(cell) ?? [];
  const named = reason === null ? [...cell.matchAll(/`(tests\/[^`]+?\.ts) › ([^`]+)`/g)] : [];
  return { tests: named.map(([, file = "", name = ""]) => ({ file, name })), reason };
}
