import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compile, compilers } from "../support/compilers.js";
import { packClient } from "../support/packed.js";
import { entries } from "./entries.js";
import { misfits } from "./misfits.js";

/** Everything that tRPC and React declare is checked along, on a machine that is busy. */
const compileMs = 120_000;
const versions = Object.keys(compilers);
const resolutions = [{ module: "nodenext" }, { module: "preserve", moduleResolution: "bundler" }];

const client = packClient();
const pages = entries.flatMap(({ page }) => [`${page}.ts`, `${page}.cts`]);
let everything: string;
let typesOnly: string;
beforeAll(() => {
  everything = client.install("everything", ["react", "@types/react"]);
  for (const page of pages) copyPage(everything, page);
  for (const { name, text } of misfits) writeFileSync(join(everything, `${name}.ts`), text);
  typesOnly = client.installAlone("types-only");
  copyPage(typesOnly, "flat.ts");
});
afterAll(() => client.close());

/** In a `.cts` file, what is written as an import is required, and so are its types. */
function copyPage(program: string, page: string): void {
  const source = new URL(`front-end/${page.replace(".cts", ".ts")}`, import.meta.url);
  copyFileSync(fileURLToPath(source), join(program, page));
}

test.for(versions)(
  "a front end of every entry compiles with TypeScript %s, and its mistakes do not",
  { timeout: compileMs },
  async (version) => {
    const files = [...pages, ...misfits.map(({ name }) => `${name}.ts`)];
    // tRPC's own declarations need `Disposable`.
    const lib = ["ES2023", "DOM", "ESNext.Disposable"];
    const compilations = resolutions.map((resolution) =>
      compile(everything, { version, options: { target: "ES2022", lib, ...resolution }, files }),
    );
    for (const complaints of await Promise.all(compilations)) {
      for (const { name, complaint } of misfits) {
        expect(complaints.get(`${name}.ts`) ?? `${name} compiles`).toMatch(complaint);
        complaints.delete(`${name}.ts`);
      }
      expect([...complaints]).toEqual([]);
    }
  },
);

test.for(versions)(
  "a front end of 2017 that has no tRPC installed knows the client's types with TypeScript %s",
  { timeout: compileMs },
  async (version) => {
    const options = { target: "ES2017", lib: ["ES2017", "DOM"], module: "nodenext" };
    expect([...(await compile(typesOnly, { version, options, files: ["flat.ts"] }))]).toEqual([]);
  },
);
