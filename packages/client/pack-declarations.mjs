// Gives the CommonJS half of the package its declarations: the same ones, read as CommonJS because of where they are.
// Under the same names, since npm packs those side by side, where the second of a pair weighs next to nothing:
// as long as the first has at most 31,744 bytes, since compression looks back no further.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

for (const name of readdirSync("dist").filter((name) => name.endsWith(".d.ts"))) {
  const text = readFileSync(`dist/${name}`, "utf8")
    .replaceAll('"./index.js"', '"./root.js"')
    // What a file declares as a type needs no mark where it is exported.
    .replace(/^export \{ [^}]+ \};$/m, (names) => names.replaceAll(/\btype |(?<=,) /g, ""))
    .replaceAll(/^\/\/#(?:end)?region.*\n/gm, "")
    .replaceAll(/^(?: {2})+/gm, (indent) => "\t".repeat(indent.length / 2));
  for (const folder of ["dist", "dist/cjs"]) writeFileSync(`${folder}/${name}`, text);
}
writeFileSync("dist/cjs/package.json", '{ "type": "commonjs" }\n');
