// The last line of .ci/run: adds up the lines `N passed, N failed` of all test runs in a log. A run that ended with an
// error counts as one failure at least: `node .ci/total.mjs LOG EXIT_STATUS`.
import { readFileSync } from "node:fs";
import { argv, stdout } from "node:process";

const [, , log = "", status = "1"] = argv;
// Reporters colour their lines when they write to a terminal.
const lines = readFileSync(log, "utf8").matchAll(/^(\d+) passed, (\d+) failed\s*$/gm);
let [passed, failed] = [0, 0];
for (const [, more = "0", worse = "0"] of lines) {
  passed += Number(more);
  failed += Number(worse);
}
const isRed = status !== "0" || passed === 0;
stdout.write(`\n${passed} passed, ${isRed ? Math.max(failed, 1) : failed} failed\n`);
