import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { OwnRegistry } from "./own-registry.js";

const run = promisify(execFile);

export interface Installation {
  folder: string;
  /** Runs a program with Node, in a process that knows nothing of the repository. */
  run(file: string, code: string): Promise<{ stdout: string; stderr: string }>;
  remove(): void;
}

/** A new program with these packages, as npm installs them; rejects with npm's words if they do not go together. */
export async function installProgram(
  registry: OwnRegistry,
  packages: Record<string, string>,
  options: readonly string[] = [],
): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), "keywright-program-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const manifest = { name: "program", private: true, type: "module", dependencies: packages };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  registry.use(folder);
  await run("npm", ["install", ...options], { cwd: folder }).catch((error) => {
    remove();
    throw error;
  });
  return {
    folder,
    remove,
    run(file, code) {
      writeFileSync(join(folder, file), code);
      return run(process.execPath, [join(folder, file)], { cwd: folder, env: { PATH: process.env.PATH ?? "" } });
    },
  };
}
