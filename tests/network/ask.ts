import { type Connection, connect } from "@keywright/db";
import { sql } from "drizzle-orm";
import type { ConnectOptions } from "../../packages/db/src/database.js";

/** Opens the address, asks for one value (an SQL expression that gives text), and closes. */
export async function ask(url: string, expression: string, options: ConnectOptions = {}): Promise<string | null> {
  const connection = await connect(url, options);
  return await askOn(connection, expression).finally(() => connection.close());
}

export async function askOn({ db }: Pick<Connection, "db">, expression: string): Promise<string | null> {
  const [row] = await db.select({ value: sql<string>`(${sql.raw(expression)})::text` }).from(sql`(select 1) as one`);
  return row?.value ?? null;
}

/** The code of the fault with which work ends, at its root; null if it succeeds. */
export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => null,
    (error: unknown) => {
      let root = error;
      while (root instanceof Error && root.cause instanceof Error) root = root.cause;
      return root instanceof Error && "code" in root ? root.code : root;
    },
  );
}
