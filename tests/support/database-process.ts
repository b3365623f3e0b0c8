import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const tests = fileURLToPath(new URL("..", import.meta.url));

/** Runs the package as built by `npm run build`, like a user's process, until it is killed. */
const PROGRAM = `
import { once } from "node:events";
import { connect, migrate } from "@keywright/db";
console.log("ready");
const [url] = process.argv.slice(1);
try {
  await once(process.stdin, "data");
  const connection = await connect(url);
  await migrate(connection);
  console.log("migrated");
} catch (error) {
  console.log(error.message);
}
process.stdin.resume();`;

/** Another process, loaded and waiting, that will open the database and migrate it. */
export async function startMigrator(url: string) {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM, url], {
    cwd: tests,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const line = async (number: number) => {
    while (output.split("\n").length <= number && child.exitCode === null) await once(child.stdout, "data");
    return output.split("\n")[number - 1] ?? "";
  };
  await line(1);
  return {
    pid: child.pid,
    /** Lets it continue, and returns its last output: "migrated", or what went wrong. */
    migrate: () => {
      child.stdin.write("go\n");
      return line(2);
    },
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
