// Writes the software bill of materials of the published packages and all that they need at run time, from the lock file:
// CycloneDX 1.5, in JSON. `npm run sbom` writes sbom.cdx.json; another name can follow as an argument.
// npm's own `--omit dev` leaves out what any workspace needs for development (npm 11), and so half of what is needed.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const published = ["packages/api", "packages/client", "packages/db", "apps/cli", "apps/server"];
const { packages } = JSON.parse(readFileSync(new URL("package-lock.json", root), "utf8"));

const needed = new Map();
for (const place of published) visit(place);

const names = published.flatMap((place) => ["-w", packages[place].name]);
const args = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only", ...names];
const bom = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }));

const own = published.map((place) => refOf(place));
const { component } = bom.metadata;
bom.metadata.component = { ...component, type: "application", name: "keywright" };
bom.components = bom.components.flatMap((part) => {
  const ref = part["bom-ref"];
  if (!needed.has(ref)) return [];
  // npm calls a workspace by its folder.
  return [own.includes(ref) ? { ...part, name: ref.replace(/@[^@]+$/, "") } : part];
});
const listed = new Set(bom.components.map((part) => part["bom-ref"]));
const missing = [...needed.keys()].filter((ref) => !listed.has(ref));
if (missing.length > 0) throw new Error(`npm does not list ${missing.join(", ")}.`);
bom.dependencies = [
  { ref: component["bom-ref"], dependsOn: own },
  ...[...needed].map(([ref, dependsOn]) => ({ ref, dependsOn: [...dependsOn] })),
];

const file = process.argv[2] ?? "sbom.cdx.json";
writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
console.log(`${file}: ${bom.components.length} components.`);

/** What is installed at run time: dependencies, those for some platforms, and peers that are there. */
function visit(place) {
  const ref = refOf(place);
  if (needed.has(ref)) return;
  const dependsOn = new Set();
  needed.set(ref, dependsOn);
  const {
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = packages[place];
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  for (const name of new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers])) {
    const found = find(place, name);
    if (found === null) continue;
    dependsOn.add(refOf(found));
    visit(found);
  }
}

/** As Node looks for it: in the package's own node_modules, then in each one above. */
function find(place, name) {
  for (let folder = place; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    const candidate = `${folder}${folder && "/"}node_modules/${name}`;
    const entry = packages[candidate];
    if (entry) return entry.link ? entry.resolved : candidate;
    if (folder === "") return null;
  }
}

function refOf(place) {
  const { name = place.split("node_modules/").pop(), version } = packages[place];
  return `${name}@${version}`;
}
