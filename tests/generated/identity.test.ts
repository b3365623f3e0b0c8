import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const proof = `${root}tests/generated/identity.ts`;
const flat = `${root}packages/client/src/api.ts`;

/** Each a slip of the flat types that a careless comparison lets through. */
const slips: [name: string, from: RegExp, to: string][] = [
  ["an optional field of another name", /remember\?: boolean/, "remembr?: boolean"],
  ["a field that may not be undefined", /remember\?: boolean \| undefined/, "remember?: boolean"],
  ["an optional field that became required", /deviceName\?: string/, "deviceName: string"],
  ["an input that must be given", /logout: Mutation<\[input\?: /, "logout: Mutation<[input: "],
  ["an answer of another kind", /Answer<CurrentSession \| null>/, "Answer<CurrentSession>"],
  ["a reason too few", /, "INVALID_CREDENTIALS" \| /, ", "],
  ["a reason too many", /"LAST_SIGN_IN_METHOD">>;/, '"LAST_SIGN_IN_METHOD" | "NOT_FOUND" | "EMAIL_TAKEN">>;'],
  ["a query that became a mutation", /me: Query</, "me: Mutation<"],
  ["a procedure that is gone", /^ {2}undoEmailChange: .*$/m, ""],
  ["a procedure that nobody serves", /^ {2}me: /m, "  you: Query<[input?: undefined], Answer<User>>;\n  me: "],
];

const parsed = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says of the proof when the flat types are `text`. */
function complaints(text: string | undefined): string[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root, undefined, undefined, undefined);
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, ...rest) => {
    if (text !== undefined && name === flat) return ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    if (!parsed.has(name)) parsed.set(name, getSourceFile.call(host, name, ...rest));
    return parsed.get(name);
  };
  const program = ts.createProgram([proof], { ...options, noEmit: true }, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(proof))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}

test("the flat types are those of the router, to the letter", () => {
  expect(complaints(undefined)).toEqual([]);
});

test.for(slips)("the proof finds %s", ([, from, to]) => {
  const text = ts.sys.readFile(flat) ?? "";
  expect(text).toMatch(from);
  expect(complaints(text.replace(from, to))).not.toEqual([]);
});
