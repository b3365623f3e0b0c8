// Prints where a Chromium is, for the tests in a browser: CHROMIUM_PATH, or the first of the usual names. Where there is
// none, and this is Debian as root (as in a container of CI), it installs one. Otherwise it fails with what to do.
import { fail, findProgram, installPackages, isProgram } from "./debian.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"];
const applications = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
const advice = "Install Chromium or Chrome, or set CHROMIUM_PATH to its program.";

const { CHROMIUM_PATH: given } = process.env;
if (given && !isProgram(given)) fail(`CHROMIUM_PATH is no program: ${given}. ${advice}`);
const found = given || find() || (installPackages("chromium") ? find() : undefined);
console.log(found ?? fail(`The tests in a browser need one, and there is none. ${advice}`));

function find() {
  return findProgram(...names) ?? applications.find(isProgram);
}
