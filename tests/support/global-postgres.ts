import { connect, migrate } from "@keywright/db";
import type { TestProject } from "vitest/node";
import "./engines.js";
import { startPostgres } from "./postgres.js";
import { createDatabase, dropDatabase, nameOf } from "./postgres-databases.js";

/** Starts PostgreSQL and makes the migrated database that every test file gets a copy of. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  try {
    const url = await createDatabase(server.url, "keywright_template");
    const connection = await connect(url);
    await migrate(connection).finally(() => connection.close());
    project.provide("testEngine", { engine: "postgres", adminUrl: server.url, template: nameOf(url) });
    return async () => {
      await dropDatabase(server.url, url);
      await server.stop();
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
