/** In an order in which each refers only to those before it. */
const tables = [
  "users",
  "passwords",
  "username_holds",
  "secrets",
  "sessions",
  "refresh_tokens",
  "identities",
  "social_flows",
  "social_grants",
  "outbox",
  "audit_events",
] as const;

type Sql = (text: string) => Promise<Record<string, unknown>[]>;

export type Rows = Record<string, Record<string, unknown>[]>;

/** Keeps what is in the tables now; returns how to put it back. */
export async function takeSnapshot(sql: Sql): Promise<() => Promise<void>> {
  const copies = tables.map((name) => `create table kept.${name} as table keywright.${name};`).join(" ");
  await sql(`do $$ begin drop schema if exists kept cascade; create schema kept; ${copies} end $$`);
  const emptied = ["users", "username_holds", "social_grants", "social_flows", "outbox", "audit_events", "rate_limits"];
  const removal = emptied.map((name) => `delete from keywright.${name};`).join(" ");
  const filling = tables.map((name) => `insert into keywright.${name} table kept.${name};`).join(" ");
  return async () => {
    await sql(`do $$ begin ${removal} ${filling} end $$`);
  };
}

/** Everything that is in the tables, counters excepted. */
export async function readRows(sql: Sql): Promise<Rows> {
  const parts = tables.map(
    (name) => `'${name}', (select coalesce(jsonb_agg(to_jsonb(t)), '[]') from keywright.${name} t)`,
  );
  const [row] = await sql(`select jsonb_build_object(${parts.join(", ")})::text as rows`);
  return JSON.parse(String(row?.rows));
}
