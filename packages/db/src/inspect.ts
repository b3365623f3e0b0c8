import { sql } from "drizzle-orm";
import type { Connection, Database } from "./database.js";

/** What the current user may do with the schema `keywright`; as if everything, about tables that do not exist yet. */
interface Rights {
  hasSchema: boolean;
  mayCreateSchema: boolean;
  mayUseSchema: boolean;
  mayCreateTables: boolean;
  mayUseTables: boolean;
  ownsTables: boolean;
}

export interface DatabaseFacts {
  /** Such as `18.4`. */
  serverVersion: string;
  encoding: string;
  /** Whether it refuses to write, for whatever reason. */
  isReadOnly: boolean;
  isStandby: boolean;
  user: string;
  database: string;
  /** The server's clock. */
  now: Date;
  /** Whether others could listen in on the way to it. */
  isExposed: boolean;
  rights: Rights;
}

const schemaId = sql`to_regnamespace('keywright')`;

function onAllTables(condition: string) {
  return sql<boolean>`coalesce((select bool_and(${sql.raw(condition)}) from pg_class
    where relnamespace = ${schemaId} and relkind in ('r', 'p')), true)`;
}

/** Asks the server about itself and about the user's rights, in one statement. */
export async function inspect({ db, link }: Connection): Promise<DatabaseFacts> {
  const { clock, ...rest } = await ask(db);
  const { serverVersion, encoding, isReadOnly, isStandby, user, database, ...rights } = rest;
  const isExposed = link?.isExposed() ?? false;
  return { serverVersion, encoding, isReadOnly, isStandby, user, database, now: new Date(clock), isExposed, rights };
}

async function ask(db: Database) {
  const [row] = await db
    .select({
      serverVersion: sql<string>`split_part(current_setting('server_version'), ' ', 1)`,
      encoding: sql<string>`current_setting('server_encoding')`,
      isReadOnly: sql<boolean>`current_setting('transaction_read_only') = 'on'`,
      isStandby: sql<boolean>`pg_is_in_recovery()`,
      user: sql<string>`current_user::text`,
      database: sql<string>`current_database()::text`,
      clock: sql<number>`(extract(epoch from clock_timestamp()) * 1000)::float8`,
      hasSchema: sql<boolean>`${schemaId} is not null`,
      mayCreateSchema: sql<boolean>`has_database_privilege(current_database(), 'create')`,
      mayUseSchema: sql<boolean>`coalesce(has_schema_privilege(${schemaId}, 'usage'), true)`,
      mayCreateTables: sql<boolean>`coalesce(has_schema_privilege(${schemaId}, 'create'), true)`,
      mayUseTables: onAllTables(
        ["select", "insert", "update", "delete"].map((right) => `has_table_privilege(oid, '${right}')`).join(" and "),
      ),
      ownsTables: onAllTables("pg_has_role(relowner, 'usage')"),
    })
    .from(sql`(select 1) as one`);
  if (!row) throw new Error("PostgreSQL did not answer what it is.");
  return row;
}

/** What is wrong with a database that Keywright cannot use, in a sentence with the cure; null if it can. */
export function unusable({ encoding, rights, ...names }: DatabaseFacts): string | null {
  if (encoding !== "UTF8") {
    return `The database is encoded in ${encoding}, which cannot keep every name, or keeps what is no text: create one in UTF8 (CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0).`;
  }
  const user = quoted(names.user);
  const database = quoted(names.database);
  if (!rights.hasSchema && !rights.mayCreateSchema) {
    return `The database user ${user} lacks the right CREATE on the database ${database}, to create the schema keywright: let the owner run GRANT CREATE ON DATABASE ${database} TO ${user}, or CREATE SCHEMA keywright AUTHORIZATION ${user}.`;
  }
  if (!rights.mayUseSchema) return lacking("USAGE", "USAGE, CREATE ON SCHEMA keywright", user);
  if (!rights.mayUseTables) {
    return lacking(
      "SELECT, INSERT, UPDATE or DELETE on tables",
      "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA keywright",
      user,
    );
  }
  return null;
}

/** Why the user cannot apply migrations to a database that it may otherwise use. */
export function unmigratable({ rights, ...names }: DatabaseFacts): string {
  const user = quoted(names.user);
  if (!rights.mayCreateTables) return lacking("CREATE", "CREATE ON SCHEMA keywright", user);
  return `The database user ${user} does not own the tables in the schema keywright, which only their owner can bring up to date: migrate as that user, or make ${user} a member of its role.`;
}

function lacking(right: string, grant: string, user: string): string {
  return `The database user ${user} lacks the right ${right} in the schema keywright: let its owner run GRANT ${grant} TO ${user}.`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
