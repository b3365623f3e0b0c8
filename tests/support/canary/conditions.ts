import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@keywright/db";
import { z } from "zod";
import type { Endpoint, MisbehavingProvider } from "../misbehaving-provider.js";
import type { Cluster } from "../postgres-cluster.js";
import { newSecret } from "./marks.js";

/** What the sessions of the server run with is called in the database. */
export const applicationName = "walked";

/** A connection of its own, by which the database is broken, and watched. */
export async function operatorOf({ url }: Cluster) {
  const [watch, { db, close }] = await Promise.all([connect(url), connect(url)]);
  const seen = new Set<string>();
  let isWatching = true;
  const look = async () => {
    while (isWatching) {
      const rows = [...Object(await watch.db.execute("select query from pg_stat_activity"))];
      for (const { query } of z.array(z.object({ query: z.string().nullable() })).parse(rows)) seen.add(query ?? "");
      await sleep(20);
    }
  };
  const watching = look();
  const run = async (...statements: string[]) => {
    for (const statement of statements) await db.execute(statement);
  };
  return {
    run,
    /** Every connection of the server, again and again while the work runs. */
    async cutWhile(work: Promise<unknown>) {
      let isOver = false;
      const over = work.finally(() => {
        isOver = true;
      });
      const theirs = `from pg_stat_activity where application_name = '${applicationName}'`;
      while (!isOver) await Promise.all([run(`select pg_terminate_backend(pid) ${theirs}`), sleep(50)]);
      await over;
    },
    /** All statements that `pg_stat_activity` has shown. */
    async stop() {
      isWatching = false;
      await watching;
      await Promise.all([watch.close(), close()]);
      return [...seen].join("\n");
    },
  };
}

const columns = ["users.email_key", "secrets.hash", "passwords.hash"].map((name) => name.split("."));
/** No statement about names, links or passwords can be prepared. */
export const hideColumns = columns.map(
  ([table, name]) => `alter table keywright.${table} rename column ${name} to away`,
);
export const showColumns = columns.map(
  ([table, name]) => `alter table keywright.${table} rename column away to ${name}`,
);

/** Every statement that changes something fails as it is executed, so that the database writes down its values. */
export const refuseWrites = [
  `create function public.refuse() returns trigger language plpgsql as
   $$ begin raise exception 'refused: % % %', tg_op, old, new; end $$`,
  `do $$ declare name text; begin
     for name in select tablename from pg_tables where schemaname = 'keywright' loop
       execute format('create trigger refuse before insert or update or delete on keywright.%I
                       for each row execute function public.refuse()', name);
     end loop;
   end $$`,
];
export const allowWrites = ["drop function public.refuse() cascade"];

/** Answers that repeat what was asked: as an error of OAuth, as something that is not JSON, as garbage in a token's place. */
export function parrots({
  requests,
}: MisbehavingProvider): Partial<Record<Endpoint, (response: ServerResponse) => void>>[] {
  const asked = () => {
    const { headers, body } = requests.at(-1) ?? { headers: {}, body: "" };
    return `${body} ${headers.authorization} ${Buffer.from(headers.authorization?.slice(6) ?? "", "base64")}`;
  };
  const json = (status: number, make: () => unknown) => (response: ServerResponse) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(make()));
  const each = (fault: (response: ServerResponse) => void) => ({ token: fault, userinfo: fault });
  const text = (response: ServerResponse) => void response.writeHead(200).end(`<p>${asked()}</p>`);
  return [
    each(json(400, () => ({ error: newSecret(), error_description: asked() }))),
    each(json(500, asked)),
    each(text),
    each(json(200, () => ({ access_token: asked(), id_token: asked(), token_type: asked(), sub: asked() }))),
    each(json(200, () => ({ access_token: 1, id_token: `a.${Buffer.from(asked()).toString("base64url")}.c` }))),
    { keys: json(200, () => ({ keys: [{ kty: asked(), kid: asked() }] })) },
    { discovery: json(200, () => ({ issuer: asked(), token_endpoint: asked() })) },
  ];
}
