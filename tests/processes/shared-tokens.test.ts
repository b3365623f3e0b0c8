import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request as forward, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createKeywrightClient, memoryTokens } from "@keywright/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createServers, type ServerProcess } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
let server: ServerProcess;
let folder: string;
beforeAll(async () => {
  server = await servers.start({ DATABASE_URL: "pglite::memory:" });
  folder = await mkdtemp(join(tmpdir(), "keywright-tokens-"));
});
afterAll(async () => {
  await servers.close();
  await rm(folder, { recursive: true });
});

const cwd = fileURLToPath(new URL("..", import.meta.url));

/** An app that starts with what is in the file, calls at the given time, and says who it is. */
const program = `
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createKeywrightClient, reasonOf } from "@keywright/client";
const [url, file, startMs] = process.argv.slice(1);
const tokens = {
  load: () => readFileSync(file, "utf8") || null,
  save(token) {
    writeFileSync(file + process.pid, token ?? "");
    renameSync(file + process.pid, file);
  },
};
const client = createKeywrightClient({ url, tokens });
await new Promise((resolve) => setTimeout(resolve, Number(startMs) - Date.now()));
const calls = await Promise.allSettled([1, 2, 3].map(() => client.user.me.query()));
console.log(calls.map(({ value, reason }) => value?.email ?? reasonOf(reason) ?? reason.message).join(" "));`;

async function runApp(file: string, startMs: number): Promise<string> {
  const args = ["--input-type=module", "--eval", program, "--", server.url, file, String(startMs)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  return stdout.trim();
}

async function register(email: string) {
  const tokens = memoryTokens();
  await createKeywrightClient({ url: server.url, tokens }).registration.register.mutate({
    email,
    password: "correct horse",
  });
  return tokens;
}

test("two programs with one store renew at the same moment, again and again, and neither is signed out", async () => {
  const file = join(folder, "shared");
  await writeFile(file, (await (await register("shared@example.com")).load()) ?? "");
  const stored = new Set<string>();
  for (let round = 0; round < 5; round++) {
    const startMs = Date.now() + 1_500;
    const said = await Promise.all([runApp(file, startMs), runApp(file, startMs)]);
    expect(said).toEqual(said.map(() => "shared@example.com shared@example.com shared@example.com"));
    stored.add(await readFile(file, "utf8"));
  }
  expect(stored.size).toBe(5);
});

/** Between the app and the server: the first answer to a refresh ends in the middle. */
async function startTunnel(): Promise<{ url: string; tunnel: Server; refreshes: () => number }> {
  let refreshes = 0;
  const tunnel = createServer((incoming, outgoing) => {
    const target = new URL(incoming.url ?? "/", server.url);
    const sent = forward(target, { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      const isCut = target.pathname.endsWith("auth.refreshToken") && ++refreshes === 1;
      if (isCut) answer.once("data", (chunk) => outgoing.write(chunk.subarray(0, 40), () => outgoing.destroy()));
      else answer.pipe(outgoing);
    });
    incoming.pipe(sent);
  });
  await new Promise<void>((resolve) => tunnel.listen(0, "127.0.0.1", resolve));
  const address = tunnel.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, tunnel, refreshes: () => refreshes };
}

test("an answer to a refresh that is cut off in mid-air is asked for again, and the session goes on", async () => {
  const tokens = await register("cut@example.com");
  const before = await tokens.load();
  const { url, tunnel, refreshes } = await startTunnel();
  const restarted = createKeywrightClient({ url, tokens });
  const users = await Promise.all([restarted.user.me.query(), restarted.user.me.query()]);
  expect(users.map(({ email }) => email)).toEqual(["cut@example.com", "cut@example.com"]);
  expect(refreshes()).toBe(2);
  expect(await tokens.load()).not.toBe(before);
  const again = createKeywrightClient({ url, tokens });
  expect((await again.user.me.query()).email).toBe("cut@example.com");
  tunnel.closeAllConnections();
  await new Promise((resolve) => tunnel.close(resolve));
});
