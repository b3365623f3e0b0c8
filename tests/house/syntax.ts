import ts from "typescript";
import { parse, type Source } from "./sources.js";

/** One comment, including its delimiters. */
export interface Comment {
  text: string;
  /** The line where it begins, from 1. */
  line: number;
}

/** A function with a body: declaration, expression, arrow function, method, accessor or constructor. */
export type Func = ts.SignatureDeclaration & { readonly body: ts.Node };

/** Every node of a file, parents first, in source order. */
export function nodesOf(source: Source): ts.Node[] {
  return nodesBelow(parse(source));
}

export function nodesBelow(node: ts.Node): ts.Node[] {
  return [node, ...childrenOf(node).flatMap(nodesBelow)];
}

export function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    children.push(child);
  });
  return children;
}

export function commentsOf(source: Source): Comment[] {
  const { text } = source;
  const ranges = tokensBelow(parse(source)).flatMap((token) => [
    ...(ts.getLeadingCommentRanges(text, token.getFullStart()) ?? []),
    ...(ts.getTrailingCommentRanges(text, token.getEnd()) ?? []),
  ]);
  const texts = new Map(ranges.map(({ pos, end }) => [pos, text.slice(pos, end)]));
  return [...texts].map(([pos, comment]) => ({ text: comment, line: text.slice(0, pos).split("\n").length }));
}

function tokensBelow(node: ts.Node): ts.Node[] {
  const children = node.getChildren().filter((child) => !ts.isJSDoc(child));
  return children.length === 0 ? [node] : children.flatMap(tokensBelow);
}

export function functionsOf(source: Source): Func[] {
  return nodesOf(source).filter(isFunc);
}

export function isFunc(node: ts.Node): node is Func {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
}

export function isExported(node: ts.Node): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  return ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

export function isTypeDeclaration(node: ts.Node): node is ts.InterfaceDeclaration | ts.TypeAliasDeclaration {
  return ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
}

/** A function's name to a reader: its own, or that of the variable or property that holds it. */
export function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name) return node.name.getText();
  const holder = node.parent;
  if (ts.isVariableDeclaration(holder) || ts.isPropertyAssignment(holder)) return holder.name.getText();
  return ts.isConstructorDeclaration(node) ? "constructor" : "this function";
}

/** The object literal of `{…}`, `{…} as const`, `{…} satisfies T` or `({…})`; null for anything else. */
export function objectIn(node: ts.Expression | undefined): ts.ObjectLiteralExpression | null {
  if (!node) return null;
  if (ts.isObjectLiteralExpression(node)) return node;
  // A table may be passed through a function that gives it its type.
  if (ts.isCallExpression(node)) return objectIn(node.arguments[0]);
  const isWrapped = ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node);
  return isWrapped ? objectIn(node.expression) : null;
}

/** The first line of a node, from 1, without its doc comment. */
export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}

export function lastLineOf(node: ts.Node): number {
  return node.getSourceFile().getLineAndCharacterOfPosition(node.getEnd()).line + 1;
}

/** The message of every rule: where, what is wrong and what to do instead. */
export function broken(place: ts.Node | { path: string; line: number }, sentence: string): string {
  const { path, line } = "kind" in place ? { path: place.getSourceFile().fileName, line: lineOf(place) } : place;
  return `${path}:${line} ${sentence}.`;
}
