import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The compilers that a front end may use, and ours. */
export const compilers: Record<string, string> = {
  "5.8": "compilers/5.8/node_modules/typescript",
  "5.9": "compilers/5.9/node_modules/typescript",
  "6.0": "node_modules/typescript",
  "7.0": "compilers/7.0/node_modules/typescript",
};

/** As strict as a front end can be, and without the leniency of `skipLibCheck`. */
const strictest = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  // The compiler's own declarations are not ours, and take half the time.
  skipDefaultLibCheck: true,
  types: [],
  noEmit: true,
};

export interface Compilation {
  version: string;
  options: object;
  files: readonly string[];
}

/** The compiler's complaints about a program, by file; under "" those about no file. */
export async function compile(program: string, { version, options, files }: Compilation): Promise<Map<string, string>> {
  const config = join(program, `tsconfig.${version}.${crypto.randomUUID()}.json`);
  await writeFile(config, JSON.stringify({ compilerOptions: { ...strictest, ...options }, files }));
  const tsc = join(root, compilers[version] ?? "", "bin/tsc");
  const { code, said } = await run(tsc, ["-p", config, "--pretty", "false"], program);
  const complaints = byFile(said);
  if (code !== 0 && complaints.size === 0) complaints.set("", `tsc ended with ${code}: ${said}`);
  return complaints;
}

function run(tsc: string, args: readonly string[], cwd: string): Promise<{ code: unknown; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, ...args], { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, said: `${stdout}${stderr}` });
    });
  });
}

/** A complaint is one line, `file(line,column): error …`, plus indented continuation lines. */
function byFile(said: string): Map<string, string> {
  const complaints = new Map<string, string>();
  for (const [, file = "", text] of said.matchAll(/^(?:(\S+?)\(\d+,\d+\): )?(error .*(?:\n .*)*)/gm)) {
    complaints.set(file, `${complaints.get(file) ?? ""}${text}\n`);
  }
  return complaints;
}
