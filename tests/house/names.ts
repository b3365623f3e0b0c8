import ts from "typescript";
import { parse, type Source } from "./sources.js";
import { broken } from "./syntax.js";

const empty = /^(?:utils?|helpers?|common|managers?)$/;
const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** A word of the domain here, not a catch-all: the list of common passwords. */
const words = ["packages/api/src/passwords/common.ts"];

const mayGather = [
  /^packages\/[^/]+\/src\/(?:schema\/)?index\.ts$/,
  /^packages\/db\/src\/schema\/public\.ts$/,
  /^packages\/api\/src\/(?:contract\/(?:public|procedures)|operator\/index|routers\/index)\.ts$/,
  /^packages\/client\/src\/(?:messages|router)\.ts$/,
];

/** Files and folders that are not named after a concept, or not in kebab-case. */
export function poorNames(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path }) => {
    const place = { path, line: 1 };
    const names = path.replace(/(?:\.[a-z-]+)+$/, "").split("/");
    const drawer = words.includes(path) ? undefined : names.find((name) => empty.test(name));
    const unfit = names.find((name) => !kebab.test(name));
    return [
      ...(drawer ? [broken(place, `"${drawer}" names a drawer: name the file for the concept in it`)] : []),
      ...(unfit ? [broken(place, `"${unfit}" is not kebab-case: write it in lower case with hyphens`)] : []),
    ];
  });
}

/** Files that only re-export, and `export *`, except a package's entry points. */
export function barrels(sources: readonly Source[]): string[] {
  const rooms = sources.filter(({ path }) => !mayGather.some((door) => door.test(path)));
  return rooms.flatMap((source) => {
    const { statements } = parse(source);
    const star = statements.find((statement) => ts.isExportDeclaration(statement) && !statement.exportClause);
    const isBarrel = statements.some(ts.isExportDeclaration) && statements.every(isPassedOn);
    if (star) return [broken(star, "export * hides where a name lives: import it from its own file")];
    return isBarrel ? [broken({ path: source.path, line: 1 }, "a barrel: import each name from its own file")] : [];
  });
}

function isPassedOn(statement: ts.Statement): boolean {
  return ts.isExportDeclaration(statement) || ts.isImportDeclaration(statement);
}
