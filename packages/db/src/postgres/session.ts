import { isStalePlan } from "../faults.js";
import { type Client, type Statement, statementOf } from "./client.js";
import { pending } from "./pending.js";
import type { Pool } from "./pool.js";
import { run } from "./statement.js";
import { type Limits, transaction, type Work } from "./transaction.js";

/**
 * The client methods that Drizzle calls, on connections from the pool. Statements are prepared on the server, which
 * saves a round trip and the planning each time (Drizzle asks for neither). All end in time, even when the server is
 * frozen or the network drops packets, where the server's own statement_timeout cannot help.
 */
export function sessionOn(pool: Pool<Client>, limits: Limits) {
  const once = (statement: Statement, isRaw: boolean) => {
    const work = (client: Client) => client.query(statement, isRaw);
    return pool.share(
      (lease) => run(lease, limits.statementMs, work),
      (client) => client.mayFollow(statement),
    );
  };
  return {
    unsafe: (text: string, parameters?: unknown[]) => {
      const statement = statementOf(text, parameters);
      return pending((isRaw) =>
        // Nothing has run, and it is prepared anew, or not at all from now on.
        once(statement, isRaw).catch((error) => (isStalePlan(error) ? once(statement, isRaw) : Promise.reject(error))),
      );
    },
    begin: (work: Work) => pool.use((lease) => transaction(lease, work, limits)),
  };
}
