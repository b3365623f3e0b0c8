// Shortens what was built, and makes the CommonJS half of the package of it. Its code is the other half's but for the
// first and the last lines, and next to it in the package: so it is nearly free there. Its declarations point to those of
// the other half: a copy would weigh as much again as soon as it is longer than the window of npm's compression. But
// tRPC's types of an ES module are not those of CommonJS: what is made of them is a copy.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { minifySync } from "rolldown/utils";

const main = readFileSync("dist/root.d.ts", "utf8");
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

/**
 * Writes `"a" | "b"` where a type is read off a list or a table of the contract: in the main entry's order, since what is
 * said again in the same words is nearly free in the package.
 */
function plainLists(text) {
  const inOrder = (keys) => keys.split(" | ").toSorted((one, other) => main.indexOf(one) - main.indexOf(other));
  const lists = /^declare const (\w+): (?:readonly \[(.+)\]|Record<(.+?), (?:string|readonly \[.+\])>);\n/gm;
  const found = [...text.matchAll(lists)];
  return found.reduce((shorter, [declaration, name, list, keys]) => {
    const union = list?.replaceAll(", ", " | ") ?? inOrder(keys).join(" | ");
    const plain = shorter.replace(declaration, "").replaceAll(`(typeof ${name})[number]`, union);
    const next = plain.replaceAll(`keyof typeof ${name}`, union);
    return next.includes(`typeof ${name}`) ? shorter : next;
  }, text);
}

/** Marks each declaration instead of naming it again at the end, where `export {}` keeps the others from going out. */
function exportedInPlace(text) {
  const [list = "", names = ""] = /^export \{ ([^}]+) \};$/m.exec(text) ?? [];
  const marked = names.split(", ").reduce((next, name) => {
    const own = new RegExp(`^(?=(?:declare (?:function|const)|interface|type) ${name.replace("type ", "")}\\b)`, "gm");
    if (!own.test(next)) throw new Error(`${name} is exported, but not declared in its own file:\n${text}`);
    return next.replace(own, "export ");
  }, text);
  const isUnused = (name) => marked.match(new RegExp(`\\b${name}\\b`, "g"))?.length === 1;
  return marked
    .replace(list, "export {};")
    .replaceAll(/^type (\w+) = .+;\n/gm, (line, name) => (isUnused(name) ? "" : line));
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
  const values = [...text.matchAll(/^export declare (?:function|const) (\w+)/gm)].map(([, value]) => value);
  return [
    `import type * as esm from ${from}`,
    `export type * from ${from}`,
    `export declare const ${[...new Set(values)].map((value) => `${value}: typeof esm.${value}`).join(", ")};`,
    "",
  ].join("\n");
}
