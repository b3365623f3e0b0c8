import { drizzle } from "drizzle-orm/postgres-js";
import postgres, { type Options, type Row, type Sql, type TransactionSql } from "postgres";
import type { Connection, ConnectOptions, Database } from "./database.js";
import * as schema from "./schema/index.js";

const TIMESTAMPTZ = 1184;
const PING_MS = 3_000;
const STATEMENT_MS = 12_000;
const TRANSACTION_MS = 20_000;
const UNLIMITED_MS = 2_147_483_647; // postgres.js does not send a zero, and the role may have a limit of its own

/** What an outage may cost a request: no wait may outlast the patience of whoever waits for the answer. */
const LIMITS = {
  connect_timeout: 3,
  idle_timeout: 60,
  // By default postgres.js waits up to 20 s before it tries a lost server again, and every request waits with it.
  backoff: () => 0.1,
  connection: {
    application_name: "keywright",
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 15_000,
  },
};

type Work = (transaction: TransactionSql) => unknown;
type Scope = (work: Work) => Promise<unknown>;
type Call = Parameters<Sql["unsafe"]>;

/** Reaches PostgreSQL at the first statement, and again by itself after an outage. */
export function connectPostgres(url: string, { onStatement, poolSize = 10 }: ConnectOptions): Connection {
  const client = openClient(url, { ...LIMITS, max: poolSize });
  const db = openDatabase(preparedInTime(client), onStatement);
  return {
    db,
    engine: "postgres",
    ping: async () => {
      await inTime(client`select 1`, PING_MS);
    },
    unhurried: (work) => onItsOwn(url, work),
    close: () => client.end({ timeout: 5 }),
  };
}

async function onItsOwn<Result>(url: string, work: (db: Database) => Promise<Result>): Promise<Result> {
  const client = openClient(url, {
    max: 1,
    max_lifetime: null,
    connect_timeout: 10,
    connection: { application_name: "keywright", statement_timeout: UNLIMITED_MS },
  });
  try {
    return await work(openDatabase(client));
  } finally {
    await client.end({ timeout: 5 });
  }
}

function openClient(url: string, options: Options<Record<string, never>>): Sql {
  try {
    return postgres(url, { ...options, onnotice: () => {} });
  } catch {
    // Without the cause: Node puts the whole URL, password included, on its error.
    throw new Error(
      "DATABASE_URL is not a valid postgres:// URL: special characters in its user or password must be percent-encoded.",
    );
  }
}

function openDatabase(client: Sql, onStatement?: (sql: string) => void): Database {
  const db = drizzle(client, { schema, ...(onStatement && { logger: { logQuery: (text) => onStatement(text) } }) });
  // Drizzle takes the client's own date handling away; a Date that reaches the driver outside a column needs it.
  client.options.serializers[TIMESTAMPTZ] = (value: unknown) => (value instanceof Date ? value.toISOString() : value);
  return db;
}

/**
 * The client as Drizzle should see it. Its statements are prepared on the server, which saves a round trip and the
 * planning each time (Drizzle asks for neither). And they answer even when the server is frozen or the network swallows
 * packets, where the server's own statement_timeout cannot help.
 */
function preparedInTime<Client extends Sql | TransactionSql>(client: Client): Client {
  return new Proxy(client, {
    get(target, key) {
      if (key === "unsafe") return (...call: Call) => statement(target, call);
      if (key === "begin") return (work: Work) => transaction(target, work);
      if (key === "savepoint") return (work: Work) => nested(target, work);
      return Reflect.get(target, key);
    },
  });
}

/** A promise of rows with a `values` method: all that Drizzle uses of a pending query. */
function statement(client: Sql | TransactionSql, [text, parameters, options]: Call) {
  const query = client.unsafe<Row[]>(text, parameters, { ...options, prepare: true });
  const rows = inTime(query, STATEMENT_MS, () => {
    // Nobody waits for it any more: what has not left this process must not run when the server is back.
    if (Reflect.get(query, "state") === null) query.cancel();
  });
  const values = () => {
    query.values();
    return rows;
  };
  return Object.assign(rows, { values });
}

function transaction(client: object, work: Work): Promise<unknown> {
  const begin: Scope = Reflect.get(client, "begin");
  let isLate = false;
  const begun = begin((inner) => {
    // The caller was told that it failed while BEGIN was still waiting for a connection.
    if (isLate) throw timedOut();
    return work(preparedInTime(inner));
  });
  return inTime(begun, TRANSACTION_MS, () => {
    isLate = true;
  });
}

function nested(client: object, work: Work): Promise<unknown> {
  const savepoint: Scope = Reflect.get(client, "savepoint");
  return savepoint((inner) => work(preparedInTime(inner)));
}

/** Rejects with ETIMEDOUT when the work takes longer; the work itself goes on. */
async function inTime<Result>(work: Promise<Result>, ms: number, onLate = () => {}): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      onLate();
      reject(timedOut());
    }, ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function timedOut(): Error {
  return Object.assign(new Error("PostgreSQL did not answer in time"), { code: "ETIMEDOUT" });
}
