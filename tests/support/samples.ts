import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Modules that the samples import but we do not depend on, with the signatures of their own declarations. */
const secureStore = `declare module "expo-secure-store" {
  export function getItemAsync(key: string): Promise<string | null>;
  export function setItemAsync(key: string, value: string): Promise<void>;
  export function deleteItemAsync(key: string): Promise<void>;
}`;

/** A document of the repository, such as `docs/extending.md`. */
export function pageOf(path: string): string {
  return readFileSync(`${root}${path}`, "utf8");
}

/** The TypeScript samples of a document, in order. */
export function samplesOf(page: string): string[] {
  return [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? "");
}

/**
 * Type-checks texts as if each were a file in `tests/docs`; returns the complaints about each. All at once, because it
 * is slow.
 */
export function complaints(texts: string[], looser: ts.CompilerOptions = {}): string[][] {
  const files = new Map(texts.map((text, index) => [`${root}tests/docs/sample-${index}.ts`, text]));
  const ambient = `${root}tests/docs/secure-store.d.ts`;
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config,
    ts.sys,
    root,
  );
  Object.assign(options, looser);
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

/** Runs a sample exactly as it is in the document, with the modules that it imports; returns what it exports. */
export function runSample(text: string, modules: Record<string, unknown>): Record<string, unknown> {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 };
  const { outputText } = ts.transpileModule(text, { compilerOptions });
  const exported = {};
  new Function("require", "exports", outputText)((name: string) => modules[name], exported);
  return exported;
}
