import { access } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type Connection,
  connect,
  type DatabaseFacts,
  inspect,
  pendingMigrations,
  unmigratable,
  unusable,
} from "@keywright/db";
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
    const facts = await inspect(connection);
    const aheadMs = facts.now.getTime() - Date.now();
    const about = aboutServer(facts, connection.engine);
    const cannot = unusable({ ...facts, encoding: "UTF8" });
    const rest = cannot === null ? aboutTables(facts, await pendingMigrations(connection)) : [wrong("Rights", cannot)];
    return [...about, ...rest, aboutClock(aheadMs)];
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

function aboutServer(facts: DatabaseFacts, engine: Connection["engine"]): Finding[] {
  const name = engine === "pglite" ? "the embedded database" : "PostgreSQL";
  const isWritable = !facts.isReadOnly && !facts.isStandby;
  return [
    fine("Database", `${name} ${facts.serverVersion} answers.`),
    facts.isExposed
      ? wrong("Encryption", "others could listen in on the way to the database: add sslmode=require to its address.")
      : fine("Encryption", "nobody else can listen in on the way to the database."),
    facts.encoding === "UTF8" ? fine("Encoding", "UTF8.") : wrong("Encoding", unusable(facts) ?? facts.encoding),
    isWritable
      ? fine("Writing", "the database can be written to.")
      : wrong("Writing", "the database is read-only, a standby for instance: name the primary."),
  ];
}

function aboutTables(facts: DatabaseFacts, pending: string[]): Finding[] {
  if (pending.length === 0) {
    return [fine("Rights", "this user has those that it needs."), fine("Migrations", "all are applied.")];
  }
  const { mayCreateTables, ownsTables } = facts.rights;
  return [
    mayCreateTables && ownsTables
      ? fine("Rights", "this user has those that it needs.")
      : wrong("Rights", unmigratable(facts)),
    wrong("Migrations", `not applied yet: ${pending.join(", ")}. \`keywright migrate\` applies them.`),
  ];
}

function aboutClock(aheadMs: number): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  if (Math.abs(aheadMs) <= clockMs) return fine("Clock", "the database's agrees with this machine's.");
  const which = aheadMs > 0 ? "ahead of" : "behind";
  return wrong("Clock", `the database's is ${seconds} seconds ${which} this machine's: let NTP set both.`);
}
