// Prints where a Chromium is, for the tests in a browser: CHROMIUM_PATH, or the first of the usual names. Where there is
// none, and this is Debian as root (as in a container of CI), it installs one. Otherwise it fails with what to do.
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"];
const applications = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
const advice = "Install Chromium or Chrome, or set CHROMIUM_PATH to its program.";

const { CHROMIUM_PATH: given } = process.env;
if (given && !isProgram(given)) fail(`CHROMIUM_PATH is no program: ${given}. ${advice}`);
const found = given || find() || install();
console.log(found ?? fail(`The tests in a browser need one, and there is none. ${advice}`));

function find() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const places = [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...applications];
  return places.find(isProgram);
}

function install() {
  const isDebian = existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get");
  if (!isDebian || process.getuid?.() !== 0) return undefined;
  console.error("There is no Chromium: it is installed from Debian's packages.");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  // Standard output is for the path alone.
  const apt = (...words) => execFileSync("apt-get", words, { env, stdio: ["ignore", 2, 2] });
  try {
    apt("update", "-qq");
    apt("install", "-y", "-qq", "--no-install-recommends", "chromium");
  } catch {
    fail(`Chromium could not be installed from Debian's packages. ${advice}`);
  }
  return find();
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
