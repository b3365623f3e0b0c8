// Makes sure that the named programs are here, for tests that need them: `node .ci/debian.mjs pgbouncer nginx`. Where one
// is missing, and this is Debian as root (as in a container of CI), it is installed. Otherwise it fails with what to do.
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { argv, env, exit, getuid } from "node:process";
import { pathToFileURL } from "node:url";

// Debian has servers in folders that are not on every user's PATH.
const serverFolders = ["/usr/sbin", "/usr/local/sbin"];

/** The path of the first program of these names, or undefined. */
export function findProgram(...names) {
  const folders = [...(env.PATH ?? "").split(delimiter), ...serverFolders];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram);
}

/** Installs packages if this is Debian and we are root; whether it could. What apt-get says goes to standard error. */
export function installPackages(...packages) {
  if (!existsSync("/etc/debian_version") || !existsSync("/usr/bin/apt-get") || getuid?.() !== 0) return false;
  console.error(`Missing, and installed from Debian's packages: ${packages.join(", ")}.`);
  const settings = { env: { ...env, DEBIAN_FRONTEND: "noninteractive" }, stdio: ["ignore", 2, 2] };
  try {
    execFileSync("apt-get", ["update", "-qq"], settings);
    execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], settings);
    return true;
  } catch {
    return false;
  }
}

export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export function fail(sentence) {
  console.error(sentence);
  exit(1);
}

if (import.meta.url === pathToFileURL(argv[1] ?? "").href) {
  const missing = argv.slice(2).filter((name) => !findProgram(name));
  if (missing.length > 0) installPackages(...missing);
  const absent = missing.filter((name) => !findProgram(name));
  if (absent.length > 0) fail(`The tests need ${absent.join(" and ")}: install it with your system's packages.`);
}
