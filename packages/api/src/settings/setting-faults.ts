import type { z } from "zod";

/** Names of settings at the top level, and within each group. */
export interface KnownNames {
  alone: readonly string[];
  groups: Readonly<Record<string, readonly string[]>>;
}

type Issue = z.core.$ZodIssue;

/** One sentence for each fault, naming the setting and never repeating a value. */
export function settingFaults(issues: readonly Issue[], known: KnownNames): string[] {
  return issues.flatMap((issue) => sentencesFor(issue, known));
}

function sentencesFor(issue: Issue, known: KnownNames): string[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownSetting([...path, key], known));
  if (path.length === 0) return ["The settings must be an object, as in `{ mail: { appName: … } }`."];
  const isInGroup = Object.hasOwn(known.groups, path[0] ?? "");
  return [`Setting \`${path.join(".")}\`${isInGroup ? ":" : ""} ${issue.message}.`];
}

function unknownSetting(path: readonly string[], { alone, groups }: KnownNames): string {
  const name = path.at(-1) ?? "";
  const parent = path.slice(0, -1).join(".");
  const siblings = parent === "" ? [...alone, ...Object.keys(groups)] : (groups[parent] ?? []);
  const near = siblings.find((sibling) => isNear(name, sibling));
  const elsewhere = Object.entries(groups).find(([, options]) => options.includes(name))?.[0];
  const meant = near ? [...path.slice(0, -1), near].join(".") : elsewhere && `${elsewhere}.${name}`;
  return `There is no setting \`${path.join(".")}\`${meant ? ` (did you mean \`${meant}\`?)` : ""}.`;
}

/** Up to two typos, or a difference in case. */
function isNear(given: string, known: string): boolean {
  return known.length > 3 && distance(given.toLowerCase(), known.toLowerCase()) <= 2;
}

/** Levenshtein distance: how many letters to add, drop or change. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (next[column] ?? 0) + 1, (row[column + 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
