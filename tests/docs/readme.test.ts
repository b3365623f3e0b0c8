import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { authRouters } from "@keywright/api";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const readme = readFileSync(`${root}README.md`, "utf8");
const samples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? "");

/** What the samples import and we do not depend on: with the signatures of its own declarations. */
const secureStore = `declare module "expo-secure-store" {
  export function getItemAsync(key: string): Promise<string | null>;
  export function setItemAsync(key: string, value: string): Promise<void>;
  export function deleteItemAsync(key: string): Promise<void>;
}`;

/** Type-checks texts as if each were a file of this folder; the complaints about each. All at once: it is slow. */
function complaints(texts: string[]): string[][] {
  const files = new Map(texts.map((text, index) => [`${root}tests/docs/sample-${index}.ts`, text]));
  const ambient = `${root}tests/docs/secure-store.d.ts`;
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  const made = new Map([...files, [ambient, secureStore]]);
  host.readFile = (path) => made.get(path) ?? readFile(path);
  host.fileExists = (path) => made.has(path) || fileExists(path);
  const program = ts.createProgram([...made.keys()], options, host);
  return [...files.keys()].map((path) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
  );
}

describe("README", () => {
  test("has at most two hundred lines", () => {
    expect(readme.split("\n").length).toBeLessThanOrEqual(201);
  });

  test("a reader's samples compile, and would not with a misspelled field or a reason that cannot come", () => {
    expect(samples).toHaveLength(3);
    const [web = ""] = samples;
    const wrong = [web.replace("password:", "pasword:"), web.replace("INVALID_CREDENTIALS", "EMAIL_TAKEN")];
    const [misspelled, impossible, ...right] = complaints([...wrong, ...samples]);
    expect(right).toEqual([[], [], []]);
    expect(misspelled).not.toEqual([]);
    expect(impossible).not.toEqual([]);
  }, 120_000);

  test("the table names every procedure, and no other", () => {
    const named = [...readme.matchAll(/^\| `(\w+\.\w+)` +\| [mq] +\|/gm)].map((match) => match[1]);
    const served = Object.entries(authRouters).flatMap(([group, router]) =>
      Object.keys(router).map((name) => `${group}.${name}`),
    );
    expect(named.toSorted()).toEqual(served.toSorted());
  });

  test("the table tells queries from mutations", () => {
    for (const [group, router] of Object.entries(authRouters)) {
      for (const [name, procedure] of Object.entries(router)) {
        const letter = procedure._def.type === "query" ? "q" : "m";
        expect(readme).toMatch(new RegExp(`^\\| \`${group}\\.${name}\` +\\| ${letter} +\\|`, "m"));
      }
    }
  });
});
