import ts from "typescript";
import type { Source } from "./sources.js";
import { broken, commentsOf, nodesOf } from "./syntax.js";

type Check = (node: ts.Node) => string | null;

const onlyClass = "KeywrightError";
const silencers = /@ts-(?:ignore|nocheck|expect-error)|(?:biome|knip)-ignore|(?:v8|c8|istanbul) ignore/;

const checks: readonly Check[] = [
  (node) =>
    node.kind === ts.SyntaxKind.AnyKeyword
      ? "any turns the checker off: write the type, or unknown and narrow it"
      : null,
  (node) => (isAssertion(node) ? "an assertion is a claim, not a check: narrow, parse or use satisfies" : null),
  (node) => (ts.isNonNullExpression(node) ? "! is a claim, not a check: guard against null first" : null),
  (node) => (isDefinite(node) ? "! on a declaration is a claim, not a check: give it its value here" : null),
  (node) =>
    isOtherClass(node) ? `${onlyClass} is the one class: write a create… function that closes over its state` : null,
  (node) => (ts.isEnumDeclaration(node) ? "an enum is not erasable syntax: write a union of strings" : null),
  (node) => (isNamespace(node) ? "a namespace is not erasable syntax: the file is the namespace" : null),
  (node) => (isDefaultExport(node) ? "a default export has no name to search for: export it by name" : null),
];

/** Syntax that this codebase bans: `any`, `as`, `!`, classes, enums, namespaces, default exports. */
export function bannedSyntax(sources: readonly Source[]): string[] {
  return sources.flatMap(nodesOf).flatMap((node) => {
    return checks.flatMap((check) => {
      const sentence = check(node);
      return sentence ? [broken(node, sentence)] : [];
    });
  });
}

/** Conditional types: only the client may have them. */
export function conditionalTypes(sources: readonly Source[]): string[] {
  const outsideClient = sources.filter(({ path }) => !path.startsWith("packages/client/"));
  const found = outsideClient.flatMap(nodesOf).filter(ts.isConditionalTypeNode);
  return found.map((node) => broken(node, "conditional types stay in the client: write the type out"));
}

/** Comments that disable a check, and comments that postpone work. */
export function bannedComments(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    return commentsOf(source).flatMap(({ text, line }) => {
      const place = { path: source.path, line };
      if (silencers.test(text))
        return [broken(place, "a comment switches a check off: change the code until it passes")];
      const isPutOff = /\b(?:TODO|FIXME|XXX|HACK)\b/.test(text);
      return isPutOff
        ? [broken(place, "a comment puts work off: do it now, or open an issue and say nothing here")]
        : [];
    });
  });
}

function isAssertion(node: ts.Node): boolean {
  if (!ts.isAssertionExpression(node)) return false;
  const { type } = node;
  return !(ts.isTypeReferenceNode(type) && type.typeName.getText() === "const");
}

function isDefinite(node: ts.Node): boolean {
  const declares = ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node);
  return declares && node.exclamationToken !== undefined;
}

function isOtherClass(node: ts.Node): boolean {
  return ts.isClassLike(node) && node.name?.text !== onlyClass;
}

// `declare module "x"` and `declare global` extend the declarations of others, not ours.
function isNamespace(node: ts.Node): boolean {
  return ts.isModuleDeclaration(node) && ts.isIdentifier(node.name) && node.name.text !== "global";
}

function isDefaultExport(node: ts.Node): boolean {
  if (node.getSourceFile().fileName.endsWith(".config.ts")) return false;
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === "default";
  return node.kind === ts.SyntaxKind.DefaultKeyword;
}
