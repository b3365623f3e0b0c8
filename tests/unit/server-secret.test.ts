import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isLocalHost } from "../../apps/server/src/local-host.js";
import { keptSecret } from "../../apps/server/src/secret.js";

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "keywright-secret-"));
  folder = join(parent, ".keywright");
});
afterEach(() => rm(parent, { recursive: true, force: true }));

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

test("the secret is made once and then read again", async () => {
  const secret = await keptSecret(folder);
  expect(secret).toMatch(/^[\w-]{64}$/);
  expect(await keptSecret(folder)).toBe(secret);
});

test("nobody but its owner can read it", async () => {
  await keptSecret(folder);
  expect(await modeOf(folder)).toBe(0o700);
  expect(await modeOf(join(folder, "secret"))).toBe(0o600);
});

test("a folder and a file that others could read are closed to them", async () => {
  await mkdir(folder, { mode: 0o755 });
  await writeFile(join(folder, "secret"), "s".repeat(40), { mode: 0o644 });
  await chmod(folder, 0o755);
  await keptSecret(folder);
  expect(await modeOf(folder)).toBe(0o700);
  expect(await modeOf(join(folder, "secret"))).toBe(0o600);
});

test("many that start at once agree on one, and leave no other file", async () => {
  const secrets = await Promise.all(Array.from({ length: 40 }, () => keptSecret(folder)));
  expect(new Set(secrets).size).toBe(1);
  expect(await readdir(folder)).toEqual(["secret"]);
});

test("a damaged file is refused with a sentence that says what to do", async () => {
  await mkdir(folder);
  await writeFile(join(folder, "secret"), "short");
  await expect(keptSecret(folder)).rejects.toThrow(
    /^\S+secret is damaged: remove it, and access tokens and waiting links end\.$/,
  );
});

test.each(["localhost", "localhost:3000", "LOCALHOST:1", "127.0.0.1:3000", "127.1.2.3", "[::1]", "[::1]:3000"])(
  "the mailbox answers to %s",
  (host) => {
    expect(isLocalHost(host)).toBe(true);
  },
);

test.each([
  "",
  "evil.test",
  "localhost.evil.test",
  "127.0.0.1.evil.test",
  "evil.test:localhost",
  "10.0.0.1",
  "[::2]:3000",
])("the mailbox does not answer to %j", (host) => {
  expect(isLocalHost(host)).toBe(false);
});
