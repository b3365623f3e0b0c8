// Adds to package-lock.json the optional packages of other platforms that `npm install` left out, because it ran with
// a node_modules of its own platform (npm/cli#4828) or against a registry without them: `npm ci` refuses such a lock.
// Then asks the registry for the hash of each entry that has none: what `npm ci` installs is what was locked, everywhere.
// Run it after each `npm install`: node .ci/complete-lock.mjs
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const systems = { darwin: "darwin", win32: "win32", windows: "win32", linux: "linux", android: "android" };
const others = { freebsd: "freebsd", openharmony: "openharmony" };
const processors = { arm64: "arm64", x64: "x64", 64: "x64", ia32: "ia32", arm: "arm", ppc64: "ppc64" };
const rare = { riscv64: "riscv64", s390x: "s390x" };
let added = 0;

for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (!/^\d/.test(version) || isLocked(path, name)) continue;
    lock.packages[`node_modules/${name}`] = { version, ...platformOf(name), ...(dev && { dev }), optional: true };
    added++;
  }
}
let hashed = 0;
const unknown = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  if (entry.integrity || entry.link || !path.includes("node_modules/")) continue;
  const name = entry.name ?? path.split("node_modules/").pop();
  const integrity = hashOf(`${name}@${entry.version}`);
  if (!integrity) unknown.push(`${name}@${entry.version}`);
  else {
    entry.integrity = integrity;
    hashed++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages of other platforms added, ${hashed} hashes.`);
if (unknown.length > 0) {
  console.error(`This registry has no hash of ${unknown.join(", ")}.`);
  process.exitCode = 1;
}

function hashOf(specifier) {
  try {
    const options = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    const hash = execFileSync("npm", ["view", specifier, "dist.integrity"], options).trim();
    return /^sha\d+-[\w+/=]+$/.test(hash) ? hash : null;
  } catch {
    return null;
  }
}

/** As Node looks for it: in the package's own node_modules, then in each one above. */
function isLocked(path, name) {
  const above = path
    .split("/node_modules/")
    .map((_part, index, parts) => parts.slice(0, index + 1).join("/node_modules/"));
  return ["", ...above].some((place) => `${place}${place && "/"}node_modules/${name}` in lock.packages);
}

function platformOf(name) {
  const words = name.split("/").pop().split("-");
  const os = words.flatMap((word) => ({ ...systems, ...others })[word] ?? []);
  const cpu = words.flatMap((word) => ({ ...processors, ...rare })[word] ?? []);
  if (os.length !== 1 || cpu.length !== 1) throw new Error(`${name} does not tell its platform.`);
  return { os, cpu };
}
