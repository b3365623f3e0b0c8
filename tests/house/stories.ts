import ts from "typescript";
import type { Source } from "./sources.js";
import { broken, nodesOf } from "./syntax.js";

const suites = ["test", "it", "describe", "suite"];
const runners = ["test", "it"];
const switches = /^(?:skip|only|todo|skipIf|runIf|fails)$/;

/**
 * What a test's name may begin with besides a lower-case word. Words with a capital inside (`PGlite`) are always
 * allowed.
 */
const properNames =
  "I Ada Bob Eve Grace Mallory Google Facebook Twitter Apple Lucia Hono Keywright React Node Fastify Express Redis".split(
    " ",
  );

/** Tests that do not run, or keep others from running. */
export function switchedTests(sources: readonly Source[]): string[] {
  return sources.flatMap(nodesOf).flatMap((node) => {
    const name = switchOf(node);
    return name ? [broken(node, `${name} keeps tests from running: run them all, everywhere`)] : [];
  });
}

/** Test names that are not sentences: they need a lower-case word or a proper name first, and at least three words. */
export function poorTestNames(sources: readonly Source[]): string[] {
  return sources.flatMap(nodesOf).flatMap((node) => {
    const name =
      ts.isCallExpression(node) && runners.includes(rootOf(node.expression)) ? textOf(node.arguments[0]) : null;
    if (name === null) return [];
    const sentence = faultOf(name);
    return sentence ? [broken(node, sentence)] : [];
  });
}

/** Mocks of our own modules, and spies that replace what they watch. Fakes are for the edges only. */
export function mocks(sources: readonly Source[]): string[] {
  const calls = sources.flatMap(nodesOf).filter(ts.isCallExpression).filter(isMock);
  return calls.map((node) => broken(node, "a mock tests itself: go through a procedure, with a fake at the edge"));
}

function isMock({ expression, arguments: [first] }: ts.CallExpression): boolean {
  const callee = expression.getText();
  if (/^vi\.(?:mock|doMock)$/.test(callee)) return /^["'`(import]*(?:\.|@keywright\/)/.test(first?.getText() ?? "");
  return /^vi\s*\.spyOn\([\s\S]*\.mock(?:Implementation|ReturnValue|ResolvedValue|RejectedValue)(?:Once)?$/.test(
    callee,
  );
}

function switchOf(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node)) {
    const isTests = [...suites, "context", "ctx", "task"].includes(rootOf(node));
    return isTests && switches.test(node.name.text) ? `.${node.name.text}` : null;
  }
  if (ts.isBindingElement(node)) return node.name.getText() === "skip" ? "skip" : null;
  if (!ts.isPropertyAssignment(node) || !switches.test(node.name.getText())) return null;
  const call = node.parent.parent;
  return ts.isCallExpression(call) && suites.includes(rootOf(call.expression)) ? node.name.getText() : null;
}

/** `test` of `test`, `test.each([…])` and `test.extend({…}).for([…])`. */
function rootOf(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text;
  const isChain =
    ts.isPropertyAccessExpression(node) || ts.isCallExpression(node) || ts.isTaggedTemplateExpression(node);
  if (!isChain) return "";
  return rootOf(ts.isTaggedTemplateExpression(node) ? node.tag : node.expression);
}

// A computed name, or one from a table, is skipped: its words are not known here.
function textOf(node: ts.Node | undefined): string | null {
  if (!node) return null;
  if (ts.isStringLiteralLike(node)) return /^(?:%s|\$\w+)$/.test(node.text) ? null : node.text;
  const written = node.getText().slice(1, -1);
  return ts.isTemplateExpression(node) ? written.replace(/\$\{[^}]*\}/g, "$value") : null;
}

function faultOf(name: string): string | null {
  const words = name.split(/\s+/);
  if (words.length < 3) return `"${name}" is not a sentence: say in three words or more what the caller sees`;
  const [first = ""] = words;
  const [plain = ""] = /^[\w-]+/.exec(first) ?? [];
  const isProper = properNames.includes(plain) || /[A-Z0-9]/.test(plain.slice(1));
  if (/^(?:[a-z]|[$%`]|__)/.test(first) || isProper) return null;
  return `"${name}" begins with "${first}": begin in lower case, or add the name to properNames in tests/house/stories.ts`;
}
