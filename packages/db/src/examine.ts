import { sql } from "drizzle-orm";
import type { Connection } from "./database.js";

/** What an operator may want to know of a database. */
export interface DatabaseFacts {
  /** Such as `18.4`. */
  version: string;
  encoding: string;
  isReadOnly: boolean;
  /** Whether this role may create what a migration creates. */
  mayMigrate: boolean;
  /** Tables of ours that exist and that this role may not read and write. */
  deniedTables: string[];
  /** By how much the database's clock is ahead of this machine's; negative if it is behind. */
  aheadMs: number;
  /** Whether others could listen in on the connection. */
  isExposed: boolean;
}

/** Asks in one statement, and changes nothing. */
export async function examine({ db, link }: Connection): Promise<DatabaseFacts> {
  const home = sql`to_regnamespace('keywright')`;
  const denied = sql`select relname from pg_class where relnamespace = ${home} and relkind in ('r', 'p') and not (
    has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert') and
    has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete')) order by relname`;
  const askedAt = Date.now();
  const [row] = await db
    .select({
      version: sql<string>`split_part(current_setting('server_version'), ' ', 1)`,
      encoding: sql<string>`current_setting('server_encoding')`,
      isReadOnly: sql<boolean>`(pg_is_in_recovery() or current_setting('transaction_read_only') = 'on')`,
      mayMigrate: sql<boolean>`coalesce(has_schema_privilege(${home}, 'create'),
        has_database_privilege(current_database(), 'create'))`,
      denied: sql<string>`array_to_string(array(${denied}), ',')`,
      now: sql<string>`(extract(epoch from clock_timestamp()) * 1000)::bigint::text`,
    })
    .from(sql`(select 1) as one`);
  if (!row) throw new Error("The database gave no answer.");
  const { denied: names, now, ...facts } = row;
  return {
    ...facts,
    deniedTables: names.split(",").filter((name) => name !== ""),
    aheadMs: Number(now) - (askedAt + Date.now()) / 2,
    isExposed: link?.isExposed() ?? false,
  };
}
