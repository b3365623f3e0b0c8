import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@keywright/db";
import type { TestProject } from "vitest/node";
import { connectPglite } from "../../packages/db/src/pglite.js";
import "./engines.js";

/** Makes one migrated database and keeps a dump of it, which every test file starts from. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-pglite-"));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const dumpFile = join(directory, "migrated.tar");
    await writeFile(dumpFile, await migratedDump());
    project.provide("testEngine", { engine: "pglite", dumpFile });
    return remove;
  } catch (error) {
    await remove();
    throw error;
  }
}

async function migratedDump(): Promise<Uint8Array> {
  const connection = await connectPglite();
  try {
    await migrate(connection);
    return new Uint8Array(await (await connection.dump()).arrayBuffer());
  } finally {
    await connection.close();
  }
}
