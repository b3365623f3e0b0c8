import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { freePort } from "../support/free-port.js";

vi.setConfig({ testTimeout: 120_000 });
const examples = fileURLToPath(new URL("../../examples", import.meta.url));

/** Starts the example as it is built, in a folder of its own, and waits until it says where it is. */
async function startMergedServer(): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), "keywright-merged-"));
  const child = spawn(process.execPath, [join(examples, "merged-server/dist/main.js"), String(await freePort())], {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    const ended = once(child, "close");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    rmSync(cwd, { recursive: true });
  });
  const [line] = await once(child.stdout, "data");
  return /ready at (\S+)/.exec(String(line))?.[1] ?? "";
}

test("an app's own procedures are called beside ours, by one client, with the reasons of both", async () => {
  const url = await startMergedServer();
  const program = join(examples, "merged-client/dist/main.js");
  const { stdout } = await promisify(execFile)(process.execPath, [program, url]);
  const year = new Date().getFullYear();
  expect(stdout.trim().split("\n")).toEqual([
    "Sign in to write.",
    "title",
    `“One” by ada, ${year}`,
    `“Two” by ada, ${year}`,
    `“Three” by ada, ${year}`,
    "You can have 3 posts at most.",
    "ada@example.com reads Three, Two, One",
  ]);
});

test("an app's own router can be named in declarations, and brings nothing of our server along", () => {
  const text = readFileSync(join(examples, "merged-server/dist/router.d.ts"), "utf8");
  const imported = [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(([, name]) => name);
  expect([...new Set(imported)].sort()).toEqual(["./posts.js", "@keywright/api", "@trpc/server"]);
  const client = readFileSync(join(examples, "merged-client/dist/client.d.ts"), "utf8");
  expect(client).toContain("ClientOf<AppRouter>");
});
