import { spawnSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const compiler = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));

/** As in a new front end, including `skipLibCheck`: what counts is the work that the program itself causes. */
const options = {
  strict: true,
  skipLibCheck: true,
  target: "ES2022",
  lib: ["ES2023", "DOM", "ESNext.Disposable"],
  module: "preserve",
  moduleResolution: "bundler",
  types: [],
  noEmit: true,
};

interface TypeCheck {
  instantiations: number;
  checkMs: number;
  /** Size of the package's own declarations that the program reaches: the entry and everything it re-exports. */
  ownBytes: number;
  /** Including those of other packages, but not the compiler's own. */
  allBytes: number;
}

/** Checks a program that uses one library. */
export function typeCheck(folder: string, calls: string, library: string): TypeCheck {
  const config = join(folder, "tsconfig.json");
  writeFileSync(join(folder, "calls.ts"), calls);
  writeFileSync(config, JSON.stringify({ compilerOptions: options, files: ["calls.ts"] }));
  const said = tsc(folder, config);
  const declarations = said.split("\n").filter((line) => /\.d\.[cm]?ts$/.test(line) && !line.startsWith(compiler));
  const own = declarations.filter((file) => file.includes(`/${library}/`) || file.includes(`/@${library}/`));
  return {
    instantiations: figure(said, /^Instantiations: +(\d+)/m),
    checkMs: figure(said, /^Check time: +([\d.]+)s/m) * 1000,
    ownBytes: bytesOf(own),
    allBytes: bytesOf(declarations),
  };
}

function tsc(folder: string, config: string): string {
  const args = [join(compiler, "bin/tsc"), "-p", config, "--extendedDiagnostics", "--listFiles"];
  const { stdout, status } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  const complaints = stdout.match(/^.*error TS.*$/gm) ?? [];
  if (status !== 0) throw new Error(["The program does not compile:", ...complaints].join("\n"));
  return stdout;
}

function figure(said: string, pattern: RegExp): number {
  const [, written] = pattern.exec(said) ?? [];
  if (written === undefined) throw new Error(`The compiler did not report ${pattern}: ${said}`);
  return Number(written);
}

function bytesOf(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + statSync(file).size, 0);
}
