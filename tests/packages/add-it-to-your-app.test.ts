import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { follow, stepsOf } from "../support/guide.js";
import { type OwnRegistry, startOwnRegistry } from "../support/own-registry.js";
import { pageOf } from "../support/samples.js";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const steps = stepsOf(pageOf("README.md")).filter(({ section }) => section === "Add it to your app");
const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" };
let registry: OwnRegistry;
let folder: string;
beforeAll(async () => {
  registry = await startOwnRegistry();
  folder = mkdtempSync(join(tmpdir(), "keywright-app-"));
  registry.use(folder);
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

test("README's section, followed in an empty folder, ends with the answer that it promises", async () => {
  const run = promisify(execFile);
  const commands = steps.filter(({ kind }) => kind === "run").map(({ text }) => text);
  expect(commands).toHaveLength(1);
  for (const command of commands) await run("bash", ["-euc", command], { cwd: folder, env });
  follow(
    steps.filter(({ kind }) => kind === "write"),
    folder,
  );
  const server = spawn("npx", ["tsx", "server.ts"], { cwd: folder, env, stdio: "inherit", detached: true });
  const ended = once(server, "exit");
  try {
    await vi.waitUntil(() => server.exitCode !== null || answers(4000), { timeout: 60_000, interval: 200 });
    expect(server.exitCode).toBeNull();
    const { stdout, stderr } = await run("npx", ["tsx", "client.ts"], { cwd: folder, env });
    expect(stderr).toBe("");
    expect(pageOf("README.md")).toContain(`\`${stdout.trim()}\``);
    expect(stdout).toContain("A post of ada@example.com");
  } finally {
    // With what npx has started.
    if (server.exitCode === null && server.pid) process.kill(-server.pid, "SIGKILL");
    await ended;
  }
});

/** Whether something listens on this port of this machine. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "localhost");
  const isThere = await Promise.race([once(socket, "connect"), once(socket, "error").then(() => null)]).catch(
    () => null,
  );
  socket.destroy();
  return isThere !== null;
}
