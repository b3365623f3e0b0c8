import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import ts from "typescript";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { packClient } from "../support/packed.js";
import { entries } from "./entries.js";

const client = packClient();
afterAll(() => client.close());

const ofServers = /drizzle|postgres|lucia|arctic|nodemailer|\bhono\b|\bzod\b|"node:/i;
const manifest = z.object({ exports: z.record(z.string(), z.unknown()) }).loose();
const published = readdirSync(client.contents, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => posix.relative(client.contents, posix.join(entry.parentPath, entry.name)));
const textOf = (path: string) => readFileSync(join(client.contents, path), "utf8");
const declarations = published.filter((path) => path.endsWith(".d.ts"));

test("a visitor of npm gets the built files, the licence and the page about them, and nothing else", () => {
  const strays = published.filter((path) => !/^dist\/(?:cjs\/)?[\w.-]+\.(?:d\.ts|js)$/.test(path));
  // For resolvers that look for a folder.
  const folders = entries.map(({ path }) => posix.join(path, "package.json"));
  expect(strays.toSorted()).toEqual(["LICENSE", "README.md", "dist/cjs/package.json", ...folders].toSorted());
  for (const path of published) expect(textOf(path)).not.toContain("sourceMappingURL=");
});

test("the table of entries is that of the package", () => {
  const { exports } = manifest.parse(JSON.parse(textOf("package.json")));
  expect(Object.keys(exports)).toEqual([...entries.map(({ path }) => path), "./package.json"]);
});

test("a server that renders pages is told that React's part is the browser's", () => {
  for (const file of ["dist/react.js", "dist/cjs/react.js"])
    expect(textOf(file)).toMatch(/^(?:"use strict";\s*)?"use client"/);
});

test.for(entries)("$path declares its types without those of anything that it need not know", (entry) => {
  const foreign = foreignTo(reachedFrom(entry.path, ".d.ts"));
  expect(foreign.filter((name) => !entry.typesFrom?.test(name))).toEqual([]);
});

test.for(entries)("$path loads nothing that it need not know", (entry) => {
  // Where bundlers look: in CommonJS, a file loads its neighbours also when it needs nothing of them.
  const files = reachedFrom(entry.path, ".js").filter((file) => !file.includes("/cjs/"));
  const foreign = foreignTo(files);
  expect(foreign.filter((name) => !entry.codeFrom?.test(name))).toEqual([]);
  if (entry.codeFrom) expect(foreign).not.toEqual([]);
});

test("nothing of a server is in the declarations, nor installed beside the client", () => {
  expect(declarations.filter((path) => ofServers.test(textOf(path)))).toEqual([]);
  const program = client.install("beside");
  const installed = readdirSync(join(program, "node_modules"), { recursive: true, withFileTypes: true });
  const libraries = installed.filter((entry) => entry.isDirectory() && ofServers.test(entry.name));
  expect(libraries.map(({ name }) => name)).toEqual([]);
});

test("publint has no complaint", async () => {
  const { buffer } = Uint8Array.from(readFileSync(client.tarball));
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test("C26: attw finds the types of every entry to be right, by `exports` and without", async () => {
  const result = await checkPackage(createPackageFromTarballData(readFileSync(client.tarball)), {
    excludeEntrypoints: ["./package.json"],
  });
  if (!result.types) throw new Error("The package has no types.");
  expect(Object.keys(result.entrypoints)).toEqual(entries.map(({ path }) => path));
  expect(result.problems).toEqual([]);
});

/** The files of one entry, for modules of either kind, with all that they pass on or load. */
function reachedFrom(entry: string, ending: ".js" | ".d.ts"): string[] {
  const { exports } = manifest.parse(JSON.parse(textOf("package.json")));
  const files = JSON.stringify(exports[entry]).match(/dist\/[\w./-]+/g) ?? [];
  const reached = new Set(files.map((file) => file.replace(/\.js$/, ending)));
  expect(reached.size).toBe(2);
  for (const file of reached) {
    for (const name of importsOf(file).filter((name) => name.startsWith("."))) {
      reached.add(posix.join(posix.dirname(file), name.replace(/\.js$/, ending)));
    }
  }
  return [...reached];
}

function foreignTo(files: readonly string[]): string[] {
  return files.flatMap(importsOf).filter((name) => !name.startsWith("."));
}

function importsOf(file: string): string[] {
  return ts.preProcessFile(textOf(file), true, true).importedFiles.map(({ fileName }) => fileName);
}
