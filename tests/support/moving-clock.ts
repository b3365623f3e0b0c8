import type { ServerProcess } from "./server-process.js";

const moved = "The clock was moved.\n";

/** Runs in the server before its first line: advances its clock by six minutes on demand. */
const program = `
const real = Date;
let aheadMs = 0;
const now = () => real.now() + aheadMs;
globalThis.Date = new Proxy(real, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
  get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
});
process.on("SIGUSR2", () => {
  aheadMs += 6 * 60_000;
  process.stdout.write(${JSON.stringify(moved)});
});`;

/** For the environment of a server whose clock is to be moved. */
export const movingClock = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` };

/** Moves the server's clock by six minutes: every access token that it issued has then expired. */
export async function outliveAccessTokens(server: ServerProcess): Promise<void> {
  const movesBefore = server.stdout().split(moved).length;
  server.signal("SIGUSR2");
  while (server.stdout().split(moved).length === movesBefore) await new Promise((resolve) => setTimeout(resolve, 10));
}
