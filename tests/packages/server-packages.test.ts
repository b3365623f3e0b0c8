import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData, type Problem } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OwnRegistry, startOwnRegistry } from "../support/own-registry.js";

/** An installation from npm, on a machine that is busy. */
const patienceMs = 300_000;
const names = ["@keywright/api", "@keywright/db"];
const published = [...names, "@keywright/cli"];
const run = promisify(execFile);
let registry: OwnRegistry;
let program: string;

beforeAll(async () => {
  registry = await startOwnRegistry();
  program = mkdtempSync(join(tmpdir(), "keywright-program-"));
  writeFileSync(join(program, "package.json"), JSON.stringify({ name: "program", private: true, type: "module" }));
  registry.use(program);
  await run("npm", ["install", ...published, "@trpc/server@11.25.2"], { cwd: program });
}, patienceMs);
afterAll(async () => {
  await registry.close();
  rmSync(program, { recursive: true, force: true });
});

test.for(published)("%s has its licence, its page and the built files, and nothing of how it was built", (name) => {
  const contents = join(program, "node_modules", name);
  const entries = readdirSync(contents, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name).slice(contents.length + 1));
  expect(paths).toEqual(
    expect.arrayContaining([
      "LICENSE",
      "README.md",
      "package.json",
      expect.stringMatching(/^dist\/(?:index|main)\.js$/),
    ]),
  );
  expect(paths.filter((path) => /tsbuildinfo|\.test\.|tsconfig/.test(path))).toEqual([]);
  const manifest: unknown = JSON.parse(readFileSync(join(contents, "package.json"), "utf8"));
  expect(manifest).toMatchObject({ license: "MIT", repository: { type: "git" }, keywords: expect.any(Array) });
});

test.for([...names, "@keywright/cli"])("publint has no complaint about %s", async (name) => {
  const { buffer } = Uint8Array.from(registry.tarballOf(name));
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test.for(names)("attw finds the types of %s to be right for all who load ES modules", async (name) => {
  const result = await checkPackage(createPackageFromTarballData(registry.tarballOf(name)), {
    excludeEntrypoints: ["./package.json"],
  });
  if (!result.types) throw new Error("The package has no types.");
  expect(result.problems.filter((problem) => !isOfOldResolvers(problem))).toEqual([]);
});

test("a CommonJS program that requires the packages gets what an ES module imports", async () => {
  for (const name of names) {
    const list = "console.log(Object.keys(module).filter((key) => key !== 'module.exports').sort().join())";
    const imported = await load("load.mjs", `import * as module from "${name}"; ${list}`);
    const required = await load("load.cjs", `{ const module = require("${name}"); ${list} }`);
    expect(required).toEqual(imported);
    expect(imported.stdout).toMatch(/\w/);
    expect(imported.stderr).toBe("");
  }
});

/** Profile `esm-only`: Node 10 knows no `exports`, and the types say to CommonJS that this is an ES module. */
function isOfOldResolvers(problem: Problem): boolean {
  return "resolutionKind" in problem && /^(?:node10|node16-cjs)$/.test(problem.resolutionKind);
}

/** In a process that knows nothing of the repository. */
async function load(file: string, code: string): Promise<{ stdout: string; stderr: string }> {
  writeFileSync(join(program, file), code);
  return await run(process.execPath, [join(program, file)], { cwd: program, env: { PATH: process.env.PATH ?? "" } });
}
