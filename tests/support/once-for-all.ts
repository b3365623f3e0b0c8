import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";
import "./engines.js";

const patienceMs = 120_000;

/**
 * Makes what several test files need once in a run, whichever of them comes first; the others wait. Returns the folder
 * that `make` has filled. It goes with the run.
 */
export async function onceForAll(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(inject("sharedFolder"), name);
  const [made, failed] = [`${folder}.made`, `${folder}.failed`];
  if (isFirst(folder)) {
    try {
      await make(folder);
      writeFileSync(made, "");
    } catch (error) {
      writeFileSync(failed, "");
      throw error;
    }
  }
  const deadline = performance.now() + patienceMs;
  while (!existsSync(made)) {
    if (existsSync(failed) || performance.now() > deadline) throw new Error(`Another test file has not made ${name}.`);
    await sleep(100);
  }
  return folder;
}

/** Of several processes, one makes the folder. */
function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
