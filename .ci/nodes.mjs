// Runs the suites of both databases on other versions of Node, from npm's own packages: `node .ci/nodes.mjs 22.23.3 24.21.0`.
import { spawnSync } from "node:child_process";
import { argv, env, exit } from "node:process";

const suites = ["--project=pglite", "--project=postgres"];
for (const version of argv.slice(2)) {
  console.log(`\nNode ${version}:`);
  const command = `node --version && vitest run --config tests/vitest.config.ts ${suites.join(" ")}`;
  const words = ["exec", "--yes", `--package=node@${version}`, `--call=${command}`];
  const { status } = spawnSync("npm", words, { stdio: "inherit", env });
  if (status !== 0) exit(status ?? 1);
}
