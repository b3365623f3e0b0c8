// Runs every flow on other versions of Node, from npm's own packages, with real PostgreSQL: `node .ci/nodes.mjs 22.23.3`.
import { spawnSync } from "node:child_process";
import { argv, exit } from "node:process";

for (const version of argv.slice(2)) {
  console.log(`\nNode ${version}:`);
  const command = "node --version && vitest run --config tests/vitest.config.ts --project=postgres --project=processes";
  const words = ["exec", "--yes", `--package=node@${version}`, `--call=${command}`];
  const { status } = spawnSync("npm", words, { stdio: "inherit" });
  if (status !== 0) exit(status ?? 1);
}
