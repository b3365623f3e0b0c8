import { execFile } from "node:child_process";
import { copyFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compile } from "../support/compilers.js";
import { packClient } from "../support/packed.js";
import { entries } from "./entries.js";

// Webpack 4, Metro without `unstable_enablePackageExports` and TypeScript's `node10` look for files and folders.

const compileMs = 120_000;
const client = packClient();
let program: string;
beforeAll(() => {
  program = client.install("old", ["react", "@types/react"]);
  for (const { page } of entries) {
    const source = new URL(`front-end/${page}.ts`, import.meta.url);
    copyFileSync(fileURLToPath(source), join(program, `${page}.ts`));
  }
});
afterAll(() => client.close());

test.for<[version: string, options: object]>([
  ["5.8", {}],
  ["6.0", { ignoreDeprecations: "6.0" }],
])(
  "C26: a front end of every entry compiles by `moduleResolution: node` of TypeScript %s",
  { timeout: compileMs },
  async ([version, more]) => {
    const lib = ["ES2023", "DOM", "ESNext.Disposable"];
    const options = { target: "ES2022", lib, module: "esnext", moduleResolution: "node10", ...more };
    const files = entries.map(({ page }) => `${page}.ts`);
    expect([...(await compile(program, { version, options, files }))]).toEqual([]);
  },
);

test.for(["main", "module,main"])(
  "C26: a bundler that reads %s instead of `exports` gives each entry the names that it has",
  { timeout: compileMs },
  async (fields) => {
    const names = (path: string) => `[...Object.keys(await import("${path.replace(".", "@keywright/client")}"))]`;
    const lists = entries.map(({ path }) => names(path)).join(", ");
    const own = ".map((list) => list.filter((name) => !/^(?:default|module\\.exports|__esModule)$/.test(name)).sort())";
    writeFileSync(join(program, "names.mjs"), `console.log(JSON.stringify([${lists}]${own}));\n`);
    await build({
      input: join(program, "names.mjs"),
      platform: "neutral",
      logLevel: "silent",
      resolve: { exportsFields: [], mainFields: fields.split(",") },
      output: {
        dir: join(program, `built-${fields}`),
        entryFileNames: "names.mjs",
        chunkFileNames: "[name]-[hash].mjs",
      },
    });
    const namesOf = async (file: string) => JSON.parse((await promisify(execFile)(process.execPath, [file])).stdout);
    expect(readdirSync(join(program, `built-${fields}`)).length).toBeGreaterThan(1);
    expect(await namesOf(join(program, `built-${fields}/names.mjs`))).toEqual(
      await namesOf(join(program, "names.mjs")),
    );
  },
);
