import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Its input ends with the test run, even if that is killed: then it stops the server ($1, or the last one named there) and
 * removes the directory ($2), and the disk in it, if there is one.
 */
const WATCHDOG = `
pid=$1
while read -r next; do pid=$next; done
kill -QUIT "$pid" 2>/dev/null
tries=0
while kill -0 "$pid" 2>/dev/null && [ $tries -lt 40 ]; do sleep 0.05; tries=$((tries + 1)); done
kill -KILL "$pid" 2>/dev/null
umount -l "$2/disk" 2>/dev/null
rm -rf "$2"`;

export interface Watch {
  /** Ends the server now, and removes its directory. */
  end(): Promise<void>;
  /** This process is the server from now on. */
  mind(server: ChildProcess): void;
}

/** From here on, the server ends when this process does. */
export function watch(server: ChildProcess, directory: string): Watch {
  const watchdog = spawn("/bin/sh", ["-c", WATCHDOG, "watchdog", `${server.pid}`, directory], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  return {
    mind: ({ pid }) => void watchdog.stdin.write(`${pid}\n`),
    async end() {
      watchdog.stdin.end();
      if (watchdog.exitCode === null) await once(watchdog, "exit");
    },
  };
}
