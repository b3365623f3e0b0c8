import ts from "typescript";
import { parse, type Source } from "./sources.js";
import { broken, childrenOf, isExported, isFunc, isTypeDeclaration, nodesBelow, nodesOf } from "./syntax.js";

/** Files that need the machine's clock, and why. */
export const otherClocks: Record<string, string> = {
  "packages/api/src/log.ts": "a log line says when it was really written",
  "packages/api/src/sessions/sessions.ts": "Lucia reads the machine's clock, and the difference to ours is taken there",
  "packages/api/src/operator/examine-database.ts": "the database's clock is compared with this machine's",
  "packages/db/src/inspect.ts": "the server's clock is reported, to be compared with others",
};

/** Programs: they are run, not imported. */
const programs = /^(?:apps\/(?:cli|server)\/src\/main\.ts$|examples\/|bench\/)/;
const ticking = /^packages\/(?:api|db)\//;

/**
 * Modules with side effects on import, or with state: a bare statement, a top-level `await`, a `let`. A `let` that is
 * only ever set by `??=` is a memo, not state.
 */
export function importEffects(sources: readonly Source[]): string[] {
  const modules = sources.filter(({ path }) => !programs.test(path));
  return modules.flatMap((source) => parse(source).statements.flatMap(effectOf));
}

/**
 * Clocks other than `deps.now()`. Only a parameter default of that name may read the machine's: `now = () => new
 * Date()`.
 */
export function strayClocks(sources: readonly Source[]): string[] {
  const nodes = sources.filter(({ path }) => ticking.test(path) && !(path in otherClocks)).flatMap(nodesOf);
  return nodes.flatMap((node) => {
    if (isSqlClock(node)) return [broken(node, "SQL has no clock of its own: pass deps.now() as a parameter")];
    const isStray = isMachineClock(node) && !isDefaultNow(node);
    return isStray ? [broken(node, "time comes from deps.now(): a test must be able to move it")] : [];
  });
}

/** `console` inside a package: anything worth reporting goes to the host's `log` or events. */
export function strayConsole(sources: readonly Source[]): string[] {
  const calls = sources.filter(({ path }) => path.startsWith("packages/")).flatMap(nodesOf);
  const found = calls.filter((node) => ts.isPropertyAccessExpression(node) && node.expression.getText() === "console");
  return found.map((node) => broken(node, "a package does not write to the console: report through deps"));
}

/** Files that a package would read beside its code, where a bundler leaves nothing but the code. */
export function filesBesideCode(sources: readonly Source[]): string[] {
  const nodes = sources.filter(({ path }) => path.startsWith("packages/")).flatMap(nodesOf);
  const found = nodes.filter((node) => ts.isMetaProperty(node) || (ts.isIdentifier(node) && node.text === "__dirname"));
  return found.map((node) => broken(node, "a bundler carries code only: make what is read here a module"));
}

/** Classes of which an app may have a second copy: another version, the CommonJS build, or what a bundler made. */
const copied = new Set(["KeywrightError", "TRPCError", "ZodError", "$ZodError"]);
/** As tRPC does it, by class or else by name: an app may derive its own classes from this one. */
const bothWays = "packages/api/src/trpc/refusals.ts";

/** `instanceof` a class that may exist twice. */
export function identityChecks(sources: readonly Source[]): string[] {
  const nodes = sources.filter(({ path }) => ticking.test(path) && path !== bothWays).flatMap(nodesOf);
  return nodes.flatMap((node) => {
    if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.InstanceOfKeyword) return [];
    if (!copied.has(node.right.getText().split(".").at(-1) ?? "")) return [];
    return [broken(node, "an app may have another copy of this class: recognise the error by what it is")];
  });
}

function effectOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    const isConst = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
    if (!isConst && !isMemo(statement))
      return [broken(statement, "a module keeps no state: hold it in the closure of a create… function")];
    return hasAwait(statement)
      ? [broken(statement, "a module does not wait at import: wait in a create… function")]
      : [];
  }
  if (isDeclaration(statement) || isDirective(statement)) return [];
  return [broken(statement, "a module does nothing at import: move this into a function that somebody calls")];
}

function isMemo(statement: ts.VariableStatement): boolean {
  const names = statement.declarationList.declarations.map(({ name }) => name.getText());
  const writes = nodesBelow(statement.parent).flatMap((node) => {
    const isWrite = ts.isBinaryExpression(node) && /^[^=<>!]*=$/.test(node.operatorToken.getText());
    return isWrite && names.includes(node.left.getText()) ? [node.operatorToken.getText()] : [];
  });
  return !isExported(statement) && writes.length > 0 && writes.every((operator) => operator === "??=");
}

/** `"use client"` tells bundlers where a module runs. */
function isDirective(statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
}

function isDeclaration(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) return true;
  if (ts.isExportAssignment(statement) || ts.isModuleDeclaration(statement)) return true;
  return ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || isTypeDeclaration(statement);
}

function hasAwait(node: ts.Node): boolean {
  return ts.isAwaitExpression(node) || childrenOf(node).some((child) => !isFunc(child) && hasAwait(child));
}

function isMachineClock(node: ts.Node): boolean {
  if (ts.isNewExpression(node)) return node.expression.getText() === "Date" && !node.arguments?.length;
  return ts.isPropertyAccessExpression(node) && node.getText() === "Date.now";
}

function isDefaultNow(node: ts.Node): boolean {
  const around = holderOf(node);
  if (ts.isBinaryExpression(around)) return /\bnow$/.test(around.left.getText());
  const isNamed = ts.isPropertyAssignment(around) || ts.isBindingElement(around) || ts.isParameter(around);
  return isNamed && around.name.getText() === "now";
}

function holderOf({ parent }: ts.Node): ts.Node {
  return ts.isArrowFunction(parent) || ts.isParenthesizedExpression(parent) ? holderOf(parent) : parent;
}

function isSqlClock(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === "defaultNow";
  const isSql = ts.isTaggedTemplateExpression(node) && /^sql\b/.test(node.tag.getText());
  return isSql && /\b(?:now\(\)|current_timestamp|clock_timestamp)/i.test(node.template.getText());
}
