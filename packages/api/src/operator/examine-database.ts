import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { type Connection, connect, type DatabaseFacts, examine, pendingMigrations } from "@keywright/db";
import type { DatabaseSetting } from "./database-setting.js";
import { type Finding, fine, wrong } from "./finding.js";
import { startFault } from "./start-fault.js";

/** A difference that tells of a clock that nobody sets, and not of a slow network. */
const clockMs = 5_000;

/** Whether the database answers, and is as Keywright needs it. Never rejects. */
export async function examineDatabase(setting: DatabaseSetting, folder: string): Promise<Finding[]> {
  if (await isUnborn(setting, folder)) {
    return [fine("Database", "the embedded database does not exist yet: the first start creates it.")];
  }
  let connection: Connection | null = null;
  try {
    connection = await connect(setting.database);
    const facts = await examine(connection);
    return findingsOf(facts, connection.engine, await pendingMigrations(connection));
  } catch (error) {
    return [wrong("Database", startFault(error, setting.databaseSetting))];
  } finally {
    await connection?.close();
  }
}

/** Opening the embedded database would create it. */
async function isUnborn({ database }: DatabaseSetting, folder: string): Promise<boolean> {
  const [, path] = /^pglite:(?!:memory:)(.+)$/.exec(database) ?? [];
  if (path === undefined) return false;
  return await access(resolve(folder, path)).then(
    () => false,
    () => true,
  );
}

function findingsOf(facts: DatabaseFacts, engine: Connection["engine"], pending: string[]): Finding[] {
  const name = engine === "pglite" ? "the embedded database" : "PostgreSQL";
  return [
    fine("Database", `${name} ${facts.version} answers.`),
    facts.isExposed
      ? wrong("Encryption", "others could listen in on the way to the database: add sslmode=require to its address.")
      : fine("Encryption", "nobody can listen in on the way to the database."),
    facts.encoding === "UTF8"
      ? fine("Encoding", "UTF8.")
      : wrong("Encoding", `the database has ${facts.encoding}: create one with \`encoding 'UTF8'\` and move there.`),
    facts.isReadOnly
      ? wrong("Writing", "the database is read-only, a standby for instance: name the primary.")
      : fine("Writing", "the database can be written to."),
    rightsOf(facts, pending),
    pending.length === 0
      ? fine("Migrations", "all are applied.")
      : wrong("Migrations", `not applied yet: ${pending.join(", ")}. \`keywright migrate\` applies them.`),
    clockOf(facts),
  ];
}

function rightsOf({ mayMigrate, deniedTables }: DatabaseFacts, pending: string[]): Finding {
  if (deniedTables.length > 0) {
    return wrong(
      "Rights",
      `this user may not read and write ${deniedTables.join(", ")} in the schema keywright: grant it.`,
    );
  }
  if (pending.length > 0 && !mayMigrate) {
    return wrong(
      "Rights",
      "this user may not create the schema keywright or tables in it: grant CREATE on the database or the schema.",
    );
  }
  return fine("Rights", "this user has those that it needs.");
}

function clockOf({ aheadMs }: DatabaseFacts): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  if (Math.abs(aheadMs) <= clockMs) return fine("Clock", "the database's agrees with this machine's.");
  const which = aheadMs > 0 ? "ahead of" : "behind";
  return wrong("Clock", `the database's is ${seconds} seconds ${which} this machine's: let NTP set both.`);
}
