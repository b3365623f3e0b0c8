import ts from "typescript";
import { importsOf } from "./imports.js";
import { parse, type Source } from "./sources.js";
import { isExported, isTypeDeclaration } from "./syntax.js";

/** Every name that a file exports, sorted; `export *` is followed into our own files. */
export function exportedNames(path: string, sources: readonly Source[]): string[] {
  const source = sources.find((candidate) => candidate.path === path);
  if (!source) return [];
  const names = parse(source).statements.flatMap((statement) => {
    if (isExported(statement)) return declaredNames(statement);
    if (!ts.isExportDeclaration(statement)) return ts.isExportAssignment(statement) ? ["default"] : [];
    return statement.exportClause ? namesIn(statement.exportClause) : namesBehind(statement, source, sources);
  });
  return [...new Set(names)].sort();
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || isTypeDeclaration(statement);
  return isNamed && statement.name ? [statement.name.text] : [];
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

function namesIn(clause: ts.NamedExportBindings): string[] {
  return ts.isNamespaceExport(clause) ? [clause.name.text] : clause.elements.map(({ name }) => name.text);
}

function namesBehind(star: ts.ExportDeclaration, source: Source, sources: readonly Source[]): string[] {
  const specifier = star.moduleSpecifier?.getText().slice(1, -1) ?? "";
  const target = importsOf(source).find((arrow) => arrow.specifier === specifier);
  return target?.file ? exportedNames(target.file, sources) : [`* from ${specifier}`];
}
