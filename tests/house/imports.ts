import { isBuiltin } from "node:module";
import { posix } from "node:path";
import ts from "typescript";
import type { Source } from "./sources.js";
import { lineOf, nodesOf } from "./syntax.js";

/** One import. Exactly one of `file` (ours, from the root) and `library` (a package's name, or `node:…`) is set. */
export interface Import {
  from: string;
  line: number;
  specifier: string;
  isTypeOnly: boolean;
  file: string | null;
  library: string | null;
}

const entryFolders: Record<string, string> = {
  "@keywright/api": "packages/api",
  "@keywright/client": "packages/client",
  "@keywright/db": "packages/db",
  "@keywright/server": "apps/server",
  "@keywright/cli": "apps/cli",
  "@keywright/demo": "examples/demo",
  "@keywright/frameworks": "examples/frameworks",
  "@keywright/web": "examples/web",
  "@keywright/merged-server": "examples/merged-server",
  "@keywright/native": "examples/native",
  "@keywright/bench": "bench",
  "@keywright/tests": "tests",
};

/** Entry points of a package inside one of its folders. */
const entryFiles: Record<string, string> = {
  "@keywright/api/public": "contract/public",
  "@keywright/api/contract": "contract/procedures",
  "@keywright/api/operator": "operator/index",
  "@keywright/db/schema": "schema/public",
};

/**
 * Everything a file imports or re-exports: `import`, `export … from`, `import()`, `require()` and `import("…").Type`.
 */
export function importsOf(source: Source): Import[] {
  return nodesOf(source).flatMap((node) => {
    const specifier = specifierOf(node);
    if (!specifier || !ts.isStringLiteralLike(specifier)) return [];
    const { text } = specifier;
    const shared = { from: source.path, line: lineOf(node), specifier: text, isTypeOnly: isErased(node) };
    return [{ ...shared, file: fileOf(source.path, text), library: libraryOf(text) }];
  });
}

/** `packages/api` of `packages/api/src/index.ts`; `tests` of `tests/flows/login.test.ts`. */
export function workspaceOf(path: string): string {
  const [top = "", name = ""] = path.split("/");
  return ["packages", "apps", "examples"].includes(top) ? `${top}/${name}` : top;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (!ts.isCallExpression(node)) return undefined;
  const { expression } = node;
  const isRequire = ts.isIdentifier(expression) && expression.text === "require";
  return isRequire || expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments[0] : undefined;
}

// `import { type A }` is not erased: with verbatimModuleSyntax it becomes `import {}` and loads the module.
function isErased(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  return ts.isImportTypeNode(node);
}

function fileOf(from: string, specifier: string): string | null {
  if (specifier.startsWith(".")) {
    return posix.join(posix.dirname(from), specifier).replace(/\.([cm]?)js(x?)$/, ".$1ts$2");
  }
  const [scope, name, ...entry] = specifier.split("/");
  const folder = entryFolders[`${scope}/${name}`];
  const door = entry.join("/") || "index";
  return folder ? `${folder}/src/${entryFiles[`${scope}/${name}/${door}`] ?? door}.ts` : null;
}

function libraryOf(specifier: string): string | null {
  if (specifier.startsWith(".")) return null;
  if (isBuiltin(specifier)) return `node:${specifier.replace(/^node:/, "")}`;
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  return name in entryFolders ? null : name;
}
