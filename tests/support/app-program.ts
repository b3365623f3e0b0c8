import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { OwnRegistry } from "./own-registry.js";

const run = promisify(execFile);

/** An app in a folder of its own, with what it has installed from npm and from the repository's packages. */
export type AppProgram = Awaited<ReturnType<typeof installProgram>>;

/** Rejects with npm's complaint if the packages do not go together. */
export async function installProgram(registry: OwnRegistry, packages: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "keywright-app-"));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write("package.json", JSON.stringify({ name: "app", private: true, type: "module" }));
  registry.use(folder);
  await run("npm", ["install", "--save-exact", "--loglevel=error", ...packages], { cwd: folder }).catch((error) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });

  /** Both outputs, of a program that knows nothing of the repository; also if it fails. */
  async function node(
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<{ code: number; said: string }> {
    const options = { cwd: folder, env: { PATH: process.env.PATH ?? "", HOME: folder, ...env }, timeout: 120_000 };
    return await run(process.execPath, [...args], options).then(
      ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
      ({ code, stdout, stderr }) => ({ code: Number(code), said: `${stdout}${stderr}` }),
    );
  }

  return {
    folder,
    write,
    node,
    read: (name: string) => readFileSync(join(folder, name), "utf8"),
    files: (place: string) => readdirSync(join(folder, place), { recursive: true, encoding: "utf8" }),
    has: (name: string) => existsSync(join(folder, name)),
    remove: (name: string) => rmSync(join(folder, name), { recursive: true, force: true }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
