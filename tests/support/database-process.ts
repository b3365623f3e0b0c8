import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const tests = fileURLToPath(new URL("..", import.meta.url));

/** Runs on what `npm run build` made of the package, as a user's process does, until it is killed. */
const PROGRAM = `
import { connect, migrate } from "@keywright/db";
setInterval(() => {}, 60_000);
const [url] = process.argv.slice(1);
try {
  const connection = await connect(url);
  await migrate(connection);
  console.log("migrated");
} catch (error) {
  console.log(error.message);
}`;

/** Another process that opens the database, migrates it and says "migrated", or what went wrong. */
export function startMigrator(url: string) {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM, url], {
    cwd: tests,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return {
    pid: child.pid,
    /** What it said, once it has said it. */
    said: async () => {
      while (!output.includes("\n") && child.exitCode === null) await once(child.stdout, "data");
      return output.trim();
    },
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
