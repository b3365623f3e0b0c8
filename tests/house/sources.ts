import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** One file of the repository: its path from the root, with `/`, and its text. */
export interface Source {
  path: string;
  text: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const sourceFolder = /^(?:(?:packages|apps|examples)\/[^/]+|bench)\/src\//;
const typeScript = /\.[cm]?tsx?$/;
const parsed = new WeakMap<Source, ts.SourceFile>();
let files: Source[] | undefined;

/** Keywright's own TypeScript: `src` of each workspace in `packages`, `apps`, `examples` and `bench`. */
export function houseSources(): Source[] {
  return repositoryFiles().filter(({ path }) => sourceFolder.test(path) && typeScript.test(path));
}

/** The TypeScript in `tests`. */
export function testSources(): Source[] {
  return repositoryFiles().filter(({ path }) => path.startsWith("tests/") && typeScript.test(path));
}

/**
 * Every file that git tracks or would track, except migrations. Walks the folders instead of asking git, so that a copy
 * without history, or one owned by another user, is checked as well.
 */
export function repositoryFiles(): Source[] {
  files ??= walk("", []).map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
  return files;
}

/** The syntax tree of a file, parsed once, with parents set. */
export function parse(source: Source): ts.SourceFile {
  const tree = parsed.get(source) ?? ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest, true);
  parsed.set(source, tree);
  return tree;
}

/** A made-up file tree for breaking a rule. */
export function madeUp(tree: Record<string, string>): Source[] {
  return Object.entries(tree).map(([path, text]) => ({ path, text }));
}

function walk(folder: string, inherited: readonly string[]): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const own = entries.some(({ name }) => name === ".gitignore") ? ignorePatterns(folder) : [];
  const patterns = [...inherited, ...own];
  return entries.flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    if (isIgnored(entry.name, path, patterns)) return [];
    if (entry.isDirectory()) return walk(`${path}/`, patterns);
    return entry.isFile() ? [path] : [];
  });
}

function ignorePatterns(folder: string): string[] {
  const lines = readFileSync(join(root, folder, ".gitignore"), "utf8").split("\n");
  const patterns = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  return patterns.map((pattern) => {
    if (/^\*?[\w.-]+\/?$/.test(pattern)) return pattern.replace(/\/$/, "");
    // A path, with one star for any folder.
    if (/^[\w.-]+(\/[\w.-]+)*\/\*\/[\w.-]+$/.test(pattern)) return `${folder}${pattern}`;
    throw new Error(`${folder}.gitignore: teach tests/house/sources.ts to read "${pattern}", or write a plain name.`);
  });
}

function isIgnored(name: string, path: string, patterns: readonly string[]): boolean {
  if (name === ".git" || name === "migrations") return true;
  return patterns.some((pattern) => {
    if (pattern.includes("/")) return path.replace(/[^/]+(?=\/[^/]+$)/, "*") === pattern;
    return pattern.startsWith("*") ? name.endsWith(pattern.slice(1)) : name === pattern;
  });
}
