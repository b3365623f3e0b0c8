// Shortens what was built, and gives the CommonJS half of the package its own, which point to those of the other half:
// a copy would weigh as much again as soon as it is longer than the window of npm's compression. But tRPC's types of an
// ES module are not those of CommonJS: what is made of them is a copy.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

for (const name of readdirSync("dist").filter((name) => name.endsWith(".d.ts"))) {
  const text = readFileSync(`dist/${name}`, "utf8")
    .replaceAll('"./index.js"', '"./root.js"')
    // What a file declares as a type needs no mark where it is exported.
    .replace(/^export \{ [^}]+ \};$/m, (names) => names.replaceAll(/\btype |(?<=,) /g, ""))
    .replaceAll(/^\/\/#(?:end)?region.*\n/gm, "")
    .replaceAll(/^(?: {2})+/gm, (indent) => "\t".repeat(indent.length / 2));
  writeFileSync(`dist/${name}`, text);
  writeFileSync(`dist/cjs/${name}`, text.includes("@trpc/") ? text : asCommonJs(name, text));
}
for (const name of readdirSync("dist/cjs").filter((name) => name.endsWith(".js"))) {
  const text = readFileSync(`dist/cjs/${name}`, "utf8");
  // None of them is assigned to later, so that nothing needs to look at it anew.
  const getter =
    /^Object\.defineProperty\(exports, "(\w+)", \{\s+enumerable: true,\s+get: function\(\) \{\s+return (\w+);\s+\}\s+\}\);$/gm;
  const tag = /^Object\.defineProperty\(exports, Symbol\.toStringTag, .*\n/gm;
  writeFileSync(`dist/cjs/${name}`, text.replaceAll(getter, "exports.$1 = $2;").replaceAll(tag, ""));
}
writeFileSync("dist/cjs/package.json", '{ "type": "commonjs" }\n');

function asCommonJs(name, text) {
  const from = `"../${name.replace(".d.ts", ".js")}" with { "resolution-mode": "import" };`;
  const isValue = (name) => new RegExp(`^(?:export )?declare (?:function|const|class) ${name}\\b`, "m").test(text);
  const listed = /^export \{ ([^}]+) \};$/m.exec(text)?.[1]?.split(/, ?/) ?? [];
  const inPlace = [...text.matchAll(/^export declare (?:function|const|class) (\w+)/gm)].map(([, value]) => value);
  const exported = new Set([...listed, ...inPlace].filter(isValue));
  return [
    `import type * as esm from ${from}`,
    `export type * from ${from}`,
    ...[...exported].map((value) => `export declare const ${value}: typeof esm.${value};`),
    "",
  ].join("\n");
}
