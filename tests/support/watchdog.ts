import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Its input ends with the test run, even if that is killed: then it stops the server ($1) and removes the directory
 * ($2).
 */
const WATCHDOG = `
read -r _
kill -QUIT "$1" 2>/dev/null
tries=0
while kill -0 "$1" 2>/dev/null && [ $tries -lt 40 ]; do sleep 0.05; tries=$((tries + 1)); done
kill -KILL "$1" 2>/dev/null
rm -rf "$2"`;

/** From here on, the server ends when this process does. Returns what ends it now, and removes its directory. */
export function watch(server: ChildProcess, directory: string): () => Promise<void> {
  const watchdog = spawn("/bin/sh", ["-c", WATCHDOG, "watchdog", `${server.pid}`, directory], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  return async () => {
    watchdog.stdin.end();
    if (watchdog.exitCode === null) await once(watchdog, "exit");
  };
}
