import ts from "typescript";
import type { Source } from "./sources.js";
import { broken, lineOf, nodesBelow, nodesOf, objectIn } from "./syntax.js";

const table = "packages/api/src/contract/reasons.ts";
const page = "docs/reasons.md";

interface Line {
  name: string;
  line: number;
  /** In the table: the tRPC code and the message. In the document: the whole line. */
  texts: string[];
}

/**
 * Reasons in `reasons.ts` without a line in docs/reasons.md, or with a different tRPC code or message there; and vice
 * versa. A line of the document is about a reason if it begins with its name in backticks, after a bar, a bullet or a
 * heading mark. Reasons for single fields may be named anywhere in the document.
 */
export function undocumentedReasons(files: readonly Source[]): string[] {
  const coded = files.filter(({ path }) => path === table).flatMap((source) => codedReasons(source, "reasons"));
  const fields = files.filter(({ path }) => path === table).flatMap((source) => codedReasons(source, "fieldReasons"));
  const pages = files.filter(({ path }) => path === page);
  const written = pages.flatMap(writtenReasons);
  const unnamed = fields.filter(({ name }) => !pages.some(({ text }) => text.includes(`\`${name}\``)));
  const invented = written.filter(({ name }) => ![...coded, ...fields].some((reason) => reason.name === name));
  return [
    ...coded.flatMap((reason) => driftOf(reason, written)),
    ...unnamed.map(({ name, line }) => broken({ path: table, line }, `${name} is not in ${page}: name it there`)),
    ...invented.map(({ name, line }) => broken({ path: page, line }, `${name} is not in ${table}: remove the line`)),
  ];
}

/** Mentions of folders on the machine on which Keywright was written. */
export function foreignPaths(files: readonly Source[]): string[] {
  const foreign = /(?:^|[^\w.])\/(?:work|tmp\/lab)(?![\w-])/;
  return files.flatMap(({ path, text }) => {
    const isText = !text.includes("\0");
    return text.split("\n").flatMap((line, index) => {
      if (!isText || !foreign.test(line)) return [];
      return [
        broken({ path, line: index + 1 }, "a path outside the repository: no reader has that folder, so leave it out"),
      ];
    });
  });
}

function driftOf({ name, line, texts }: Line, written: readonly Line[]): string[] {
  const entry = written.find((candidate) => candidate.name === name);
  if (!entry) return [broken({ path: table, line }, `${name} has no line in ${page}: write one`)];
  const missing = texts.filter((text) => !entry.texts.some((content) => content.includes(text)));
  return missing.map((text) => {
    return broken({ path: page, line: entry.line }, `${name} is documented without "${text}": copy it from ${table}`);
  });
}

function codedReasons(source: Source, tableName: string): Line[] {
  const declarations = nodesOf(source).filter(ts.isVariableDeclaration);
  return declarations.flatMap(({ name, initializer }) => {
    if (name.getText() !== tableName) return [];
    const entries = objectIn(initializer)?.properties.filter(ts.isPropertyAssignment) ?? [];
    return entries.map((entry) => {
      const texts = nodesBelow(entry.initializer).filter(ts.isStringLiteralLike);
      return { name: entry.name.getText(), line: lineOf(entry), texts: texts.map(({ text }) => text) };
    });
  });
}

function writtenReasons({ text }: Source): Line[] {
  return text.split("\n").flatMap((content, index) => {
    const [, name] = /^\s*[|#*-]+\s*`([A-Z][A-Z0-9_]*)`/.exec(content) ?? [];
    return name ? [{ name, line: index + 1, texts: [content] }] : [];
  });
}
