import ts from "typescript";
import type { Source } from "./sources.js";
import {
  broken,
  childrenOf,
  type Func,
  functionsOf,
  isFunc,
  isTypeDeclaration,
  lastLineOf,
  lineOf,
  nameOf,
  nodesOf,
} from "./syntax.js";

const limits = { fileLines: 200, functionLines: 40, parameters: 3, typeParameters: 2, levels: 2 };

/** Modules that hold data instead of code, and why each may be long. */
export const dataModules: Record<string, string> = {
  "packages/client/src/api.ts": "generated from the contract: a description of each procedure and its input",
  "packages/db/src/migrations.ts": "generated: the SQL of every migration",
  "packages/api/src/passwords/common-data.ts": "the common passwords, packed: one generated string",
};

/** Files of more than 200 lines, blank lines and comments included. */
export function longFiles(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split("\n").length;
    if (lines <= limits.fileLines || path in dataModules) return [];
    return [
      broken({ path, line: lines }, `${lines} lines are more than ${limits.fileLines}: split the file by concept`),
    ];
  });
}

/**
 * Functions of more than 40 lines, counted from the first line of the signature to the closing line, both included,
 * with blank lines, comments and nested functions, but without the doc comment above. Everything with a body counts:
 * declarations, arrow functions, methods, accessors, constructors. A record of procedures is an object, not a function.
 */
export function longFunctions(sources: readonly Source[]): string[] {
  return sources.flatMap(functionsOf).flatMap((node) => {
    const lines = lastLineOf(node) - lineOf(node) + 1;
    if (lines <= limits.functionLines) return [];
    return [
      broken(
        node,
        `${nameOf(node)} has ${lines} lines, more than ${limits.functionLines}: name a part and move it below`,
      ),
    ];
  });
}

/** Functions and function types with more than three parameters; anything with more than two type parameters. */
export function longSignatures(sources: readonly Source[]): string[] {
  return sources.flatMap(nodesOf).flatMap((node) => [...manyParameters(node), ...manyTypeParameters(node)]);
}

/** Functions with `if`, loops and `switch` nested more than two deep; `else if` and `try` do not add a level. */
export function deepFunctions(sources: readonly Source[]): string[] {
  return sources.flatMap(functionsOf).flatMap((node: Func) => {
    const levels = depthOf(node.body);
    if (levels <= limits.levels) return [];
    return [
      broken(
        node,
        `${nameOf(node)} nests ${levels} deep, more than ${limits.levels}: guard first, or name the inner part`,
      ),
    ];
  });
}

function manyParameters(node: ts.Node): string[] {
  if (!ts.isFunctionLike(node)) return [];
  const count = node.parameters.filter(({ name }) => name.getText() !== "this").length;
  if (count <= limits.parameters) return [];
  return [broken(node, `${nameOf(node)} takes ${count} parameters, more than ${limits.parameters}: pass one object`)];
}

function manyTypeParameters(node: ts.Node): string[] {
  const declares = ts.isFunctionLike(node) || isTypeDeclaration(node);
  const count = declares ? (node.typeParameters?.length ?? 0) : 0;
  if (count <= limits.typeParameters) return [];
  return [broken(node, `${count} type parameters are more than ${limits.typeParameters}: write the types out`)];
}

function depthOf(node: ts.Node): number {
  const inner = childrenOf(node).filter((child) => !isFunc(child));
  return Math.max(0, ...inner.map((child) => depthOf(child) + (isLevel(child) ? 1 : 0)));
}

function isLevel(node: ts.Node): boolean {
  if (ts.isIfStatement(node)) return !(ts.isIfStatement(node.parent) && node.parent.elseStatement === node);
  return ts.isIterationStatement(node, false) || ts.isSwitchStatement(node);
}
