// Shortens what was built, and makes the CommonJS half of the package of it. Its code is the other half's but for the
// first and the last lines, and next to it in the package: so it is nearly free there. Its declarations point to those of
// the other half: a copy would weigh as much again as soon as it is longer than the window of npm's compression. But
// tRPC's types of an ES module are not those of CommonJS: what is made of them is a copy.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { minifySync } from "rolldown/utils";

mkdirSync("dist/cjs", { recursive: true });
for (const name of readdirSync("dist").filter((name) => name.endsWith(".d.ts"))) {
  const text = exportedInPlace(plainLists(readFileSync(`dist/${name}`, "utf8")))
    .replaceAll('"./index.js"', '"./root.js"')
    .replaceAll(/^\/\/#(?:end)?region.*\n/gm, "")
    .replaceAll(/^(?: {2})+/gm, (indent) => "\t".repeat(indent.length / 2));
  writeFileSync(`dist/${name}`, text);
  writeFileSync(`dist/cjs/${name}`, text.includes("@trpc/") ? text : asCommonJs(name, text));
}
for (const name of readdirSync("dist").filter((name) => name.endsWith(".js"))) {
  const text = dense(name, readFileSync(`dist/${name}`, "utf8"));
  writeFileSync(`dist/${name}`, text);
  writeFileSync(`dist/cjs/${name}`, commonJsOf(text));
}
writeFileSync("dist/cjs/package.json", '{ "type": "commonjs" }\n');

// For resolvers that know no `exports` and look for a folder: webpack 4, Metro before 0.82, `moduleResolution: node`.
const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
for (const name of Object.keys(exports).filter((name) => /^\.\/\w+$/.test(name))) {
  const { import: module, require: main } = exports[name];
  const fields = { main, module, types: module.replace(".js", ".d.ts") };
  mkdirSync(name, { recursive: true });
  writeFileSync(`${name}/package.json`, `${JSON.stringify(fields).replaceAll('"./', '"../')}\n`);
}

/** Writes `"a" | "b"` where a type is read off a list or a table of the contract. */
function plainLists(text) {
  const lists = /^declare const (\w+): (?:readonly \[(.+)\]|Record<(.+?), (?:string|readonly \[.+\])>);\n/gm;
  const found = [...text.matchAll(lists)];
  return found.reduce((shorter, [declaration, name, list, keys]) => {
    const union = list?.replaceAll(", ", " | ") ?? keys;
    const plain = shorter.replace(declaration, "").replaceAll(`(typeof ${name})[number]`, union);
    const next = plain.replaceAll(`keyof typeof ${name}`, union);
    return next.includes(`typeof ${name}`) ? shorter : next;
  }, text);
}

/** Says that a name is exported where it is declared. An empty list keeps what is not exported so. */
function exportedInPlace(text) {
  const list = /^export \{ ([^}]+) \};$/m.exec(text);
  if (!list) return text;
  let next = text.replace(list[0], "");
  const others = list[1].split(/, ?/).filter((entry) => {
    const name = entry.replace("type ", "");
    const declared = new RegExp(`^(?=(?:declare )?(?:interface|type|function|const|class) ${name}\\b)`, "gm");
    const before = next;
    next = next.replaceAll(declared, "export ");
    return next === before;
  });
  // What a file declares as a type needs no mark where it is exported.
  return `${next.trimEnd()}\nexport { ${others.join().replaceAll("type ", "")} };\n`.replace("{  }", "{}");
}

/** A line for each function, under its own name: a stack trace can still be read. */
function dense(name, text) {
  const parts = text.split(/\n(?=[^\s}\])])/).map((part) => {
    if (/^(?:import|export) \{/.test(part)) return part.trim();
    const options = { compress: false, mangle: { toplevel: false }, codegen: { removeWhitespace: true } };
    const { code, errors } = minifySync(name, part, options);
    if (errors.length > 0) throw new Error(`${name}: ${errors[0].message}`);
    return code;
  });
  // Not every bundler reads a template there.
  return `${parts.join("\n").replaceAll(/\bimport\(`(.+?)`\)/g, 'import("$1")')}\n`;
}

/** Of code as rolldown writes it: imports by name at the beginning, one list of exports at the end. */
function commonJsOf(text) {
  const commonJs = text
    .replaceAll(/^import \{ (.+) \} from (".+");$/gm, (_, names, from) => {
      return `const { ${names.replaceAll(" as ", ": ")} } = require(${from});`;
    })
    .replaceAll(/\bimport\((".+?")\)/g, "Promise.resolve().then(() => require($1))")
    .replace(
      /^export (\{ .+ \});$/m,
      (_, names) => `module.exports = ${names.replaceAll(/(\w+) as (\w+)/g, "$2: $1")};`,
    );
  if (/^(?:import|export)\b/m.test(commonJs)) throw new Error(`This is not how rolldown wrote modules:\n${commonJs}`);
  return commonJs;
}

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
