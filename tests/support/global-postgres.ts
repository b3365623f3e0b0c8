import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, migrate } from "@keywright/db";
import type { TestProject } from "vitest/node";
import "./engines.js";
import { startPostgres } from "./postgres.js";
import { createDatabase, dropDatabase, nameOf } from "./postgres-databases.js";

/** Starts PostgreSQL and makes the migrated database that every test file gets a copy of. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  const shared = await mkdtemp(join(tmpdir(), "keywright-shared-"));
  try {
    const url = await createDatabase(server.url, "keywright_template");
    const connection = await connect(url);
    await migrate(connection).finally(() => connection.close());
    project.provide("sharedFolder", shared);
    project.provide("testEngine", { engine: "postgres", adminUrl: server.url, template: nameOf(url) });
    return async () => {
      await dropDatabase(server.url, url);
      await server.stop();
      await rm(shared, { recursive: true, force: true });
    };
  } catch (error) {
    await server.stop();
    await rm(shared, { recursive: true, force: true });
    throw error;
  }
}
