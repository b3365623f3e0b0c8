import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCommand } from "../../apps/cli/src/command.js";
import { addressOf } from "../support/loopback.js";

/** Accepts connections, and never says a word. */
let silent: net.Server;
const sockets = new Set<net.Socket>();
beforeEach(async () => {
  silent = net.createServer((socket) => void sockets.add(socket.on("error", () => {})));
  await once(silent.listen(0, "127.0.0.1"), "listening");
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
});

test("the doctor waits for nobody for long: a database and a mail server that accept and never answer", async () => {
  const { host } = new URL(addressOf(silent));
  const environment = { DATABASE_URL: `postgres://u:p@${host}/x`, SMTP_URL: `smtp://${host}`, MAIL_FROM: "a@b.test" };
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const startedAt = performance.now();
  const code = await runCommand(["doctor"], { environment, folder: "/", say, complain: say });
  expect([code, performance.now() - startedAt < 45_000]).toEqual([1, true]);
  expect(said.slice(1)).toEqual([
    expect.stringMatching(/^✗ Database: /),
    expect.stringMatching(/^✗ Mail: .*does not answer/),
  ]);
}, 60_000);
