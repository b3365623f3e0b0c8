import postgres, { type Sql } from "postgres";
import { z } from "zod";
import { whole } from "../tables.js";
import { type Crowd, crowdsOf, type Population } from "./population.js";

const chunk = 500_000;
const index = z.object({ name: z.string(), definition: z.string() });

/**
 * Fills a migrated database, in which one account has been registered, and replaces that account. References are not
 * checked, and indexes are built afterwards: both would take hours.
 */
export async function fill(url: string, population: Population, progress: (line: string) => void): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql`set session_replication_role = replica`;
    await sql`set maintenance_work_mem = '768MB'`;
    const [{ hash } = { hash: "" }] = z
      .array(z.object({ hash: z.string() }))
      .parse(await sql`select hash from keywright.passwords`);
    const indexes = await indexesOf(sql);
    for (const { name } of indexes) await sql`drop index keywright.${sql(name)}`;
    await insertAll(sql, crowdsOf(population, hash), progress);
    for (const { name, definition } of indexes) {
      progress(`index ${name}`);
      await sql.unsafe(definition);
    }
    progress("vacuum analyze");
    await sql`vacuum analyze`;
    await sql`checkpoint`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** All but those of primary keys, which other tables refer to. */
async function indexesOf(sql: Sql) {
  return z.array(index).parse(
    await sql`select c.relname as name, pg_get_indexdef(c.oid) as definition
      from pg_index i join pg_class c on c.oid = i.indexrelid
      where c.relnamespace = 'keywright'::regnamespace and not i.indisprimary`,
  );
}

/** In one transaction: what is inserted into a table that was emptied in the same one needs no log. */
async function insertAll(sql: Sql, crowds: Crowd[], progress: (line: string) => void): Promise<void> {
  await sql.begin(async (sql) => {
    await sql`truncate ${sql(crowds.map(({ table }) => `keywright.${table}`))} cascade`;
    for (const { table, count, insert } of crowds) {
      for (let first = 1; first <= count; first += chunk) {
        const last = Math.min(count, first + chunk - 1);
        await sql.unsafe(insert(first, last));
        progress(`${table}: ${whole(last)} of ${whole(count)}`);
      }
    }
  });
}
