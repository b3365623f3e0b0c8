import ts from "typescript";
import { parse, type Source } from "./sources.js";
import { broken, objectIn } from "./syntax.js";

const table = "packages/api/src/errors.ts";
const page = "docs/reasons.md";

interface Place {
  name: string;
  line: number;
}

/**
 * Reasons of `errors.ts` (`reasons` and `fieldReasons`) without a line in docs/reasons.md, and the other way round.
 * A line of the page is about a reason if it begins with its name in backticks; a heading, bullet or bar may precede.
 */
export function undocumentedReasons(files: readonly Source[]): string[] {
  const coded = files.filter(({ path }) => path === table).flatMap(codedReasons);
  const written = files.filter(({ path }) => path === page).flatMap(writtenReasons);
  const unwritten = coded.filter(({ name }) => !written.some((reason) => reason.name === name));
  const invented = written.filter(({ name }) => !coded.some((reason) => reason.name === name));
  return [
    ...unwritten.map(({ name, line }) => broken({ path: table, line }, `${name} has no line in ${page}: write one`)),
    ...invented.map(({ name, line }) => broken({ path: page, line }, `${name} is not in ${table}: remove the line`)),
  ];
}

/** Mentions of a folder of the machine on which Keywright was written. */
export function foreignPaths(files: readonly Source[]): string[] {
  const foreign = /(?:^|[^\w.])\/(?:work|tmp\/lab)(?![\w-])/;
  return files.flatMap(({ path, text }) => {
    const isText = !text.includes("\0");
    return text.split("\n").flatMap((line, index) => {
      if (!isText || !foreign.test(line)) return [];
      return [
        broken(
          { path, line: index + 1 },
          "a path outside of the repository: no reader has that folder, so leave it out",
        ),
      ];
    });
  });
}

function codedReasons(source: Source): Place[] {
  const { statements } = parse(source);
  const declarations = statements
    .filter(ts.isVariableStatement)
    .flatMap((statement) => [...statement.declarationList.declarations]);
  const tables = declarations.filter(({ name }) => /^(?:reasons|fieldReasons)$/.test(name.getText()));
  return tables.flatMap(({ initializer }) => {
    const properties = objectIn(initializer)?.properties ?? [];
    return properties.flatMap((property) => {
      const { line } = parse(source).getLineAndCharacterOfPosition(property.getStart());
      return property.name ? [{ name: property.name.getText(), line: line + 1 }] : [];
    });
  });
}

function writtenReasons({ text }: Source): Place[] {
  return text.split("\n").flatMap((content, index) => {
    const [, name] = /^[\s|#*-]*`([A-Z][A-Z0-9_]*)`/.exec(content) ?? [];
    return name ? [{ name, line: index + 1 }] : [];
  });
}
